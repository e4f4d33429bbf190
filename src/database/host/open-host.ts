import type { LoggerService } from '@nestjs/common';
import type { Clock } from '../../support/clock.js';
import type { ChangeFeedSource } from '../change-feed-source.js';
import type { ConnectedDatabase } from '../connected-database.js';
import type { HostDataSource } from '../database-options.js';
import { DatabaseStartError } from '../database-start-error.js';
import { startErrorOf } from '../start-error.js';
import { openHostSqlite } from './open-host-sqlite.js';

export interface HostOpening extends HostDataSource {
  readonly logger: LoggerService;
  readonly changeFeed: ChangeFeedSource | false;
  readonly clock: Clock;
}

/** Opens a database through a data source of the application. Throws `DatabaseStartError`, and nothing else. */
export async function openHost(opening: HostOpening): Promise<ConnectedDatabase> {
  const { dataSource } = opening;
  const { type } = dataSource.options;
  if (type !== 'postgres' && type !== 'better-sqlite3')
    throw new DatabaseStartError(
      `The data source is of type ${type}, and Gatehouse works with 'postgres' and 'better-sqlite3': write DatabaseModule.forRoot({ url, entities: gatehouseEntities }) to give it a database of its own`,
    );
  try {
    if (type === 'better-sqlite3') return await openHostSqlite(opening);
    // Loaded where it is used: an application on SQLite does without pg.
    const { openHostPostgres } = await import('./open-host-postgres.js');
    return await openHostPostgres(opening);
  } catch (error) {
    throw startErrorOf({ label: 'of the data source' }, error);
  }
}
