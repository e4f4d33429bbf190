import type { DataSource, EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';
import type { Clock } from '../../support/clock.js';
import type { ChangeFeed } from './change-feed.js';
import type { CurrentServer } from './current-server.js';
import type { Change, ChangeFeedState, Receipt } from '../database.js';
import { ConnectedDatabase } from '../connected-database.js';
import { databaseUnavailable, ReadOnlyError } from '../database-errors.js';
import { FairQueue, type FairQueueLimits } from '../fair-queue.js';
import { postgresTransaction, transactionError } from './postgres-transaction.js';
import { runTransaction } from '../transaction.js';

/** How much of a pool may be used, and to which server it leads. */
export interface PoolUse {
  readonly connections: number;
  readonly server: CurrentServer;
  readonly clock: Clock;
}

/**
 * A PostgreSQL server, through the pool of one data source, of which at most `connections` are used at once. Without a
 * `feed` changes are not reported, and receipts do not wait for this process.
 */
export class PostgresDatabase extends ConnectedDatabase {
  protected override readonly reads: FairQueue;
  protected override readonly writes: FairQueue;
  private readonly server: CurrentServer;

  constructor(
    private readonly dataSource: DataSource,
    protected readonly feed: ChangeFeed | undefined,
    { connections, server, clock }: PoolUse,
  ) {
    super(clock);
    this.server = server;
    this.reads = this.writes = new FairQueue(limitsFor(connections));
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
    const startedAt = this.clock.ticks();
    const receipt = (await this.feed?.confirm()) ?? { live: null, confirmed: 1, missing: [] };
    if (receipt.live === receipt.confirmed) this.propagations.emit((this.clock.ticks() - startedAt) / 1000);
    return receipt;
  }

  override async lock<T extends ObjectLiteral>(
    manager: EntityManager,
    entity: EntityTarget<T>,
    ids: string | readonly string[],
  ): Promise<void> {
    // FOR UPDATE would also block, and could deadlock with, inserts of rows that refer to this one.
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
      return await runTransaction(runner, await postgresTransaction(runner, this.server), limitMs, work);
    } catch (error) {
      throw transactionError(runner, error);
    } finally {
      await runner.release();
    }
  }

  protected override async check(): Promise<void> {
    const [found] = await this.runStatement<{ transaction_read_only: string }>('SHOW transaction_read_only');
    if (found?.transaction_read_only !== 'on') return;
    const error = new ReadOnlyError();
    this.server.report(error);
    throw databaseUnavailable(error);
  }

  /** Runs one statement outside the queue. */
  protected runStatement<T>(sql: string): Promise<T[]> {
    return this.dataSource.query(sql);
  }

  protected override async disconnect(): Promise<void> {
    await this.feed?.stop();
    await this.dataSource.destroy();
  }
}

/** Of nine connections: three for one owner, five for lookups, and two of these only for lookups. */
function limitsFor(connections: number): FairQueueLimits {
  return {
    maxRunning: connections,
    perShare: Math.max(1, Math.floor(connections / 3)),
    forLookups: Math.ceil(connections / 2),
    reservedForLookups: Math.floor(connections / 4),
  };
}
