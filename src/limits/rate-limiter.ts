import type { LRUCache } from 'lru-cache';
import type { Clock } from '../support/clock.js';
import { boundedLru } from '../support/lru.js';

/** How rate limits are counted at the moment, for metrics. The values change: read them each time. */
export abstract class LimiterState {
  /** `redis`: shared by all replicas while it is connected; `memory`: configured for this process alone. */
  abstract readonly kind: 'memory' | 'redis';

  /** True while Redis counts; always false with `memory`. */
  abstract readonly isConnected: boolean;

  /** Requests this process counted locally because Redis did not answer. */
  abstract readonly localHits: number;
}

export interface WindowCount {
  /** Requests in the window, including rejected ones. */
  readonly count: number;
  readonly millisecondsLeft: number;
}

/** Counts requests in fixed windows. A window begins with its first request; later ones do not extend it. */
export abstract class RateLimiter extends LimiterState {
  /** Counts one request, atomically: no two concurrent requests get the same count. */
  abstract hit(key: string, windowSeconds: number): Promise<WindowCount>;

  /** The current window, or `undefined`. Counts nothing. */
  abstract read(key: string): Promise<WindowCount | undefined>;
}

interface Window {
  count: number;
  /** Ticks of the clock, so that a change of the system time neither ends nor extends a window. */
  readonly endsAt: number;
}

/** Windows of this process alone. Holds at most `max`; the least recently used one is dropped. */
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
    const window = this.current(key, now) ?? { count: 0, endsAt: now + windowSeconds * 1000 };
    window.count += 1;
    this.windows.set(key, window);
    return countOf(window, now);
  }

  async read(key: string): Promise<WindowCount | undefined> {
    const now = this.clock.ticks();
    const window = this.current(key, now);
    return window && countOf(window, now);
  }

  private current(key: string, now: number): Window | undefined {
    const window = this.windows.get(key);
    return window !== undefined && now < window.endsAt ? window : undefined;
  }
}

function countOf({ count, endsAt }: Window, now: number): WindowCount {
  // Whole milliseconds, as in Redis: with fractions the rounding could make it longer than the window.
  return { count, millisecondsLeft: Math.floor(endsAt - now) };
}

/** Injection token of the Redis URL. Without it, or with `null`, limits are not shared. */
export const limitsRedisUrl = Symbol('limitsRedisUrl');

export const redisUrlRule =
  'must be a redis:// or rediss:// URL with a host, and nothing after it but the number of a database';

/** Also rejects client options after a `?`: they would override the options of `RedisConnection`. */
export function isRedisUrl(url: string): boolean {
  return /^rediss?:\/\/[^\s/?#]+(\/\d*)?$/.test(url) && URL.canParse(url) && !/%(?![0-9a-f]{2})/i.test(url);
}
