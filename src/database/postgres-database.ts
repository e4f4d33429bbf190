import type { DataSource, EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';
import { AuthError } from '../principal/auth-error.js';
import { ConnectedDatabase } from './connected-database.js';
import { asDatabaseFault, databaseUnavailable } from './database-fault.js';
import { postgresEdges } from './postgres-transaction.js';
import { runTransaction } from './transaction.js';

/** A PostgreSQL server, through the pool of one data source. */
export class PostgresDatabase extends ConnectedDatabase {
  override readonly cacheSeconds = 5;

  constructor(private readonly dataSource: DataSource) {
    super();
  }

  override async lock<T extends ObjectLiteral>(
    manager: EntityManager,
    entity: EntityTarget<T>,
    ids: string | readonly string[],
  ): Promise<void> {
    // FOR UPDATE would also hold up, and could deadlock with, inserts of rows that refer to this one.
    await manager
      .createQueryBuilder(entity, 'locked')
      .select('locked.id')
      .where('locked.id IN (:...ids)', { ids: [ids].flat() })
      .orderBy('locked.id')
      .setLock('for_no_key_update')
      .getRawMany();
  }

  protected override runRead<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return work(this.dataSource.manager);
  }

  protected override async runWrite<T>(
    work: (manager: EntityManager) => Promise<T>,
    limitMs: number,
  ): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    try {
      return await runTransaction(runner, await postgresEdges(runner), limitMs, work);
    } catch (cause) {
      const error = asDatabaseFault(cause);
      // TypeORM lets go of a lost connection by itself; what fails after that says nothing of it.
      if (runner.isReleased && !(error instanceof AuthError))
        throw databaseUnavailable(new Error('The connection was lost during a transaction', { cause }));
      throw error;
    } finally {
      await runner.release();
    }
  }

  protected override async check(): Promise<void> {
    await this.dataSource.query('SELECT 1');
  }

  protected override async disconnect(): Promise<void> {
    await this.dataSource.destroy();
  }
}
