import type { LRUCache } from 'lru-cache';
import type { Clock } from '../support/clock.js';
import { boundedLru } from '../support/lru.js';
import type { WindowCount } from './rate-limiter.js';

interface Window {
  /** What Redis last told of it, and of which one. */
  told: number;
  id: string;
  /** Requests that Redis was not told of. */
  owed: number;
  /** Ticks of the clock. */
  endsAt: number;
}

/** A window as Redis tells of it. After a loss it is one with another id. */
export interface ToldWindow extends WindowCount {
  readonly id: string;
}

/** What Redis has to be told about a window, so that nothing which is known here is lost. */
export interface Claim {
  /** It has counted this many at least … */
  readonly told: number;
  /** … if it is still the window of this id; nothing is known of any with an empty one. */
  readonly id: string;
  /** It has not counted these. */
  readonly owed: number;
  /** Until the window ends, unless Redis knows better. */
  readonly millisecondsLeft: number;
  /** When the claim was made, in ticks of the clock. */
  readonly at: number;
}

/**
 * What this process knows of shared windows: it goes on from there while Redis is gone, and hands it back afterwards.
 * Of more than `max` windows the least recently used one is forgotten.
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
    const window = this.running(key);
    if (window === undefined) return undefined;
    return {
      count: window.told + window.owed,
      millisecondsLeft: Math.floor(window.endsAt - this.clock.ticks()),
    };
  }

  /** What is owed is now the business of whoever asked, and is to be owed again when Redis does not take it. */
  claim(key: string, windowSeconds: number): Claim {
    const at = this.clock.ticks();
    const window = this.running(key);
    if (window === undefined) return { told: 0, id: '', owed: 0, millisecondsLeft: windowSeconds * 1000, at };
    const { told, id, owed, endsAt } = window;
    window.owed = 0;
    return { told, id, owed, millisecondsLeft: Math.floor(endsAt - at), at };
  }

  /** Counts requests that Redis was not told of. */
  owe(key: string, windowSeconds: number, hits: number): void {
    if (hits === 0) return;
    const window = this.running(key);
    if (window !== undefined) {
      window.owed += hits;
      return;
    }
    this.windows.set(key, { told: 0, id: '', owed: hits, endsAt: this.clock.ticks() + windowSeconds * 1000 });
  }

  /** Counted from `askedAt`, so that a window ends here no later than in Redis. */
  learn(key: string, { count, millisecondsLeft, id }: ToldWindow, askedAt: number): void {
    const owed = this.running(key)?.owed ?? 0;
    this.windows.set(key, { told: count, id, owed, endsAt: askedAt + millisecondsLeft });
  }

  /** One with less than a millisecond left has ended: Redis counts in whole ones. */
  private running(key: string): Window | undefined {
    const window = this.windows.get(key);
    return window !== undefined && window.endsAt - this.clock.ticks() >= 1 ? window : undefined;
  }
}
