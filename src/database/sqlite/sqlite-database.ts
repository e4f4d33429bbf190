import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import type { Clock } from '../../support/clock.js';
import { ConnectedDatabase } from '../connected-database.js';
import type { Receipt } from '../database.js';
import { codeOf } from '../database-errors.js';
import { FairQueue } from '../fair-queue.js';
import { runTransaction } from '../transaction.js';
import { dataVersionOf, freshQueryRunner, sqliteTransaction } from './sqlite-transaction.js';

const lockMs = 3_000;

/** A read blocks the process until it has ended, unless it waits for something else; then it blocks no other. */
const most = 5_000;
const readLimits = {
  maxRunning: most,
  perShare: most,
  forLookups: most,
  reservedForLookups: 0,
  pauseAfterMs: 2,
};
const writeLimits = {
  maxRunning: 1,
  perShare: 1,
  forLookups: 1,
  reservedForLookups: 0,
  pauseAfterMs: 0,
};

interface SqliteConnections {
  readonly writer: DataSource;
  readonly reader: DataSource;
  readonly file: string;
  /** The inode of the open file: by it `ping` detects that the file was removed or replaced. */
  readonly inode: number;
}

/**
 * A SQLite file. TypeORM has one connection per data source, on which transactions mix: all writes go through one data
 * source and one queue, all reads through another, which cannot write and sees only committed data.
 */
export class SqliteDatabase extends ConnectedDatabase {
  /** Changes by other processes are polled for. */
  override readonly syncedAt = Infinity;
  override readonly leaseEndsAt = Infinity;
  protected override readonly reads = new FairQueue(readLimits);
  protected override readonly writes = new FairQueue(writeLimits);
  private readonly versions: DataVersionWatch;

  constructor(
    private readonly connections: SqliteConnections,
    clock: Clock,
  ) {
    super(clock);
    // Here only the writer writes: if the version that it sees changes, another process has committed.
    this.versions = new DataVersionWatch(() => dataVersionOf(connections.writer));
  }

  override onChange(listener: (change: undefined) => void): void {
    this.versions.listen(() => listener(undefined));
  }

  /** Other processes with the file open are unknown: this waits until they have noticed the change. */
  override async confirmInvalidation(): Promise<Receipt> {
    await sleep(2 * pollMs);
    return { live: null, confirmed: 1, missing: [] };
  }

  /** There is one writer: inside `write` every row is locked. */
  override async lock(): Promise<void> {}

  protected override async runRead<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    try {
      return await work(this.connections.reader.manager);
    } catch (error) {
      // The reader cannot write: trying is a mistake of the caller, not a fault of the database.
      if (codeOf(error) === 'SQLITE_READONLY')
        throw new Error('Database.read was used to write', { cause: error });
      throw error;
    }
  }

  protected override runWrite<T>(work: (manager: EntityManager) => Promise<T>, limitMs: number): Promise<T> {
    const { writer } = this.connections;
    const runner = freshQueryRunner(writer);
    return runTransaction(runner, sqliteTransaction(writer, runner, lockMs), limitMs, work);
  }

  protected override async check(): Promise<void> {
    await this.connections.reader.query('SELECT COUNT(*) FROM sqlite_master');
    if ((await stat(this.connections.file)).ino !== this.connections.inode)
      throw new Error('The database file was replaced');
  }

  protected override async disconnect(): Promise<void> {
    this.versions.stop();
    await this.connections.reader.destroy();
    await this.connections.writer.destroy();
  }
}

const pollMs = 250;

/** Notices within half a second that another process has changed the data. Costs nothing per request. */
export class DataVersionWatch {
  private readonly listeners: (() => void)[] = [];
  private readonly timer = setInterval(() => this.check(), pollMs).unref();
  private version: number;

  /** `readVersion` returns a number that differs once another process has committed. */
  constructor(private readonly readVersion: () => number) {
    this.version = readVersion();
  }

  listen(listener: () => void): void {
    this.listeners.push(listener);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private check(): void {
    const version = this.current();
    if (version === this.version) return;
    this.version = version;
    for (const listener of this.listeners) listener();
  }

  /** While the database cannot be read, nothing has changed; a later check notices what was committed meanwhile. */
  private current(): number {
    try {
      return this.readVersion();
    } catch {
      return this.version;
    }
  }
}
