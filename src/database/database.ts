import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';

export interface WriteOptions {
  /** The most milliseconds the transaction may be open; 10,000 unless given. On SQLite nobody else writes meanwhile. */
  readonly limitMs?: number;
}

/**
 * The one door to the database. Services never hold a connection: they say whether they read or write.
 * Faults of the database are thrown as `AuthError('DB_UNAVAILABLE')`; constraint violations pass as they are.
 */
export abstract class Database {
  /**
   * How long a row may be believed without asking again: long where no other process changes the rows unheard
   * (SQLite: 300), short where one may (PostgreSQL: 5).
   */
  abstract readonly cacheSeconds: number;

  /** Runs `work` on committed data. It must not write. Not to be called inside `write`, which it could not see. */
  abstract read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;

  /**
   * Runs `work` once, in one transaction (READ COMMITTED) of limited time: all of it is stored when the promise
   * resolves, nothing when it rejects. Only when the connection is lost during the commit itself is the outcome open.
   * Not to be called inside another `write`; pass the manager down instead. Await every query: the manager is dead
   * once `work` has ended. A query that may fail, and be caught, goes into `manager.transaction`, a savepoint.
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
   * Calls `listener` within a second after another process has changed the data: the moment to drop what is cached.
   * Never where `cacheSeconds` is short instead.
   */
  onForeignChange(_listener: () => void): void {}

  /** Resolves when the database answers a query and rejects with `DB_UNAVAILABLE` otherwise. */
  abstract ping(): Promise<void>;
}
