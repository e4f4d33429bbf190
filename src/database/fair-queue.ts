import { databaseUnavailable } from './database-errors.js';
import { EventLoopPause } from './event-loop-pause.js';
import { FairShares, RowLocks, type Share } from './fair-shares.js';

/** Work that belongs to no owner and has a share of its own: looking up credentials, first logins, and reports of leaked keys. */
export type Lane = 'lookups' | 'logins' | 'reports';

/** Whose share of the database the work uses. Work without an owner or lane is the service's own, which is one share. */
export interface QueueOptions {
  readonly owner?: string;
  readonly lane?: Lane;
  /** The rows that it locks, each with its table. Of the work that names a row, one runs at a time. */
  readonly rows?: readonly string[];
}

export interface FairQueueLimits {
  /** The most work that runs at once. */
  readonly maxRunning: number;
  /** The most of it for one owner, and for each other share except lookups. */
  readonly perShare: number;
  readonly forLookups: number;
  /** Part of `maxRunning` that only lookups may use. */
  readonly reservedForLookups: number;
  /**
   * For a database that answers without an iteration of the event loop: pauses after so many milliseconds of work, so that
   * other requests are read. By default work never pauses.
   */
  readonly pauseAfterMs?: number;
}

const maxWaitMs = 5_000;

/**
 * Starts work fairly: each owner has a share, and the shares are served in turn, so no owner waits behind all the work of
 * another. An owner that fills its share gets `RATE_LIMITED`, other work `DB_UNAVAILABLE`; so does work that has waited 5 s.
 */
export class FairQueue {
  private readonly rowLocks = new RowLocks();
  private readonly shares: FairShares;
  private running = 0;
  private runningLookups = 0;
  private readonly pause: EventLoopPause | undefined;

  constructor(private readonly limits: FairQueueLimits) {
    const { pauseAfterMs } = limits;
    this.shares = new FairShares(limits, this.rowLocks);
    if (pauseAfterMs !== undefined) this.pause = new EventLoopPause(pauseAfterMs, () => this.startNext());
  }

  async run<T>({ owner, lane, rows = [] }: QueueOptions, work: () => Promise<T>): Promise<T> {
    const share = this.shares.of(owner, lane);
    const canStart = share.waiting.length === 0 && this.hasRoomFor(share) && this.rowLocks.areFree(rows);
    if (canStart) this.begin(share, rows);
    else await this.wait(share, rows);
    try {
      return await work();
    } finally {
      this.end(share, rows);
    }
  }

  private hasRoomFor({ name, running, maxRunning }: Share): boolean {
    const { limits } = this;
    if (running >= maxRunning || this.running >= limits.maxRunning || this.pause?.isPausing === true)
      return false;
    return (
      name === 'lookups' || this.running - this.runningLookups < limits.maxRunning - limits.reservedForLookups
    );
  }

  private begin(share: Share, rows: readonly string[]): void {
    this.pause?.workBegins();
    this.count(share, 1);
    this.rowLocks.lock(rows);
  }

  private end(share: Share, rows: readonly string[]): void {
    this.count(share, -1);
    this.rowLocks.unlock(rows);
    this.shares.removeIfIdle(share);
    this.startNext();
  }

  private count(share: Share, change: 1 | -1): void {
    this.running += change;
    share.running += change;
    if (share.name === 'lookups') this.runningLookups += change;
  }

  private wait(share: Share, rows: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const rejection = this.shares.rejectionFor(share, rows);
      if (rejection !== undefined) {
        this.shares.removeIfIdle(share);
        return reject(rejection);
      }
      let isWaiting = true;
      // The process may have been blocked: what ends the work before it, and so starts this, comes first.
      const timer = setTimeout(() => setImmediate(giveUp), maxWaitMs);
      const stopWaiting = () => {
        isWaiting = false;
        clearTimeout(timer);
      };
      const start = () => {
        stopWaiting();
        resolve();
      };
      const fail = (error: unknown) => {
        stopWaiting();
        reject(error);
      };
      const giveUp = () => {
        if (!isWaiting) return;
        this.shares.remove(job);
        fail(databaseUnavailable(new Error(`Waited ${maxWaitMs} ms for other work`)));
      };
      const job = { share, rows, start, reject: fail };
      this.shares.add(job);
      this.pause?.workArrived();
      // Work before it in its share may only be waiting for another row.
      this.startNext();
    });
  }

  private startNext(): void {
    const next = () => this.shares.next((share) => this.hasRoomFor(share));
    for (let job = next(); job !== undefined; job = next()) {
      this.begin(job.share, job.rows);
      this.shares.remove(job);
      // Its share goes to the end of the line.
      this.shares.moveToEnd(job.share);
      job.start();
    }
  }
}
