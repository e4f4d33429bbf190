import { databaseUnavailable, queueFull } from './database-errors.js';
import { EventLoopPause } from './event-loop-pause.js';
import { RowLocks } from './row-locks.js';

/** Work that belongs to no owner and has a share of its own: looking up credentials, and first logins. */
export type Lane = 'lookups' | 'logins';

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

const mostPerRow = 64;
const mostPerOwner = 200;
const mostOfAllOwners = 2_000;
const mostPerLane = 1_000;
const maxWaitMs = 5_000;

interface Share {
  readonly name: string;
  readonly owner: string | undefined;
  readonly maxRunning: number;
  running: number;
  readonly waiting: Job[];
}

interface Job {
  readonly share: Share;
  readonly rows: readonly string[];
  readonly start: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Starts work fairly: each owner has a share, and the shares are served in turn, so no owner waits behind all the work of
 * another. An owner that fills its share gets `RATE_LIMITED`, other work `DB_UNAVAILABLE`; so does work that has waited 5 s.
 */
export class FairQueue {
  private readonly shares = new Map<string, Share>();
  /** In the order in which they are served. */
  private readonly waitingShares = new Set<Share>();
  private readonly rowLocks = new RowLocks();
  private running = 0;
  private runningLookups = 0;
  private waitingOfOwners = 0;
  private readonly pause: EventLoopPause | undefined;

  constructor(private readonly limits: FairQueueLimits) {
    const { pauseAfterMs } = limits;
    if (pauseAfterMs !== undefined) this.pause = new EventLoopPause(pauseAfterMs, () => this.startNext());
  }

  async run<T>({ owner, lane, rows = [] }: QueueOptions, work: () => Promise<T>): Promise<T> {
    const share = this.shareOf(owner, lane);
    const canStart = share.waiting.length === 0 && this.hasRoomFor(share) && this.rowLocks.areFree(rows);
    if (canStart) this.begin(share, rows);
    else await this.wait(share, rows);
    try {
      return await work();
    } finally {
      this.end(share, rows);
    }
  }

  private shareOf(owner: string | undefined, lane: Lane | undefined): Share {
    const name = owner === undefined ? (lane ?? 'service') : `owner ${owner}`;
    const existing = this.shares.get(name);
    if (existing !== undefined) return existing;
    const maxRunning = name === 'lookups' ? this.limits.forLookups : this.limits.perShare;
    const share = { name, owner, maxRunning, running: 0, waiting: [] };
    this.shares.set(name, share);
    return share;
  }

  private removeIfIdle({ name, running, waiting }: Share): void {
    if (running === 0 && waiting.length === 0) this.shares.delete(name);
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
    this.removeIfIdle(share);
    this.startNext();
  }

  private count(share: Share, change: 1 | -1): void {
    this.running += change;
    share.running += change;
    if (share.name === 'lookups') this.runningLookups += change;
  }

  private wait(share: Share, rows: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const rejection = this.rejectionFor(share, rows);
      if (rejection !== undefined) {
        this.removeIfIdle(share);
        return reject(rejection);
      }
      const timer = setTimeout(() => {
        this.dequeue(job);
        reject(databaseUnavailable(new Error(`Waited ${maxWaitMs} ms for other work`)));
      }, maxWaitMs);
      const start = () => {
        clearTimeout(timer);
        resolve();
      };
      const fail = (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      };
      const job = { share, rows, start, reject: fail };
      this.enqueue(job);
      // Work before it in its share may only be waiting for another row.
      this.startNext();
    });
  }

  private rejectionFor(share: Share, rows: readonly string[]): unknown {
    const { owner, waiting } = share;
    const most = owner === undefined ? mostPerLane : mostPerOwner;
    if (waiting.length >= most) return queueFull(owner, most);
    if (this.rowLocks.mostWaitingFor(rows) >= mostPerRow) return queueFull(owner, mostPerRow);
    const isFull = owner !== undefined && this.waitingOfOwners >= mostOfAllOwners;
    return isFull && !this.makeRoomFor(share) ? queueFull(owner, mostOfAllOwners) : undefined;
  }

  /** The owner with the most waiting work loses the last of it, unless it is the one that needs the room. */
  private makeRoomFor(share: Share): boolean {
    let longest = share;
    for (const other of this.waitingShares)
      if (other.owner !== undefined && other.waiting.length > longest.waiting.length) longest = other;
    const last = longest.waiting.at(-1);
    if (longest === share || last === undefined) return false;
    this.dequeue(last);
    last.reject(queueFull(longest.owner, mostOfAllOwners));
    return true;
  }

  private enqueue(job: Job): void {
    job.share.waiting.push(job);
    this.pause?.workArrived();
    this.waitingShares.add(job.share);
    this.rowLocks.addWaiting(job.rows);
    if (job.share.owner !== undefined) this.waitingOfOwners += 1;
  }

  private dequeue(job: Job): void {
    const { share, rows } = job;
    share.waiting.splice(share.waiting.indexOf(job), 1);
    if (share.waiting.length === 0) this.waitingShares.delete(share);
    this.rowLocks.removeWaiting(rows);
    if (share.owner !== undefined) this.waitingOfOwners -= 1;
    this.removeIfIdle(share);
  }

  private startNext(): void {
    for (let job = this.next(); job !== undefined; job = this.next()) {
      this.begin(job.share, job.rows);
      this.dequeue(job);
      // Its share goes to the end of the line.
      if (this.waitingShares.delete(job.share)) this.waitingShares.add(job.share);
      job.start();
    }
  }

  private next(): Job | undefined {
    for (const share of this.waitingShares) {
      const job = this.hasRoomFor(share) ? this.firstStartable(share) : undefined;
      if (job !== undefined) return job;
    }
    return undefined;
  }

  /** No job overtakes one of its share that waits for the same row. */
  private firstStartable({ waiting }: Share): Job | undefined {
    const neededBefore = new Set<string>();
    return waiting.find(({ rows }) => {
      if (this.rowLocks.areFree(rows) && rows.every((row) => !neededBefore.has(row))) return true;
      for (const row of rows) neededBefore.add(row);
      return false;
    });
  }
}
