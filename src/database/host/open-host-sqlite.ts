import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Database as Connection } from 'better-sqlite3';
import type { BetterSqlite3DataSourceOptions } from 'typeorm/driver/better-sqlite3/BetterSqlite3DataSourceOptions.js';
import type { ConnectedDatabase } from '../connected-database.js';
import { copyDataSource, restoreEntities } from '../data-source.js';
import { DatabaseStartError } from '../database-errors.js';
import type { HostDatabaseOptions, OpenOptions } from '../database-options.js';
import { namedMigrations } from '../migrations/gatehouse-migrations.js';
import { logMigrations, migrateSqlite } from '../migrations/migrate.js';
import { sqliteMigrations } from '../migrations/sqlite/index.js';
import { readerBusyMs, useWriteAheadLog, writerBusyMs } from '../sqlite/open-sqlite.js';
import { SqliteDatabase } from '../sqlite/sqlite-database.js';
import { freshQueryRunner, retryWhileBusy } from '../sqlite/sqlite-transaction.js';
import { hostMigrationsTable, hostTableNames, rejectSynchronized, requireMigrations } from './host-tables.js';

type SqliteOptions = BetterSqlite3DataSourceOptions;

const openMs = 10_000;

/**
 * TypeORM has one connection to a SQLite file, on which transactions of the application and of Gatehouse would mix.
 * Gatehouse opens another writer and reader with the entities of the application; the writers wait for each other.
 */
export async function openHostSqlite({
  dataSource,
  runMigrations = false,
  logger,
  clock,
}: OpenOptions<HostDatabaseOptions>): Promise<ConnectedDatabase> {
  const options = dataSource.options as SqliteOptions;
  const file = fileOf(options);
  if (!dataSource.isInitialized) await dataSource.initialize();
  const names = hostTableNames(dataSource);
  const migrations = namedMigrations(sqliteMigrations, names);
  if (runMigrations) rejectSynchronized(dataSource);
  const writer = copyDataSource<SqliteOptions>(dataSource, {
    timeout: writerBusyMs,
    migrations,
    migrationsTableName: names.migrationsTable,
    prepareDatabase: both(options.prepareDatabase, useWriteAheadLog),
  });
  const reader = copyDataSource<SqliteOptions>(dataSource, {
    timeout: readerBusyMs,
    prepareDatabase: both(options.prepareDatabase, allowNoWrites),
  });
  try {
    await retryWhileBusy(openMs, () => writer.initialize());
    if (runMigrations)
      logMigrations(logger, file, await migrateSqlite(writer, [hostMigrationsTable(dataSource)]));
    else await requireMigrations(dataSource, freshQueryRunner(writer), migrations, names);
    await retryWhileBusy(openMs, () => reader.initialize());
    for (const copy of [writer, reader]) Object.assign(copy, { subscribers: dataSource.subscribers });
    return new SqliteDatabase({ writer, reader, file, inode: (await stat(file)).ino }, clock);
  } catch (error) {
    for (const copy of [writer, reader]) if (copy.isInitialized) await copy.destroy();
    throw error;
  } finally {
    restoreEntities(dataSource);
  }
}

function fileOf({ database, readonly }: SqliteOptions): string {
  if (typeof database !== 'string' || database === '' || database === ':memory:')
    throw new DatabaseStartError(
      "A database in memory cannot be opened twice, and Gatehouse needs separate connections: set database: 'a-file.db' in the data source",
    );
  if (readonly) throw new DatabaseStartError('The data source is readonly, but Gatehouse must write to it');
  return resolve(database);
}

type Prepare = (connection: Connection) => void | Promise<void>;

function both(first: SqliteOptions['prepareDatabase'], then: Prepare): Prepare {
  return async (connection) => {
    await (first as Prepare | undefined)?.(connection);
    await then(connection);
  };
}

function allowNoWrites(connection: Connection): void {
  connection.pragma('query_only = ON');
}
