import type { Type } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuthError } from '../principal/auth-error.js';
import { Clock } from '../support/clock.js';
import { withTimeout } from '../support/timers.js';
import type { DatabaseAnswer } from './database-answer.js';
import { asDatabaseFault, databaseUnavailable } from './database-fault.js';
import { Database, type ReadOptions, type WriteOptions } from './database.js';
import type { FairQueue } from './fair-queue.js';
import { WriteScope } from './sqlite/write-scope.js';

const farewellMs = 10_000;
const transactionMs = 10_000;
/** Twice as many as are answered before the last of them has waited too long anyway. */
const mostUnderWay = 5_000;
const clock = new Clock();

/** What both databases have in common: nested calls are refused, faults named, and `close` waits for what is under way. */
export abstract class ConnectedDatabase extends Database {
  private readonly scope = new WriteScope();
  private readonly underWay = new Set<Promise<unknown>>();
  private isClosed = false;
  private isDisconnected = false;

  override unknownEntities(entities: readonly Type[]): Promise<string[]> {
    // TypeORM's own question is also content with another class of the same name.
    return this.read(async ({ dataSource }) => {
      const known = new Set(dataSource.entityMetadatas.map(({ target }) => target));
      return entities.filter((entity) => !known.has(entity)).map(({ name }) => name);
    });
  }

  override async read<T>(work: (manager: EntityManager) => Promise<T>, asker: ReadOptions = {}): Promise<T> {
    this.scope.refuseInside();
    const run = () => this.runRead(work);
    return this.answer('read', () => this.reads.run(asker, run));
  }

  override async write<T>(
    work: (manager: EntityManager) => Promise<T>,
    { limitMs = transactionMs, ...turn }: WriteOptions = {},
  ): Promise<T> {
    const run = () => this.runWrite(work, limitMs);
    return this.answer('write', () => this.scope.run(() => this.writes.run(turn, run)));
  }

  override async ping(): Promise<void> {
    return this.answer('ping', () => this.check()).catch((error: unknown) => {
      throw databaseUnavailable(error);
    });
  }

  /** Refuses new work with `DB_UNAVAILABLE`, waits up to 10 s for what is under way, and ends the connections. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await withTimeout(Promise.allSettled(this.underWay), farewellMs).catch(() => undefined);
    this.isDisconnected = true;
    await this.disconnect();
    this.scope.end();
  }

  protected abstract readonly reads: FairQueue;
  protected abstract readonly writes: FairQueue;
  protected abstract runRead<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;
  protected abstract runWrite<T>(work: (manager: EntityManager) => Promise<T>, limitMs: number): Promise<T>;
  protected abstract check(): Promise<void>;
  protected abstract disconnect(): Promise<void>;

  private async answer<T>(kind: DatabaseAnswer['kind'], run: () => Promise<T>): Promise<T> {
    if (this.isClosed) throw databaseUnavailable(new Error('The database is closed'));
    if (this.underWay.size >= mostUnderWay && kind !== 'ping')
      throw databaseUnavailable(new Error(`${mostUnderWay} others are waiting for the database`));
    const started = clock.ticks();
    let fault: unknown;
    const outcome = run();
    this.underWay.add(outcome);
    try {
      return await outcome;
    } catch (error) {
      fault = this.faultOf(error);
      throw fault;
    } finally {
      this.underWay.delete(outcome);
      const isFault = fault instanceof AuthError && fault.code === 'DB_UNAVAILABLE';
      this.answers.emit({ kind, seconds: (clock.ticks() - started) / 1000, isFault });
    }
  }

  private faultOf(error: unknown): unknown {
    // What the drivers say of a connection that was closed under them looks like a mistake of ours.
    const isCut = this.isDisconnected && !(error instanceof AuthError);
    return isCut ? databaseUnavailable(error) : asDatabaseFault(error);
  }
}
