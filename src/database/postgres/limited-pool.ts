import type { Client, Pool, PoolOptions } from 'pg';
import { type DataSource, type EntityManager, QueryFailedError, type QueryRunner } from 'typeorm';
import { TimeoutError, withTimeout } from '../../support/timers.js';
import { strictly } from '../data-source.js';
import { ConnectionError } from '../database-errors.js';
import { type CurrentServer, firstCurrent, replaced } from './current-server.js';
import {
  answerMs,
  closeNow,
  connectMs,
  idleInTransactionMs,
  isClosed,
  lockMs,
  statementMs,
} from './postgres-client.js';
import { postgresTransaction, transactionError } from './postgres-transaction.js';
import { runTransaction, type Transaction } from '../transaction.js';

/** The default of pg. */
const defaultPoolSize = 10;
const limits = [
  `SET LOCAL lock_timeout = ${lockMs}`,
  `SET LOCAL statement_timeout = ${statementMs}`,
  `SET LOCAL idle_in_transaction_session_timeout = ${idleInTransactionMs}`,
].join('; ');

/** What a transaction may do: a change needs a server that allows it by itself. */
type Access = 'read' | 'write';

/** Of a transaction that has begun. */
const settingsOf = (access: Access) =>
  `SET TRANSACTION ISOLATION LEVEL READ COMMITTED${access === 'read' ? ', READ ONLY' : ''}; ${limits}`;

/**
 * The connections of a data source whose settings must not change, as they belong to an application or a pooler: everything
 * runs in a transaction that sets time limits, and the connection is returned unchanged.
 */
export class LimitedPool {
  private readonly dataSource: DataSource;

  constructor(
    dataSource: DataSource,
    private readonly server: CurrentServer,
  ) {
    this.dataSource = strictly(dataSource);
  }

  /** The maximum number of connections. */
  get size(): number {
    return this.options.max ?? defaultPoolSize;
  }

  /** The maximum age of a connection, in seconds. pg has none by default; an hour is then long enough to wait. */
  get maxConnectionSeconds(): number {
    return this.options.maxLifetimeSeconds || 3_600;
  }

  private get options(): Partial<PoolOptions> {
    const { master } = this.dataSource.driver as unknown as { readonly master: Partial<Pool> };
    return master.options ?? {};
  }

  /** Lends one connection, without limits and without a transaction: for the start. */
  async runOn<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner('master');
    try {
      await this.connect(runner);
      return await work(runner);
    } finally {
      await runner.release();
    }
  }

  /** Runs `work` in one transaction (READ COMMITTED) that is open for at most `limitMs`, on the writing server. */
  run<T>(access: Access, limitMs: number, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.lend(async (runner, client) => {
      const transaction = await postgresTransaction(runner, this.server);
      const begin = () => beginWithin(transaction, client, access);
      return runTransaction(runner, { ...transaction, begin }, limitMs, work);
    });
  }

  /**
   * One statement, with the same limits. The application's log and subscribers of queries do not see it: the change feed
   * sends one each second.
   */
  query<T>(sql: string, parameters: unknown[] = []): Promise<T[]> {
    return this.lend(async (runner, client) => {
      const { commit, rollback } = await postgresTransaction(runner, this.server);
      try {
        await client.query(`BEGIN; ${settingsOf('write')}`);
        const { rows } = await client.query(sql, parameters);
        await commit();
        return rows as T[];
      } catch (error) {
        await rollback();
        throw error instanceof ConnectionError
          ? error
          : new QueryFailedError(sql, parameters, error as Error);
      }
    });
  }

  /** Lends one connection to the current server, whose queries are answered in time or end it. */
  private lend<T>(work: (runner: QueryRunner, client: Client) => Promise<T>): Promise<T> {
    return firstCurrent(async () => {
      const runner = this.dataSource.createQueryRunner('master');
      const client = await this.connect(runner);
      const { giveBack } = borrow(client);
      try {
        return (await this.admits(client)) ? await work(runner, client) : replaced;
      } catch (error) {
        this.server.report(error);
        throw transactionError(runner, error);
      } finally {
        giveBack();
        await runner.release();
      }
    });
  }

  /** Closes the connection if it must be replaced. */
  private async admits(client: Client): Promise<boolean> {
    try {
      if (await this.server.admits(client)) return true;
    } catch (error) {
      closeNow(client);
      throw error;
    }
    closeNow(client);
    return false;
  }

  /** The pool may have no limit of its own; a connection that comes too late is returned at once. */
  private async connect(runner: QueryRunner): Promise<Client> {
    const connecting = runner.connect() as Promise<Client>;
    const error = () => new Error(`The pool had no connection for ${connectMs} ms`);
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

async function beginWithin({ begin, rollback }: Transaction, client: Client, access: Access): Promise<void> {
  await begin();
  try {
    await client.query(settingsOf(access));
  } catch (error) {
    await rollback();
    throw error;
  }
}

/**
 * Makes a connection of the application's pool close itself when a query has no answer in time; the pool then
 * replaces it. `giveBack` restores it.
 */
function borrow(client: Client): { giveBack(): void } {
  const original = Object.getOwnPropertyDescriptor(client, 'query');
  const send = client.query.bind(client) as (...parameters: unknown[]) => unknown;
  const query = (...parameters: unknown[]) => {
    const outcome = send(...parameters);
    return outcome instanceof Promise ? answered(client, outcome) : outcome;
  };
  Object.assign(client, { query });
  const giveBack = () => {
    if (original === undefined) Reflect.deleteProperty(client, 'query');
    else Object.defineProperty(client, 'query', original);
  };
  return { giveBack };
}

async function answered<T>(client: Client, outcome: Promise<T>): Promise<T> {
  try {
    return await withTimeout(outcome, answerMs);
  } catch (error) {
    const isLate = error instanceof TimeoutError;
    if (isLate) closeNow(client, error);
    // Invalid bytes can make pg throw a TypeError that is no mistake in the query.
    throw isLate || isClosed(client) ? new ConnectionError(error) : error;
  }
}
