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
  /** The most work under way together. */
  readonly places: number;
  /** The most of it for one owner, and for each other share but lookups. */
  readonly perShare: number;
  readonly forLookups: number;
  /** Places that only lookups get. */
  readonly reserved: number;
  /**
   * For a database that answers without a turn of the event loop: pauses after so many milliseconds of work, so that the
   * requests of others are read. By default work begins as soon as there is a place.
   */
  readonly pauseAfterMs?: number;
}

const mostForRow = 64;
const mostOfOwner = 200;
const mostOfOwners = 2_000;
const mostOfLane = 1_000;
const maxWaitMs = 5_000;

interface Share {
  readonly name: string;
  readonly owner: string | undefined;
  readonly most: number;
  underWay: number;
  readonly waiting: Job[];
}

interface Job {
  readonly share: Share;
  readonly rows: readonly string[];
  readonly start: () => void;
  readonly refuse: (error: unknown) => void;
}

/**
 * Starts work in turns. Each owner has a share, and the shares take turns, so nobody waits behind everything that one
 * owner has asked for. An owner that fills its share gets `RATE_LIMITED`; other work `DB_UNAVAILABLE`, as after 5 s.
 */
export class FairQueue {
  private readonly shares = new Map<string, Share>();
  /** In the order of their turns. */
  private readonly waitingShares = new Set<Share>();
  private readonly rowLocks = new RowLocks();
  private underWay = 0;
  private lookupsUnderWay = 0;
  private waitingOfOwners = 0;
  private readonly pause: EventLoopPause | undefined;

  constructor(private readonly limits: FairQueueLimits) {
    const { pauseAfterMs } = limits;
    if (pauseAfterMs !== undefined) this.pause = new EventLoopPause(pauseAfterMs, () => this.startNext());
  }

  async run<T>({ owner, lane, rows = [] }: QueueOptions, work: () => Promise<T>): Promise<T> {
    const share = this.shareOf(owner, lane);
    const isNext = share.waiting.length === 0 && this.hasPlaceFor(share) && this.rowLocks.areFree(rows);
    if (isNext) this.begin(share, rows);
    else await this.wait(share, rows);
    try {
      return await work();
    } finally {
      this.end(share, rows);
    }
  }

  private shareOf(owner: string | undefined, lane: Lane | undefined): Share {
    const name = owner === undefined ? (lane ?? 'service') : `owner ${owner}`;
    const known = this.shares.get(name);
    if (known !== undefined) return known;
    const most = name === 'lookups' ? this.limits.forLookups : this.limits.perShare;
    const share = { name, owner, most, underWay: 0, waiting: [] };
    this.shares.set(name, share);
    return share;
  }

  private forgetIdle({ name, underWay, waiting }: Share): void {
    if (underWay === 0 && waiting.length === 0) this.shares.delete(name);
  }

  private hasPlaceFor({ name, underWay, most }: Share): boolean {
    const { places, reserved } = this.limits;
    if (underWay >= most || this.underWay >= places || this.pause?.isPausing === true) return false;
    return name === 'lookups' || this.underWay - this.lookupsUnderWay < places - reserved;
  }

  private begin(share: Share, rows: readonly string[]): void {
    this.pause?.begin();
    this.count(share, 1);
    this.rowLocks.lock(rows);
  }

  private end(share: Share, rows: readonly string[]): void {
    this.count(share, -1);
    this.rowLocks.unlock(rows);
    this.forgetIdle(share);
    this.startNext();
  }

  private count(share: Share, change: 1 | -1): void {
    this.underWay += change;
    share.underWay += change;
    if (share.name === 'lookups') this.lookupsUnderWay += change;
  }

  private wait(share: Share, rows: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const refusal = this.reasonToRefuse(share, rows);
      if (refusal !== undefined) {
        this.forgetIdle(share);
        return reject(refusal);
      }
      const timer = setTimeout(() => {
        this.leave(job);
        reject(databaseUnavailable(new Error(`Waited ${maxWaitMs} ms for other work`)));
      }, maxWaitMs);
      const settled =
        <V>(settle: (value: V) => void) =>
        (value: V) => {
          clearTimeout(timer);
          settle(value);
        };
      const job = { share, rows, start: settled(resolve), refuse: settled(reject) };
      this.join(job);
      // Those before it in its share may wait for another row.
      this.startNext();
    });
  }

  private reasonToRefuse(share: Share, rows: readonly string[]): unknown {
    const { owner, waiting } = share;
    const most = owner === undefined ? mostOfLane : mostOfOwner;
    if (waiting.length >= most) return queueFull(owner, most);
    if (this.rowLocks.longestOf(rows) >= mostForRow) return queueFull(owner, mostForRow);
    const isFull = owner !== undefined && this.waitingOfOwners >= mostOfOwners;
    return isFull && !this.makeRoomFor(share) ? queueFull(owner, mostOfOwners) : undefined;
  }

  /** The owner with most work waiting loses the last of it, unless it is the one that asks. */
  private makeRoomFor(share: Share): boolean {
    let longest = share;
    for (const other of this.waitingShares)
      if (other.owner !== undefined && other.waiting.length > longest.waiting.length) longest = other;
    const last = longest.waiting.at(-1);
    if (longest === share || last === undefined) return false;
    this.leave(last);
    last.refuse(queueFull(longest.owner, mostOfOwners));
    return true;
  }

  private join(job: Job): void {
    job.share.waiting.push(job);
    this.pause?.noteArrival();
    this.waitingShares.add(job.share);
    this.rowLocks.join(job.rows);
    if (job.share.owner !== undefined) this.waitingOfOwners += 1;
  }

  private leave(job: Job): void {
    const { share, rows } = job;
    share.waiting.splice(share.waiting.indexOf(job), 1);
    if (share.waiting.length === 0) this.waitingShares.delete(share);
    this.rowLocks.leave(rows);
    if (share.owner !== undefined) this.waitingOfOwners -= 1;
    this.forgetIdle(share);
  }

  private startNext(): void {
    for (let job = this.next(); job !== undefined; job = this.next()) {
      this.begin(job.share, job.rows);
      this.leave(job);
      // The next turn is another's.
      if (this.waitingShares.delete(job.share)) this.waitingShares.add(job.share);
      job.start();
    }
  }

  private next(): Job | undefined {
    for (const share of this.waitingShares) {
      const job = this.hasPlaceFor(share) ? this.firstFree(share) : undefined;
      if (job !== undefined) return job;
    }
    return undefined;
  }

  /** None passes another one of its share that waits for the same row. */
  private firstFree({ waiting }: Share): Job | undefined {
    const claimed = new Set<string>();
    return waiting.find(({ rows }) => {
      if (this.rowLocks.areFree(rows) && rows.every((row) => !claimed.has(row))) return true;
      for (const row of rows) claimed.add(row);
      return false;
    });
  }
}
