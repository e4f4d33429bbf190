import { DataSource } from 'typeorm';
import { migrationOptions } from './src/database/open-database.js';
import { parseDatabaseUrl } from './src/database/database-location.js';
import { makeDatabaseFile } from './src/database/sqlite/database-file.js';
import { gatehouseEntities } from './src/entities.js';

const location = parseDatabaseUrl(process.env.DATABASE_URL ?? '');
if (location.type === 'sqlite') makeDatabaseFile(location.file);

/**
 * For TypeORM's CLI, on the database that `DATABASE_URL` and `DATABASE_SCHEMA` name. After a change of entities, once for SQLite and once for
 * PostgreSQL: `npm run migration:run && npm run migration:generate -- Name`, then add the class to the folder's index.
 */
export default new DataSource(
  await migrationOptions(location, gatehouseEntities, process.env.DATABASE_SCHEMA || undefined),
);
