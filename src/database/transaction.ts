import type { EntityManager, QueryRunner } from 'typeorm';
import { withTimeout } from '../support/timers.js';
import { databaseUnavailable } from './database-errors.js';

/** How a driver begins and ends a transaction. */
export interface Transaction {
  begin(): Promise<void>;
  /** Resolves only if everything is stored. */
  commit(): Promise<void>;
  /** Leaves the connection without a transaction, or unusable. Never rejects. */
  rollback(): Promise<void>;
  /** False once the database has rolled back by itself. */
  isOpen(): boolean;
}

/**
 * Runs `work` in a transaction on a query runner of its own, which is not used again. Once the outcome is decided, no query
 * that `work` started can reach the database, however late.
 */
export async function runTransaction<T>(
  runner: QueryRunner,
  transaction: Transaction,
  limitMs: number,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  await transaction.begin();
  const queries = new TransactionQueries(runner, transaction);
  try {
    const result = await withTimeout(work(runner.manager), limitMs, {
      error: () => databaseUnavailable(new Error(`A transaction was open for ${limitMs} ms`)),
    });
    await queries.closeWhenIdle();
    await transaction.commit();
    return result;
  } catch (error) {
    await queries.close();
    await transaction.rollback();
    throw error;
  }
}

type Query = (...parameters: Parameters<QueryRunner['query']>) => Promise<unknown>;

/**
 * Sends the queries of one transaction one after the other, and none once it is closed: TypeORM would send a late query
 * outside any transaction, or on SQLite in the next one.
 */
class TransactionQueries {
  private isOpen = true;
  private waiting = 0;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    runner: QueryRunner,
    private readonly transaction: { isOpen(): boolean },
  ) {
    const send: Query = runner.query.bind(runner);
    const query: Query = (...parameters) => this.enqueue(() => send(...parameters));
    Object.assign(runner, { query });
  }

  /** Closes at the end of the work. Rejects if a query is still running: its result was not awaited. */
  async closeWhenIdle(): Promise<void> {
    const unawaited = this.waiting;
    await this.close();
    if (unawaited > 0) throw new Error('A query in write was not awaited; nothing was stored');
  }

  /** Rejects further queries and resolves once none is running. */
  async close(): Promise<void> {
    this.isOpen = false;
    await this.last;
  }

  private enqueue(send: () => Promise<unknown>): Promise<unknown> {
    this.waiting += 1;
    const outcome = this.last.then(() => {
      if (!this.isOpen) throw new Error('This transaction has ended; its manager can no longer be used');
      return send();
    });
    this.last = outcome.then(
      () => this.ended(),
      () => this.ended(),
    );
    return outcome;
  }

  private ended(): void {
    this.waiting -= 1;
    // SQLite may roll back by itself, as on a full disk: later queries would be stored without a transaction.
    if (!this.transaction.isOpen()) this.isOpen = false;
  }
}
