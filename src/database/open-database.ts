import { stat } from 'node:fs/promises';
import { Logger, type LoggerService, type Type } from '@nestjs/common';
import { Clock } from '../principal/clock.js';
import type { ChangeFeedSource } from './change-feed-source.js';
import type { ConnectedDatabase } from './connected-database.js';
import { type DatabaseLocation, parseDatabaseUrl } from './database-location.js';
import { migrateSqlite } from './migrate.js';
import { makePrivateFile } from './private-file.js';
import { retryWhileBusy } from './retry-while-busy.js';
import { reportMigrations } from './report-migrations.js';
import { silentDataSource } from './silent-data-source.js';
import { SqliteDatabase } from './sqlite-database.js';
import { sqliteReaderOptions, sqliteWriterOptions } from './sqlite-options.js';
import { startErrorOf } from './start-error.js';

export interface DatabaseOptions {
  /** `postgres://…`, `sqlite:///absolute/path`, `sqlite:relative/path` or the path of a SQLite file. */
  readonly url: string;
  /** Every entity that is used with the database. */
  readonly entities: readonly Type[];
  readonly logger?: LoggerService;
  /**
   * Where and under which name to hear of the changes of other processes, on PostgreSQL; `false` for a process that
   * remembers nothing and serves no requests.
   */
  readonly changeFeed?: ChangeFeedSource | false;
}

const openMs = 10_000;

/** Opens the database with its schema brought up to date. Throws `DatabaseStartError`, and nothing else. */
export async function openDatabase(
  options: DatabaseOptions,
  clock = new Clock(),
): Promise<ConnectedDatabase> {
  const { entities, logger = new Logger('Database'), changeFeed = {} } = options;
  const location = parseDatabaseUrl(options.url);
  try {
    if (location.type === 'sqlite') return await openSqlite(location, entities, logger);
    // Loaded where it is used: an application on SQLite does without pg.
    const { openPostgres } = await import('./open-postgres.js');
    return await openPostgres(location, entities, logger, changeFeed, clock);
  } catch (error) {
    throw startErrorOf(location, error);
  }
}

async function openSqlite(
  location: DatabaseLocation & { type: 'sqlite' },
  entities: readonly Type[],
  logger: LoggerService,
): Promise<ConnectedDatabase> {
  await makePrivateFile(location.file);
  const writer = silentDataSource(sqliteWriterOptions(location.file, entities));
  // Another process that starts at the same time holds the lock while it switches the file to WAL.
  await retryWhileBusy(openMs, () => writer.initialize());
  const reader = silentDataSource(sqliteReaderOptions(location.file, entities));
  try {
    reportMigrations(logger, location, await migrateSqlite(writer));
    await retryWhileBusy(openMs, () => reader.initialize());
    return new SqliteDatabase(writer, reader, location.file, (await stat(location.file)).ino);
  } catch (error) {
    await writer.destroy();
    throw error;
  }
}
