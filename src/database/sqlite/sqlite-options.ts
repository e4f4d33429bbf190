import type { Database as Connection } from 'better-sqlite3';
import type { BetterSqlite3DataSourceOptions } from 'typeorm/driver/better-sqlite3/BetterSqlite3DataSourceOptions.js';
import { namedMigrations } from '../migrations/named-migrations.js';
import { sqliteMigrations } from '../migrations/sqlite/index.js';
import { type EntityClass, namedEntities } from '../tables/named-entities.js';
import { TableNames } from '../tables/table-names.js';

/**
 * better-sqlite3 waits for a lock on the event loop. The writer does so this long, and then again after a pause
 * (`retryWhileBusy`): short against that pause, so that others are served while another process has the lock.
 */
export const writerBusyMs = 5;

/** For the reader, which is all but never kept waiting, this has to be enough. */
export const readerBusyMs = 50;

/** The one connection that writes: WAL, every commit flushed to disk, foreign keys on. The file must exist. */
export function sqliteWriterOptions(
  file: string,
  entities: readonly EntityClass[],
  names = new TableNames(),
): BetterSqlite3DataSourceOptions {
  return {
    type: 'better-sqlite3',
    database: file,
    fileMustExist: true,
    timeout: writerBusyMs,
    entities: namedEntities(entities, names),
    migrations: namedMigrations(sqliteMigrations, names),
    ...(names.areDefault ? {} : { migrationsTableName: names.migrationsTable }),
    prepareDatabase: useWriteAheadLog,
  };
}

/** A connection that sees what is committed and cannot write. To be opened after the writer. */
export function sqliteReaderOptions(
  file: string,
  entities: readonly EntityClass[],
  names = new TableNames(),
): BetterSqlite3DataSourceOptions {
  return {
    type: 'better-sqlite3',
    database: file,
    readonly: true,
    timeout: readerBusyMs,
    entities: namedEntities(entities, names),
  };
}

/** Throws, and closes the connection, where the file system has no WAL. */
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
