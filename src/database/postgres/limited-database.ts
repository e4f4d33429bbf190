import type { DataSource, EntityManager } from 'typeorm';
import { codeOf } from '../database-errors.js';
import type { ChangeFeed } from './change-feed.js';
import type { LimitedPool } from './limited-pool.js';
import { type PoolUse, PostgresDatabase } from './postgres-database.js';

const readMs = 10_000;
const readOnlyTransaction = '25006';

/** A PostgreSQL server, through connections without time limits of their own. */
export class LimitedPostgresDatabase extends PostgresDatabase {
  constructor(
    dataSource: DataSource,
    feed: ChangeFeed | undefined,
    private readonly use: PoolUse & { readonly pool: LimitedPool },
  ) {
    super(dataSource, feed, use);
  }

  protected override runRead<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.use.pool.run('read', readMs, async (manager) => {
      try {
        return await work(manager);
      } catch (error) {
        if (codeOf(error) === readOnlyTransaction)
          throw new Error('Database.read was used to write', { cause: error });
        throw error;
      }
    });
  }

  protected override runWrite<T>(work: (manager: EntityManager) => Promise<T>, limitMs: number): Promise<T> {
    return this.use.pool.run('write', limitMs, work);
  }

  protected override runStatement<T>(sql: string): Promise<T[]> {
    return this.use.pool.query(sql);
  }
}
