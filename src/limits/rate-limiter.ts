import type { LRUCache } from 'lru-cache';
import type { Clock } from '../support/clock.js';
import { boundedLru } from '../support/lru.js';

/** How the limits of keys are counted now, for metrics; to be read again each time. */
export abstract class LimiterState {
  /** `redis`: shared by all replicas as long as it is connected; `memory`: of this process alone, as configured. */
  abstract readonly kind: 'memory' | 'redis';

  /** Whether Redis is counting; never with `memory`. */
  abstract readonly isConnected: boolean;

  /** Requests that this process had to count by itself because Redis did not answer. */
  abstract readonly localHits: number;
}

/** How far a window has got. */
export interface WindowCount {
  /** Requests in it, those that were refused too. */
  readonly count: number;
  readonly millisecondsLeft: number;
}

/** Counts requests in fixed windows. A window begins with its first request, and later ones do not prolong it. */
export abstract class RateLimiter extends LimiterState {
  /** Counts one request, atomically: of requests that race, no two get the same count. */
  abstract hit(key: string, windowSeconds: number): Promise<WindowCount>;

  /** The running window; `undefined` when there is none. Counts nothing. */
  abstract read(key: string): Promise<WindowCount | undefined>;
}

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
    this.windows = boundedLru(max);
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

/** Token under which the URL of the Redis that shares limits is provided; without it, or with `null`, they are not shared. */
export const limitsRedisUrl = Symbol('URL of the Redis that shares limits');

export const redisUrlRule =
  'must be a redis:// or rediss:// URL with a host, and nothing after it but the number of a database';

/** Options of the client behind a `?` are refused too: they would undo ours. */
export function isRedisUrl(url: string): boolean {
  return /^rediss?:\/\/[^\s/?#]+(\/\d*)?$/.test(url) && URL.canParse(url) && !/%(?![0-9a-f]{2})/i.test(url);
}
