import { Logger } from '@nestjs/common';
import type { DataSourceOptions } from 'typeorm';
import { Clock } from '../support/clock.js';
import type { ConnectedDatabase } from './connected-database.js';
import { DatabaseStartError, startErrorOf } from './database-errors.js';
import { type DatabaseLocation, parseDatabaseUrl } from './database-location.js';
import {
  checkDatabaseOptions,
  type DatabaseOptions,
  type DatabaseUrlOptions,
  type HostDatabaseOptions,
  type OpenOptions,
} from './database-options.js';
import { openHostSqlite } from './host/open-host-sqlite.js';
import { openSqlite, sqliteWriterOptions } from './sqlite/open-sqlite.js';
import { type EntityClass, namedEntities } from './tables/entities.js';
import { TableNames } from './tables/table-names.js';

/**
 * Opens the database and brings its schema up to date, or checks it in a data source of the application. Throws only
 * `DatabaseStartError`.
 */
export async function openDatabase(
  options: DatabaseOptions,
  clock = new Clock(),
): Promise<ConnectedDatabase> {
  const checked = checkDatabaseOptions(options);
  const { logger = new Logger('Database'), changeFeed = {} } = checked;
  const common = { logger, changeFeed, clock };
  // A property may be there and undefined.
  return checked.dataSource === undefined
    ? openUrl({ ...(checked as DatabaseUrlOptions), ...common })
    : openHost({ ...(checked as HostDatabaseOptions), ...common });
}

/** TypeORM's options for one connection that may change the schema: for migrations and TypeORM's CLI. */
export async function migrationOptions(
  location: DatabaseLocation,
  entities: readonly EntityClass[],
  schema?: string,
): Promise<DataSourceOptions> {
  if (location.type === 'sqlite') return sqliteWriterOptions(location.file, entities);
  const { postgresMigrationOptions } = await import('./postgres/open-postgres.js');
  const names = new TableNames({ schema });
  return postgresMigrationOptions(location.url, namedEntities(entities, names), names);
}

async function openUrl(options: OpenOptions<DatabaseUrlOptions>): Promise<ConnectedDatabase> {
  const {
    url,
    entities,
    tablePrefix,
    schema,
    maxConnectionSeconds = 60,
    pooler = false,
    ...common
  } = options;
  const location = parseDatabaseUrl(url);
  try {
    const names = new TableNames({ prefix: tablePrefix, schema });
    if (location.type === 'sqlite') return await openSqlite(location, entities, names.withoutSchema, options);
    // Loaded on demand: an application on SQLite works without pg.
    const { openPostgres } = await import('./postgres/open-postgres.js');
    return await openPostgres({ location, entities, names, maxConnectionSeconds, pooler, ...common });
  } catch (error) {
    throw startErrorOf(location.label, error);
  }
}

async function openHost(options: OpenOptions<HostDatabaseOptions>): Promise<ConnectedDatabase> {
  const { type } = options.dataSource.options;
  if (type !== 'postgres' && type !== 'better-sqlite3')
    throw new DatabaseStartError(
      `The data source is of type ${type}, and Gatehouse supports 'postgres' and 'better-sqlite3': use DatabaseModule.forRoot({ url, entities: gatehouseEntities }) to give it a separate database`,
    );
  try {
    if (type === 'better-sqlite3') return await openHostSqlite(options);
    const { openHostPostgres } = await import('./host/open-host-postgres.js');
    return await openHostPostgres(options);
  } catch (error) {
    throw startErrorOf('of the data source', error);
  }
}
