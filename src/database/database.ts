import type { Type } from '@nestjs/common';
import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';
import { Signal } from '../support/instrumentation.js';
import type { QueueOptions } from './fair-queue.js';

export type ReadOptions = Pick<QueueOptions, 'owner' | 'lane'>;

export interface WriteOptions extends QueueOptions {
  /** The most milliseconds that the transaction may be open, 10,000 by default. On SQLite it blocks all other writes. */
  readonly limitMs?: number;
}

/** One call to the database that has ended. */
export interface DatabaseCall {
  readonly kind: 'read' | 'write' | 'ping';
  /** From the call to the answer, the time in the queue included. */
  readonly seconds: number;
  /** The database was at fault: the caller got `DB_UNAVAILABLE`. */
  readonly isFault: boolean;
}

/** A change in the database, made by this or another process, as the triggers report it. */
export interface Change {
  /** `changed`: one row was changed or deleted. `added`: there are new rows. `emptied`: all rows were deleted. */
  readonly kind: 'changed' | 'added' | 'emptied';
  /** Without the table prefix. */
  readonly table: string;
  /** Of the row, if the change is about one. */
  readonly id: string;
  /** The hash of its key, if it has one. */
  readonly hash: string;
}

/** How well this process is informed about changes by others. */
export interface ChangeFeedState {
  readonly connected: boolean;
  /** Reconnects since the start of the process. */
  readonly reconnects: number;
  /** The round trip of the last test, run every second; `null` before the first. */
  readonly lagSeconds: number | null;
}

/** How far a change has spread that was just committed. */
export interface Receipt {
  /** Processes that serve requests from this database; `null` if that cannot be determined. */
  readonly live: number | null;
  /** Those that have invalidated what they had cached before the change. */
  readonly confirmed: number;
  /** The names of the others. They use cached values for at most 5 more seconds unless the change reaches them. */
  readonly missing: readonly string[];
}

/**
 * The only access to the database. Services never hold a connection: they say whether they read or write.
 * Faults of the database are thrown as `AuthError('DB_UNAVAILABLE')`; constraint violations are passed on unchanged.
 */
export abstract class Database {
  /**
   * @internal Ticks of the clock up to which every change by another process has been reported to `onChange`; `Infinity` where
   * that always holds. What was read later, or was current at that time, may be used for 5 more seconds.
   */
  abstract readonly syncedAt: number;

  /**
   * @internal Ticks of the clock from which on nothing cached may be used: `confirmInvalidation` of other processes no longer waits
   * for this one. `Infinity` where there are no others.
   */
  abstract readonly leaseEndsAt: number;

  /** @internal Emits each call to the database once it has ended. */
  readonly calls = new Signal<DatabaseCall>();

  /** @internal Emits the seconds until all other processes had confirmed a change; emitted by those who wait for it. */
  readonly propagations = new Signal<number>();

  /**
   * Runs `work` on committed data. It must not write. Must not be called inside `write`, whose changes it would not see,
   * nor inside another `read`, which would hold one place while it waits for another. Waits in the queue like `write`.
   */
  abstract read<T>(work: (manager: EntityManager) => Promise<T>, options?: ReadOptions): Promise<T>;

  /**
   * Runs `work` once, in one transaction (READ COMMITTED) of limited time: everything is stored when the promise
   * resolves, nothing when it rejects. Only if the connection is lost during the commit is the outcome unknown.
   * Must not be called inside another `write`: pass the manager down. Await every query: the manager is unusable once
   * `work` has ended. Run a query whose failure is caught in `manager.transaction`, a savepoint.
   *
   * Waits in a fair queue: no owner gets more than its share of the database. Name the `owner`, and the `rows` that `work`
   * will lock, so that it waits for them in the queue and not on a connection. An owner with too much waiting work gets
   * `RATE_LIMITED`.
   */
  abstract write<T>(work: (manager: EntityManager) => Promise<T>, options?: WriteOptions): Promise<T>;

  /**
   * Inside `write`: makes other writers that lock the same rows wait until this transaction ends. Several rows are locked
   * in the order of their ids.
   */
  abstract lock<T extends ObjectLiteral>(
    manager: EntityManager,
    entity: EntityTarget<T>,
    ids: string | readonly string[],
  ): Promise<void>;

  /**
   * @internal Calls `listener` after any process has changed data that authentication depends on, so that it can invalidate what it
   * has cached: all of it if the change is `undefined`. At once on PostgreSQL, whose feed can be interrupted
   * (`syncedAt`); within half a second on SQLite.
   */
  abstract onChange(listener: (change: Change | undefined) => void): void;

  /**
   * @internal Waits until every process that serves requests has invalidated what was changed before, for at most 2 s. Call it after
   * the commit and after invalidating here. Never rejects.
   */
  abstract confirmInvalidation(): Promise<Receipt>;

  /** @internal `null` where no feed reports the changes of others. */
  changeFeedState(): ChangeFeedState | null {
    return null;
  }

  /** @internal The names of those `entities` that are not in the data source. */
  unknownEntities(_entities: readonly Type[]): Promise<string[]> {
    return Promise.resolve([]);
  }

  /** Resolves if the database answers a query and takes changes, and rejects with `DB_UNAVAILABLE` otherwise. */
  abstract ping(): Promise<void>;
}
