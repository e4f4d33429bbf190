import { setTimeout as sleep } from 'node:timers/promises';
import type { Database as Connection } from 'better-sqlite3';
import type { DataSource, QueryRunner } from 'typeorm';
import { codeOf } from '../database-errors.js';
import type { Transaction } from '../transaction.js';

/** Internals of TypeORM's SQLite driver, needed for a clean transaction. */
interface SqliteDriver {
  queryRunner?: QueryRunner;
  readonly databaseConnection: Connection;
}

/**
 * A new query runner for one transaction. TypeORM would share one for all, which still counts a transaction after SQLite
 * has rolled it back by itself: the next ones would be savepoints that are never committed.
 */
export function freshQueryRunner(dataSource: DataSource): QueryRunner {
  driverOf(dataSource).queryRunner = undefined;
  return dataSource.createQueryRunner();
}

/** Begins by taking the write lock; waits up to `lockMs` while another process holds it. */
export function sqliteTransaction(dataSource: DataSource, runner: QueryRunner, lockMs: number): Transaction {
  const connection = driverOf(dataSource).databaseConnection;
  const rollback = () => {
    if (connection.inTransaction) connection.exec('ROLLBACK');
  };
  return {
    begin: async () => {
      rollback();
      await runner.startTransaction();
      // TypeORM begins without the lock, and upgrading later fails at once if another process has written.
      connection.exec('COMMIT');
      await retryWhileBusy(lockMs, () => connection.exec('BEGIN IMMEDIATE'));
    },
    commit: async () => void connection.exec('COMMIT'),
    rollback: async () => {
      try {
        rollback();
      } catch {
        // The next `begin` tries again before anything is written.
      }
    },
    isOpen: () => connection.inTransaction,
  };
}

/** A number that changes when another connection than this one commits (SQLite, `PRAGMA data_version`). */
export function dataVersionOf(dataSource: DataSource): number {
  return driverOf(dataSource).databaseConnection.pragma('data_version', { simple: true }) as number;
}

function driverOf(dataSource: DataSource): SqliteDriver {
  return dataSource.driver as unknown as SqliteDriver;
}

const pauseMs = 20;

/** Repeats `action` while another process has the SQLite file locked, for at most `limitMs`. A failed `action` must have no effect. */
export async function retryWhileBusy<T>(limitMs: number, action: () => T | Promise<T>): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw error;
    }
    await sleep(pauseMs);
  }
}

function isBusy(error: unknown): boolean {
  return codeOf(error)?.startsWith('SQLITE_BUSY') ?? false;
}
