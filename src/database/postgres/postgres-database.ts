import type { DataSource, EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';
import { Clock } from '../../support/clock.js';
import type { ChangeFeed } from './change-feed.js';
import type { Change, ChangeFeedState, Receipt } from '../database.js';
import { ConnectedDatabase } from '../connected-database.js';
import { FairQueue, type FairQueueLimits } from '../fair-queue.js';
import { postgresTransaction, transactionError } from './postgres-transaction.js';
import { runTransaction } from '../transaction.js';

const clock = new Clock();

/** A PostgreSQL server, through the pool of one data source. */
export class PostgresDatabase extends ConnectedDatabase {
  protected override readonly reads: FairQueue;
  protected override readonly writes: FairQueue;

  /**
   * `connections` is how many of the pool may be used at once. Without a `feed` nothing is heard of, and nothing is told
   * of this process to those who wait for receipts.
   */
  constructor(
    private readonly dataSource: DataSource,
    protected readonly feed: ChangeFeed | undefined,
    connections: number,
  ) {
    super();
    this.reads = this.writes = new FairQueue(sharesOf(connections));
  }

  override get syncedAt(): number {
    return this.feed?.syncedAt ?? -Infinity;
  }

  override get leaseEndsAt(): number {
    return this.feed?.leaseEndsAt ?? -Infinity;
  }

  override onChange(listener: (change: Change | undefined) => void): void {
    this.feed?.listen(listener);
  }

  override changeFeedState(): ChangeFeedState | null {
    return this.feed ?? null;
  }

  override async confirmInvalidation(): Promise<Receipt> {
    const startedAt = clock.ticks();
    const receipt = (await this.feed?.confirm()) ?? { live: null, confirmed: 1, missing: [] };
    if (receipt.live === receipt.confirmed) this.propagations.emit((clock.ticks() - startedAt) / 1000);
    return receipt;
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
      return await runTransaction(runner, await postgresTransaction(runner), limitMs, work);
    } catch (error) {
      throw transactionError(runner, error);
    } finally {
      await runner.release();
    }
  }

  protected override async check(): Promise<void> {
    await this.dataSource.query('SELECT 1');
  }

  protected override async disconnect(): Promise<void> {
    await this.feed?.stop();
    await this.dataSource.destroy();
  }
}

/** Of nine connections three for one owner, five for lookups, and two of these for nothing else. */
function sharesOf(connections: number): FairQueueLimits {
  return {
    places: connections,
    perShare: Math.max(1, Math.floor(connections / 3)),
    forLookups: Math.ceil(connections / 2),
    reserved: Math.floor(connections / 4),
  };
}
