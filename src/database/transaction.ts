import type { EntityManager, QueryRunner } from 'typeorm';
import { withTimeout } from '../support/timers.js';
import { databaseUnavailable } from './database-fault.js';
import { QueryGate } from './postgres/query-gate.js';

/** What a driver does at the two ends of a transaction. */
export interface TransactionEdges {
  begin(): Promise<void>;
  /** Rejects unless everything is stored. */
  commit(): Promise<void>;
  /** Leaves the connection without a transaction, or unusable. Never rejects. */
  rollback(): Promise<void>;
  /** False when the database has given the transaction up by itself. */
  isOpen(): boolean;
}

/**
 * Runs `work` in a transaction on a query runner that nobody else has, and that nobody uses again. Nothing that `work`
 * started can reach the database once the outcome is decided, however late it wakes up.
 */
export async function runTransaction<T>(
  runner: QueryRunner,
  edges: TransactionEdges,
  limitMs: number,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  await edges.begin();
  const gate = new QueryGate(runner, edges);
  try {
    const result = await withTimeout(work(runner.manager), limitMs, {
      error: () => databaseUnavailable(new Error(`A transaction was open for ${limitMs} ms`)),
    });
    await gate.closeWhenIdle();
    await edges.commit();
    return result;
  } catch (error) {
    await gate.close();
    await edges.rollback();
    throw error;
  }
}
