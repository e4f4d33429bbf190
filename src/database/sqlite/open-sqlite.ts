import { stat } from 'node:fs/promises';
import type { LoggerService } from '@nestjs/common';
import type { Database as Connection } from 'better-sqlite3';
import type { BetterSqlite3DataSourceOptions } from 'typeorm/driver/better-sqlite3/BetterSqlite3DataSourceOptions.js';
import { namedMigrations } from '../migrations/gatehouse-migrations.js';
import { sqliteMigrations } from '../migrations/sqlite/index.js';
import { type EntityClass, namedEntities } from '../tables/entities.js';
import { TableNames } from '../tables/table-names.js';

import type { Clock } from '../../support/clock.js';
import type { ConnectedDatabase } from '../connected-database.js';
import type { DatabaseLocation } from '../database-location.js';
import { createDataSource } from '../data-source.js';
import { logMigrations, migrateSqlite } from '../migrations/migrate.js';
import { makeDatabaseFile } from './database-file.js';
import { SqliteDatabase } from './sqlite-database.js';
import { retryWhileBusy } from './sqlite-transaction.js';

const openMs = 10_000;

/** Opens a SQLite file with its schema brought up to date. An application may have run the migrations with its own. */
export async function openSqlite(
  location: DatabaseLocation & { type: 'sqlite' },
  entities: readonly EntityClass[],
  names: TableNames,
  { logger, clock }: { readonly logger: LoggerService; readonly clock: Clock },
): Promise<ConnectedDatabase> {
  makeDatabaseFile(location.file, (text) => logger.warn(text));
  const writer = createDataSource(sqliteWriterOptions(location.file, entities, names));
  // Another process that starts at the same time holds the lock while it switches the file to WAL.
  await retryWhileBusy(openMs, () => writer.initialize());
  const reader = createDataSource(sqliteReaderOptions(location.file, entities, names));
  try {
    logMigrations(logger, location.label, await migrateSqlite(writer, ['migrations']));
    await retryWhileBusy(openMs, () => reader.initialize());
    const { ino: inode } = await stat(location.file);
    return new SqliteDatabase({ writer, reader, file: location.file, inode }, clock);
  } catch (error) {
    await writer.destroy();
    throw error;
  }
}

/**
 * better-sqlite3 waits for a lock on the event loop. The writer does so this long, and then again after a pause
 * (`retryWhileBusy`): short against that pause, so that requests are served while another process has the lock.
 */
export const writerBusyMs = 5;

/** For the reader, which hardly ever waits. */
export const readerBusyMs = 50;

/** The one connection that writes: WAL, every commit flushed to disk, foreign keys on. The file must exist. */
export function sqliteWriterOptions(
  file: string,
  entities: readonly EntityClass[],
  names = new TableNames(),
): BetterSqlite3DataSourceOptions {
  return {
    ...sharedOptions(file, entities, names),
    fileMustExist: true,
    timeout: writerBusyMs,
    migrations: namedMigrations(sqliteMigrations, names),
    ...(names.areDefault ? {} : { migrationsTableName: names.migrationsTable }),
    prepareDatabase: useWriteAheadLog,
  };
}

/** A connection that sees what is committed and cannot write. To be opened after the writer. */
function sqliteReaderOptions(
  file: string,
  entities: readonly EntityClass[],
  names: TableNames,
): BetterSqlite3DataSourceOptions {
  return { ...sharedOptions(file, entities, names), readonly: true, timeout: readerBusyMs };
}

function sharedOptions(file: string, entities: readonly EntityClass[], names: TableNames) {
  return { type: 'better-sqlite3', database: file, entities: namedEntities(entities, names) } as const;
}

/** Closes the connection and throws if the file system does not support WAL. */
export function useWriteAheadLog(connection: Connection): void {
  try {
    const mode = connection.pragma('journal_mode = WAL', { simple: true });
    if (mode !== 'wal') throw new Error(`this file system has no WAL (the journal mode is ${String(mode)})`);
    connection.pragma('synchronous = FULL');
  } catch (error) {
    connection.close();
    throw error;
  }
}
