import { dataSourceOf } from './data-source-of.js';
import type { Type } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuthError } from '../principal/auth-error.js';
import type { Clock } from '../support/clock.js';
import { withTimeout } from '../support/timers.js';
import { Database, type DatabaseCall, type ReadOptions, type WriteOptions } from './database.js';
import { asDatabaseFault, databaseUnavailable } from './database-errors.js';
import type { FairQueue } from './fair-queue.js';
import { WriteScope } from './write-scope.js';

const closeMs = 10_000;
const transactionMs = 10_000;
/** Twice as many as can be answered before the last of them times out in the queue. */
const mostRunning = 5_000;

/** What both databases share: nested calls are rejected, faults become `DB_UNAVAILABLE`, and `close` waits for running calls. */
export abstract class ConnectedDatabase extends Database {
  private readonly scope = new WriteScope();
  private readonly running = new Set<Promise<unknown>>();
  private isClosed = false;
  private isDisconnected = false;

  constructor(protected readonly clock: Clock) {
    super();
  }

  override unknownEntities(entities: readonly Type[]): Promise<string[]> {
    // TypeORM's `hasMetadata` also accepts another class of the same name.
    return this.read(async (manager) => {
      const known = new Set(dataSourceOf(manager).entityMetadatas.map(({ target }) => target));
      return entities.filter((entity) => !known.has(entity)).map(({ name }) => name);
    });
  }

  override async read<T>(
    work: (manager: EntityManager) => Promise<T>,
    options: ReadOptions = {},
  ): Promise<T> {
    this.scope.rejectInside();
    const run = () => this.runRead(work);
    return this.call('read', () => this.reads.run(options, run));
  }

  override async write<T>(
    work: (manager: EntityManager) => Promise<T>,
    { limitMs = transactionMs, ...queue }: WriteOptions = {},
  ): Promise<T> {
    const run = () => this.runWrite(work, limitMs);
    return this.call('write', () => this.scope.run(() => this.writes.run(queue, run)));
  }

  override async ping(): Promise<void> {
    return this.call('ping', () => this.check()).catch((error: unknown) => {
      throw databaseUnavailable(error);
    });
  }

  /** Rejects new work with `DB_UNAVAILABLE`, waits up to 10 s for running work, and closes the connections. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await withTimeout(Promise.allSettled(this.running), closeMs).catch(() => undefined);
    this.isDisconnected = true;
    await this.disconnect();
  }

  protected abstract readonly reads: FairQueue;
  protected abstract readonly writes: FairQueue;
  protected abstract runRead<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;
  protected abstract runWrite<T>(work: (manager: EntityManager) => Promise<T>, limitMs: number): Promise<T>;
  protected abstract check(): Promise<void>;
  protected abstract disconnect(): Promise<void>;

  private async call<T>(kind: DatabaseCall['kind'], run: () => Promise<T>): Promise<T> {
    if (this.isClosed) throw databaseUnavailable(new Error('The database is closed'));
    if (this.running.size >= mostRunning && kind !== 'ping')
      throw databaseUnavailable(new Error(`${mostRunning} calls are waiting for the database`));
    const started = this.clock.ticks();
    let fault: unknown;
    const outcome = run();
    this.running.add(outcome);
    try {
      return await outcome;
    } catch (error) {
      fault = this.faultOf(error);
      throw fault;
    } finally {
      this.running.delete(outcome);
      const isFault = fault instanceof AuthError && fault.code === 'DB_UNAVAILABLE';
      this.calls.emit({ kind, seconds: (this.clock.ticks() - started) / 1000, isFault });
    }
  }

  private faultOf(error: unknown): unknown {
    // After closing, the errors of the drivers look like programming errors.
    const wasClosed = this.isDisconnected && !(error instanceof AuthError);
    return wasClosed ? databaseUnavailable(error) : asDatabaseFault(error);
  }
}
