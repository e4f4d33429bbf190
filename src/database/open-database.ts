import { stat } from 'node:fs/promises';
import { Logger, type LoggerService } from '@nestjs/common';
import { Clock } from '../support/clock.js';
import { checkDatabaseOptions } from './check-database-options.js';
import type { ConnectedDatabase } from './connected-database.js';
import { type DatabaseLocation, parseDatabaseUrl } from './database-location.js';
import type { DatabaseOptions } from './database-options.js';
import { openHost } from './host/open-host.js';
import { migrateSqlite } from './migrations/migrate.js';
import type { EntityClass } from './tables/named-entities.js';
import { makePrivateFile } from './sqlite/private-file.js';
import { retryWhileBusy } from './sqlite/retry-while-busy.js';
import { reportMigrations } from './migrations/report-migrations.js';
import { silentDataSource } from './silent-data-source.js';
import { SqliteDatabase } from './sqlite/sqlite-database.js';
import { sqliteReaderOptions, sqliteWriterOptions } from './sqlite/sqlite-options.js';
import { startErrorOf } from './start-error.js';
import { TableNames } from './tables/table-names.js';

const openMs = 10_000;

/**
 * Opens the database with its schema brought up to date, or found so in a data source of the application. Throws
 * `DatabaseStartError`, and nothing else.
 */
export async function openDatabase(
  options: DatabaseOptions,
  clock = new Clock(),
): Promise<ConnectedDatabase> {
  const checked = checkDatabaseOptions(options);
  const { logger = new Logger('Database'), changeFeed = {} } = checked;
  if ('dataSource' in checked && checked.dataSource !== undefined)
    return openHost({ ...checked, logger, changeFeed, clock });
  const { url, entities, tablePrefix, schema } = checked as Extract<DatabaseOptions, { url: string }>;
  const location = parseDatabaseUrl(url);
  try {
    const names = new TableNames({ prefix: tablePrefix, schema });
    if (location.type === 'sqlite') return await openSqlite(location, entities, names.withoutSchema, logger);
    // Loaded where it is used: an application on SQLite does without pg.
    const { openPostgres } = await import('./postgres/open-postgres.js');
    return await openPostgres({ location, entities, names, logger, changeFeed, clock });
  } catch (error) {
    throw startErrorOf(location, error);
  }
}

async function openSqlite(
  location: DatabaseLocation & { type: 'sqlite' },
  entities: readonly EntityClass[],
  names: TableNames,
  logger: LoggerService,
): Promise<ConnectedDatabase> {
  await makePrivateFile(location.file);
  const writer = silentDataSource(sqliteWriterOptions(location.file, entities, names));
  // Another process that starts at the same time holds the lock while it switches the file to WAL.
  await retryWhileBusy(openMs, () => writer.initialize());
  const reader = silentDataSource(sqliteReaderOptions(location.file, entities, names));
  try {
    reportMigrations(logger, location, await migrateSqlite(writer));
    await retryWhileBusy(openMs, () => reader.initialize());
    return new SqliteDatabase(writer, reader, location.file, (await stat(location.file)).ino);
  } catch (error) {
    await writer.destroy();
    throw error;
  }
}
