import type { LRUCache } from 'lru-cache';
import type { Clock } from '../support/clock.js';
import { boundedLru } from '../support/lru.js';
import type { WindowCount } from './rate-limiter.js';

interface Window {
  /** The count that Redis last reported, of the window with this id. */
  reported: number;
  id: string;
  /** Requests that Redis has not counted. */
  uncounted: number;
  /** Ticks of the clock. */
  endsAt: number;
}

/** A window in Redis. After a loss of data it has another id. */
export interface RedisWindow extends WindowCount {
  readonly id: string;
}

/** What this process knows of a window. It is sent to Redis with the next requests, so that none is lost. */
export interface WindowReport {
  /** Redis has counted at least this many in the window with this id. An empty id stands for an unknown window. */
  readonly reported: number;
  readonly id: string;
  /** Redis has not counted these. */
  readonly uncounted: number;
  /** Until the window ends, if Redis has none. */
  readonly millisecondsLeft: number;
  /** Ticks of the clock when the report was made. */
  readonly at: number;
}

/**
 * What this process knows of shared windows. While Redis is gone it goes on counting here, and reports the counts
 * afterwards. Holds at most `max` windows; the least recently used one is dropped.
 */
export class LocalWindows {
  private readonly windows: LRUCache<string, Window>;

  constructor(
    private readonly clock: Clock,
    max = 100_000,
  ) {
    this.windows = boundedLru(max);
  }

  read(key: string): WindowCount | undefined {
    const window = this.current(key);
    if (window === undefined) return undefined;
    return {
      count: window.reported + window.uncounted,
      millisecondsLeft: Math.floor(window.endsAt - this.clock.ticks()),
    };
  }

  /** The caller sends the report to Redis. If that fails, it must `add` the `uncounted` requests again. */
  takeReport(key: string, windowSeconds: number): WindowReport {
    const at = this.clock.ticks();
    const window = this.current(key);
    if (window === undefined)
      return { reported: 0, id: '', uncounted: 0, millisecondsLeft: windowSeconds * 1000, at };
    const { reported, id, uncounted, endsAt } = window;
    window.uncounted = 0;
    return { reported, id, uncounted, millisecondsLeft: Math.floor(endsAt - at), at };
  }

  /** Adds requests that Redis has not counted. */
  add(key: string, windowSeconds: number, hits: number): void {
    if (hits === 0) return;
    const window = this.current(key);
    if (window !== undefined) {
      window.uncounted += hits;
      return;
    }
    this.windows.set(key, {
      reported: 0,
      id: '',
      uncounted: hits,
      endsAt: this.clock.ticks() + windowSeconds * 1000,
    });
  }

  /** Stores the answer of Redis. Times count from `askedAt`, so that a window ends here no later than in Redis. */
  update(key: string, { count, millisecondsLeft, id }: RedisWindow, askedAt: number): void {
    const uncounted = this.current(key)?.uncounted ?? 0;
    this.windows.set(key, { reported: count, id, uncounted, endsAt: askedAt + millisecondsLeft });
  }

  /** A window with less than a millisecond left has ended: Redis counts whole milliseconds. */
  private current(key: string): Window | undefined {
    const window = this.windows.get(key);
    return window !== undefined && window.endsAt - this.clock.ticks() >= 1 ? window : undefined;
  }
}
