import { stat } from 'node:fs/promises';
import { Logger, type LoggerService, type Type } from '@nestjs/common';
import { DataSource, type DataSourceOptions } from 'typeorm';
import type { ConnectedDatabase } from './connected-database.js';
import { dataSourceOptions } from './data-source-options.js';
import { type DatabaseLocation, parseDatabaseUrl } from './database-location.js';
import { migratePostgres, migrateSqlite } from './migrate.js';
import { PostgresDatabase } from './postgres-database.js';
import { postgresOptions } from './postgres-options.js';
import { makePrivateFile } from './private-file.js';
import { retryWhileBusy } from './retry-while-busy.js';
import { SilentLogger } from './silent-logger.js';
import { SqliteDatabase } from './sqlite-database.js';
import { sqliteReaderOptions } from './sqlite-options.js';
import { startErrorOf } from './start-error.js';

export interface DatabaseOptions {
  /** `postgres://…`, `sqlite:///absolute/path`, `sqlite:relative/path` or the path of a SQLite file. */
  readonly url: string;
  /** Every entity that is used with the database. */
  readonly entities: readonly Type[];
  readonly logger?: LoggerService;
}

const openMs = 10_000;

/** Opens the database with its schema brought up to date. Throws `DatabaseStartError`, and nothing else. */
export async function openDatabase(options: DatabaseOptions): Promise<ConnectedDatabase> {
  const { entities, logger = new Logger('Database') } = options;
  const location = parseDatabaseUrl(options.url);
  try {
    return location.type === 'sqlite'
      ? await openSqlite(location, entities, logger)
      : await openPostgres(location, entities, logger);
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
  const writer = silent(dataSourceOptions(location, entities));
  // Another process that starts at the same time holds the lock while it switches the file to WAL.
  await retryWhileBusy(openMs, () => writer.initialize());
  const reader = silent(sqliteReaderOptions(location.file, entities));
  try {
    report(logger, location, await migrateSqlite(writer));
    await retryWhileBusy(openMs, () => reader.initialize());
    return new SqliteDatabase(writer, reader, location.file, (await stat(location.file)).ino);
  } catch (error) {
    await writer.destroy();
    throw error;
  }
}

async function openPostgres(
  location: DatabaseLocation & { type: 'postgres' },
  entities: readonly Type[],
  logger: LoggerService,
): Promise<ConnectedDatabase> {
  const migrator = await silent(dataSourceOptions(location, entities)).initialize();
  try {
    report(logger, location, await migratePostgres(migrator));
  } finally {
    await migrator.destroy();
  }
  const onConnectionLost = (error: Error) =>
    logger.warn(`Lost a connection to ${location.label}: ${error.message}`);
  const dataSource = silent(postgresOptions(location.url, entities, onConnectionLost));
  return new PostgresDatabase(await dataSource.initialize());
}

function silent(options: DataSourceOptions): DataSource {
  return new DataSource({ ...options, logger: new SilentLogger() });
}

function report(logger: LoggerService, { label }: DatabaseLocation, migrations: string[]): void {
  if (migrations.length > 0) logger.log(`Migrated ${label}: ${migrations.join(', ')}`);
}
