import { queueFull } from './database-errors.js';
import type { FairQueueLimits, Lane } from './fair-queue.js';

const mostPerRow = 64;
const mostPerOwner = 200;
const mostOfAllOwners = 2_000;
const mostPerLane = 1_000;
/** The work of one owner, or other work that shares a bound. */
export interface Share {
  readonly name: string;
  readonly owner: string | undefined;
  readonly maxRunning: number;
  running: number;
  readonly waiting: Job[];
}

export interface Job {
  readonly share: Share;
  readonly rows: readonly string[];
  readonly start: () => void;
  readonly reject: (error: unknown) => void;
}

/** The shares of a queue, and the work that waits in each. The shares are served in turn. */
export class FairShares {
  private readonly byName = new Map<string, Share>();
  /** Those with waiting work, in the order in which they are served. */
  private readonly waiting = new Set<Share>();
  private waitingOfOwners = 0;

  constructor(
    private readonly limits: Pick<FairQueueLimits, 'forLookups' | 'perShare'>,
    private readonly rowLocks: RowLocks,
  ) {}

  of(owner: string | undefined, lane: Lane | undefined): Share {
    const name = owner === undefined ? (lane ?? 'service') : `owner ${owner}`;
    const existing = this.byName.get(name);
    if (existing !== undefined) return existing;
    const maxRunning = name === 'lookups' ? this.limits.forLookups : this.limits.perShare;
    const share = { name, owner, maxRunning, running: 0, waiting: [] };
    this.byName.set(name, share);
    return share;
  }

  removeIfIdle({ name, running, waiting }: Share): void {
    if (running === 0 && waiting.length === 0) this.byName.delete(name);
  }

  /** The error for work that finds no room in the queue. */
  rejectionFor(share: Share, rows: readonly string[]): unknown {
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
    for (const other of this.waiting)
      if (other.owner !== undefined && other.waiting.length > longest.waiting.length) longest = other;
    const last = longest.waiting.at(-1);
    if (longest === share || last === undefined) return false;
    this.remove(last);
    last.reject(queueFull(longest.owner, mostOfAllOwners));
    return true;
  }

  add(job: Job): void {
    job.share.waiting.push(job);
    this.waiting.add(job.share);
    this.rowLocks.addWaiting(job.rows);
    if (job.share.owner !== undefined) this.waitingOfOwners += 1;
  }

  remove(job: Job): void {
    const { share, rows } = job;
    share.waiting.splice(share.waiting.indexOf(job), 1);
    if (share.waiting.length === 0) this.waiting.delete(share);
    this.rowLocks.removeWaiting(rows);
    if (share.owner !== undefined) this.waitingOfOwners -= 1;
    this.removeIfIdle(share);
  }

  moveToEnd(share: Share): void {
    if (this.waiting.delete(share)) this.waiting.add(share);
  }

  /** The job to start next, if any share with room has one. */
  next(hasRoomFor: (share: Share) => boolean): Job | undefined {
    for (const share of this.waiting) {
      const job = hasRoomFor(share) ? this.firstStartable(share) : undefined;
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

/** Which rows are locked by running work, and how much other work waits for each. */
export class RowLocks {
  private readonly locked = new Set<string>();
  private readonly waiting = new Map<string, number>();

  areFree(rows: readonly string[]): boolean {
    return rows.every((row) => !this.locked.has(row));
  }

  /** The most work that waits for one of the rows. */
  mostWaitingFor(rows: readonly string[]): number {
    return Math.max(0, ...rows.map((row) => this.waiting.get(row) ?? 0));
  }

  lock(rows: readonly string[]): void {
    for (const row of rows) this.locked.add(row);
  }

  unlock(rows: readonly string[]): void {
    for (const row of rows) this.locked.delete(row);
  }

  addWaiting(rows: readonly string[]): void {
    for (const row of rows) this.waiting.set(row, (this.waiting.get(row) ?? 0) + 1);
  }

  removeWaiting(rows: readonly string[]): void {
    for (const row of rows) {
      const others = (this.waiting.get(row) ?? 1) - 1;
      if (others === 0) this.waiting.delete(row);
      else this.waiting.set(row, others);
    }
  }
}
