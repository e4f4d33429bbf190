import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Database as Connection } from 'better-sqlite3';
import type { BetterSqlite3DataSourceOptions } from 'typeorm/driver/better-sqlite3/BetterSqlite3DataSourceOptions.js';
import type { ConnectedDatabase } from '../connected-database.js';
import { DatabaseStartError } from '../database-start-error.js';
import { migrateSqlite } from '../migrations/migrate.js';
import { namedMigrations } from '../migrations/named-migrations.js';
import { sqliteMigrations } from '../migrations/sqlite/index.js';
import { reportMigrations } from '../migrations/report-migrations.js';
import { retryWhileBusy } from '../sqlite/retry-while-busy.js';
import { SqliteDatabase } from '../sqlite/sqlite-database.js';
import { readerBusyMs, useWriteAheadLog, writerBusyMs } from '../sqlite/sqlite-options.js';
import { freshQueryRunner } from '../sqlite/sqlite-transaction.js';
import { hostTableNames } from './host-table-names.js';
import { hostMigrationsTable, refuseSynchronized, requireMigrations } from './missing-migrations.js';
import type { HostOpening } from './open-host.js';
import { ownDataSource, returnEntities } from './own-data-source.js';

type SqliteOptions = BetterSqlite3DataSourceOptions;

const openMs = 10_000;

/**
 * TypeORM has one connection for a SQLite file, on which the application's transactions and ours would mix: we open a
 * writer and a reader of our own, with the entities of the application. Its own writes wait for ours, and ours for them.
 */
export async function openHostSqlite({
  dataSource,
  runMigrations = false,
  logger,
}: HostOpening): Promise<ConnectedDatabase> {
  const options = dataSource.options as SqliteOptions;
  const file = fileOf(options);
  if (!dataSource.isInitialized) await dataSource.initialize();
  const names = hostTableNames(dataSource);
  const migrations = namedMigrations(sqliteMigrations, names);
  if (runMigrations) refuseSynchronized(dataSource);
  const writer = ownDataSource<SqliteOptions>(dataSource, {
    timeout: writerBusyMs,
    migrations,
    migrationsTableName: names.migrationsTable,
    prepareDatabase: afterThat(options.prepareDatabase, useWriteAheadLog),
  });
  const reader = ownDataSource<SqliteOptions>(dataSource, {
    timeout: readerBusyMs,
    prepareDatabase: afterThat(options.prepareDatabase, allowNoWrites),
  });
  try {
    await retryWhileBusy(openMs, () => writer.initialize());
    if (runMigrations)
      reportMigrations(
        logger,
        { label: file },
        await migrateSqlite(writer, [hostMigrationsTable(dataSource)]),
      );
    else await requireMigrations(dataSource, freshQueryRunner(writer), migrations, names);
    await retryWhileBusy(openMs, () => reader.initialize());
    for (const own of [writer, reader]) Object.assign(own, { subscribers: dataSource.subscribers });
    return new SqliteDatabase(writer, reader, file, (await stat(file)).ino);
  } catch (error) {
    for (const own of [writer, reader]) if (own.isInitialized) await own.destroy();
    throw error;
  } finally {
    returnEntities(dataSource);
  }
}

function fileOf({ database, readonly }: SqliteOptions): string {
  if (typeof database !== 'string' || database === '' || database === ':memory:')
    throw new DatabaseStartError(
      "A database in memory cannot be opened a second time, and Gatehouse needs connections of its own: write database: 'a-file.db' in the data source",
    );
  if (readonly) throw new DatabaseStartError('The data source is readonly: Gatehouse writes to it');
  return resolve(database);
}

type Prepare = (connection: Connection) => void | Promise<void>;

function afterThat(first: SqliteOptions['prepareDatabase'], then: Prepare): Prepare {
  return async (connection) => {
    await (first as Prepare | undefined)?.(connection);
    await then(connection);
  };
}

function allowNoWrites(connection: Connection): void {
  connection.pragma('query_only = ON');
}
