import { openDatabase } from '../../dist/database/open-database.js';
import { gatehouseEntities } from '../../dist/entities.js';

/** Brings an empty database up to the service's schema. */
export async function migrate(url) {
  const database = await openDatabase({ url, entities: gatehouseEntities, logger: { log() {}, warn() {} } });
  await database.close();
}
