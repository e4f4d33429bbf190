import type { DataSource, EntityManager } from 'typeorm';
import type { ChangeFeed } from '../postgres/change-feed/change-feed.js';
import { codeOf } from '../error-code.js';
import { PostgresDatabase } from '../postgres/postgres-database.js';
import type { HostPool } from './host-pool.js';

const readMs = 10_000;
const readOnlyTransaction = '25006';

/** A PostgreSQL server, through a data source of the application, which outlives it. */
export class HostPostgresDatabase extends PostgresDatabase {
  constructor(
    dataSource: DataSource,
    private readonly pool: HostPool,
    feed: ChangeFeed | undefined,
  ) {
    super(dataSource, feed, pool.connections);
  }

  protected override runRead<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.pool.run('READ ONLY', readMs, async (manager) => {
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
    return this.pool.run('READ WRITE', limitMs, work);
  }

  protected override async check(): Promise<void> {
    await this.pool.statement('SELECT 1');
  }

  protected override async disconnect(): Promise<void> {
    await this.feed?.stop();
  }
}
