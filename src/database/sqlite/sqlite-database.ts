import { stat } from 'node:fs/promises';
import type { DataSource, EntityManager } from 'typeorm';
import type { Receipt } from '../database.js';
import { ConnectedDatabase } from '../connected-database.js';
import { codeOf } from '../database-errors.js';
import { FairQueue } from '../fair-queue.js';

import { dataVersionOf, freshQueryRunner, sqliteTransaction } from './sqlite-transaction.js';
import { runTransaction } from '../transaction.js';

const lockMs = 3_000;

/** A read is over before the next one begins, unless it waits for something else, and then it holds up none of them. */
const most = 5_000;
const readLimits = { places: most, perShare: most, forLookups: most, reserved: 0, pauseAfterMs: 2 };
const writeLimits = { places: 1, perShare: 1, forLookups: 1, reserved: 0, pauseAfterMs: 0 };

/**
 * A SQLite file. TypeORM has one connection per data source and transactions on it mix, so all writing goes through
 * one data source and one queue, and all reading through another that cannot write and sees only what is committed.
 */
export class SqliteDatabase extends ConnectedDatabase {
  /** What others commit is noticed by itself. */
  override readonly syncedAt = Infinity;
  override readonly leaseEndsAt = Infinity;
  protected override readonly reads = new FairQueue(readLimits);
  protected override readonly writes = new FairQueue(writeLimits);
  private readonly foreignChanges: ForeignChanges;

  /** `inode` is that of the open file: by it `ping` finds out that the file was removed or replaced. */
  constructor(
    private readonly writer: DataSource,
    private readonly reader: DataSource,
    private readonly file: string,
    private readonly inode: number,
  ) {
    super();
    // Only the writer writes here, so what changes the version that it sees was committed by another process.
    this.foreignChanges = new ForeignChanges(() => dataVersionOf(writer));
  }

  override onChange(listener: (change: undefined) => void): void {
    this.foreignChanges.listen(() => listener(undefined));
  }

  /** One process serves requests from a file. */
  override async confirmInvalidation(): Promise<Receipt> {
    return { live: 1, confirmed: 1, missing: [] };
  }

  /** There is one writer: inside `write` every row is locked. */
  override async lock(): Promise<void> {}

  protected override async runRead<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    try {
      return await work(this.reader.manager);
    } catch (error) {
      // The reader cannot write by design: to try is a mistake of the caller, no fault of the database.
      if (codeOf(error) === 'SQLITE_READONLY')
        throw new Error('Database.read was used to write', { cause: error });
      throw error;
    }
  }

  protected override runWrite<T>(work: (manager: EntityManager) => Promise<T>, limitMs: number): Promise<T> {
    const runner = freshQueryRunner(this.writer);
    return runTransaction(runner, sqliteTransaction(this.writer, runner, lockMs), limitMs, work);
  }

  protected override async check(): Promise<void> {
    await this.reader.query('SELECT COUNT(*) FROM sqlite_master');
    if ((await stat(this.file)).ino !== this.inode) throw new Error('The database file was replaced');
  }

  protected override async disconnect(): Promise<void> {
    this.foreignChanges.stop();
    await this.reader.destroy();
    await this.writer.destroy();
  }
}

const pollMs = 250;

/** Notices, within half a second, that another process has changed the data. Costs nothing per request. */
export class ForeignChanges {
  private readonly listeners: (() => void)[] = [];
  private readonly timer = setInterval(() => this.look(), pollMs).unref();
  private known: number;

  /** `version` tells a number that differs once another process has committed. */
  constructor(private readonly version: () => number) {
    this.known = version();
  }

  listen(listener: () => void): void {
    this.listeners.push(listener);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const version = this.current();
    if (version === this.known) return;
    this.known = version;
    for (const listener of this.listeners) listener();
  }

  /** A database that cannot be asked now is asked again; what was committed meanwhile is still noticed then. */
  private current(): number {
    try {
      return this.version();
    } catch {
      return this.known;
    }
  }
}
