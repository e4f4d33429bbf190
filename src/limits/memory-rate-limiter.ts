import type { LRUCache } from 'lru-cache';
import type { Clock } from '../support/clock.js';
import { recentEntries } from '../support/recent-entries.js';
import { RateLimiter, type WindowCount } from './rate-limiter.js';

interface Window {
  count: number;
  /** Ticks of the clock: whoever sets the time of the machine neither ends a window nor prolongs it. */
  readonly endsAt: number;
}

/** Windows of this process alone. Of more than `max` at once the least recently used one is forgotten. */
export class MemoryRateLimiter extends RateLimiter {
  readonly kind = 'memory';
  readonly isConnected = false;
  readonly localHits = 0;
  private readonly windows: LRUCache<string, Window>;

  constructor(
    private readonly clock: Clock,
    max = 100_000,
  ) {
    super();
    this.windows = recentEntries(max);
  }

  async hit(key: string, windowSeconds: number): Promise<WindowCount> {
    const now = this.clock.ticks();
    const window = this.running(key, now) ?? { count: 0, endsAt: now + windowSeconds * 1000 };
    window.count += 1;
    this.windows.set(key, window);
    return countOf(window, now);
  }

  async read(key: string): Promise<WindowCount | undefined> {
    const now = this.clock.ticks();
    const window = this.running(key, now);
    return window && countOf(window, now);
  }

  private running(key: string, now: number): Window | undefined {
    const window = this.windows.get(key);
    return window !== undefined && now < window.endsAt ? window : undefined;
  }
}

function countOf({ count, endsAt }: Window, now: number): WindowCount {
  // Whole ones, as in Redis: the sum and difference of fractions may come out longer than the window is.
  return { count, millisecondsLeft: Math.floor(endsAt - now) };
}
