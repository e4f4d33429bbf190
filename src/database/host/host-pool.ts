import type { Client, Pool } from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { withTimeout } from '../../support/timers.js';
import { ConnectionError } from '../connection-error.js';
import {
  answerMs,
  connectMs,
  idleInTransactionMs,
  lockMs,
  statementMs,
} from '../postgres/postgres-options.js';
import { postgresEdges, whileConnected } from '../postgres/postgres-transaction.js';
import { runTransaction, type TransactionEdges } from '../transaction.js';
import { borrow } from './host-connection.js';

/** Of pg's own pool. */
const defaultPoolSize = 10;
const limits = [
  `SET LOCAL lock_timeout = ${lockMs}`,
  `SET LOCAL statement_timeout = ${statementMs}`,
  `SET LOCAL idle_in_transaction_session_timeout = ${idleInTransactionMs}`,
].join('; ');

/**
 * The connections of a data source of the application. Its settings are not ours to change, so everything runs in a
 * transaction which has our limits, and the connection goes back as it came.
 */
export class HostPool {
  constructor(private readonly dataSource: DataSource) {}

  /** How many of them we use at once: half, so that the application always has the others. */
  get connections(): number {
    const { master } = this.dataSource.driver as unknown as { readonly master: Partial<Pool> };
    return Math.max(1, Math.floor((master.options?.max ?? defaultPoolSize) / 2));
  }

  /** One of its connections, without limits and without a transaction: for the start. */
  async runOn<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner('master');
    try {
      await this.connect(runner);
      return await work(runner);
    } finally {
      await runner.release();
    }
  }

  /** Runs `work` in one transaction (READ COMMITTED) that is open for `limitMs` at most, on the writing server. */
  async run<T>(
    access: 'READ ONLY' | 'READ WRITE',
    limitMs: number,
    work: (manager: EntityManager) => Promise<T>,
  ): Promise<T> {
    const runner = this.dataSource.createQueryRunner('master');
    const client = await this.connect(runner);
    const { giveBack } = borrow(client, answerMs);
    try {
      const usual = await postgresEdges(runner);
      const begin = () => beginWithin(usual, client, access);
      return await runTransaction(runner, { ...usual, begin }, limitMs, work);
    } catch (error) {
      throw whileConnected(runner, error);
    } finally {
      giveBack();
      await runner.release();
    }
  }

  /** One statement, with the same limits. */
  statement<T>(sql: string, parameters: unknown[] = []): Promise<T[]> {
    return this.run('READ WRITE', answerMs, (manager) => manager.query(sql, parameters));
  }

  /** The pool may have no limit of its own; what it hands out too late goes back at once. */
  private async connect(runner: QueryRunner): Promise<Client> {
    const connecting = runner.connect() as Promise<Client>;
    const error = () => new Error(`The pool of the application had no connection for ${connectMs} ms`);
    try {
      return await withTimeout(connecting, connectMs, { error });
    } catch (cause) {
      connecting.then(
        () => runner.release(),
        () => undefined,
      );
      throw new ConnectionError(cause);
    }
  }
}

async function beginWithin(
  { begin, rollback }: TransactionEdges,
  client: Client,
  access: string,
): Promise<void> {
  await begin();
  try {
    await client.query(`SET TRANSACTION ISOLATION LEVEL READ COMMITTED, ${access}; ${limits}`);
  } catch (error) {
    await rollback();
    throw error;
  }
}
