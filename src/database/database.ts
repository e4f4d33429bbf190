import type { Type } from '@nestjs/common';
import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';
import { Signal } from '../support/instrumentation.js';
import type { Change } from './postgres/change-feed/change.js';
import type { Receipt } from './postgres/change-feed/receipt.js';
import type { ChangeFeedState } from './change-feed-state.js';
import type { DatabaseAnswer } from './database-answer.js';
import type { Asker, Turn } from './fair-queue.js';

export type ReadOptions = Asker;

export interface WriteOptions extends Turn {
  /** The most milliseconds the transaction may be open; 10,000 unless given. On SQLite nobody else writes meanwhile. */
  readonly limitMs?: number;
}

/**
 * The one door to the database. Services never hold a connection: they say whether they read or write.
 * Faults of the database are thrown as `AuthError('DB_UNAVAILABLE')`; constraint violations pass as they are.
 */
export abstract class Database {
  /**
   * Ticks of the clock up to which no other process can have changed the data unheard by `onChange`; `Infinity`
   * where that is always so. What was read later, or was right at that time, may be believed for 5 s more.
   */
  abstract readonly syncedAt: number;

  /**
   * Ticks of the clock from which on nothing that is remembered may be believed, as nobody who confirms a change
   * (`confirmInvalidation`) waits for this process any more; `Infinity` where there is no other.
   */
  abstract readonly leaseEndsAt: number;

  /** Tells of each call to the database once it has ended. */
  readonly answers = new Signal<DatabaseAnswer>();

  /** Tells in seconds how long it took until all other processes had confirmed a change; whoever waits for it emits it. */
  readonly propagations = new Signal<number>();

  /**
   * Runs `work` on committed data. It must not write. Not to be called inside `write`, which it could not see, nor inside
   * another `read`, which would hold one place while it waits for another. It waits for its turn, as `write` does.
   */
  abstract read<T>(work: (manager: EntityManager) => Promise<T>, options?: ReadOptions): Promise<T>;

  /**
   * Runs `work` once, in one transaction (READ COMMITTED) of limited time: all of it is stored when the promise
   * resolves, nothing when it rejects. Only when the connection is lost during the commit itself is the outcome open.
   * Not to be called inside another `write`; pass the manager down instead. Await every query: the manager is dead
   * once `work` has ended. A query that may fail, and be caught, goes into `manager.transaction`, a savepoint.
   *
   * It waits for its turn: no owner has more than a share of the database. Name the `owner` that asks, and the `rows`
   * that `work` will lock, so that it waits for them here and not on a connection. An owner with too much work waiting
   * gets `RATE_LIMITED`.
   */
  abstract write<T>(work: (manager: EntityManager) => Promise<T>, options?: WriteOptions): Promise<T>;

  /**
   * Inside `write`: makes other writers that lock the same rows wait until this transaction ends. Many rows are locked
   * in the order of their ids.
   */
  abstract lock<T extends ObjectLiteral>(
    manager: EntityManager,
    entity: EntityTarget<T>,
    ids: string | readonly string[],
  ): Promise<void>;

  /**
   * Calls `listener` after another process, or this one, has changed what decides about somebody: the moment to drop what
   * is remembered of it; of everything, when it is not told what was changed. At once on PostgreSQL, whose feed may be
   * cut (`syncedAt`); within half a second on SQLite.
   */
  abstract onChange(listener: (change: Change | undefined) => void): void;

  /**
   * Waits until every process that serves requests has dropped what was changed before, for 2 s at most. To be called
   * after the change was committed, and dropped here. Never rejects.
   */
  abstract confirmInvalidation(): Promise<Receipt>;

  /** `null` where no feed tells of the changes of others. */
  changeFeedState(): ChangeFeedState | null {
    return null;
  }

  /** The names of those `entities` that its data source was not given. */
  unknownEntities(_entities: readonly Type[]): Promise<string[]> {
    return Promise.resolve([]);
  }

  /** Resolves when the database answers a query and rejects with `DB_UNAVAILABLE` otherwise. */
  abstract ping(): Promise<void>;
}
