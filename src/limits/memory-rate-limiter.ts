import { LRUCache } from 'lru-cache';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { RateLimiter, type WindowCount } from './rate-limiter.js';

/** Windows of this process alone. Of more than `max` at once the least recently used one is forgotten. */
export class MemoryRateLimiter extends RateLimiter {
  // Limits differ by key and may change within a window, so the count is compared by whoever asked for it.
  private readonly windows = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: 1 });
  private readonly recent: LRUCache<string, true>;

  constructor(max = 100_000) {
    super();
    this.recent = new LRUCache({ max, noDisposeOnSet: true, dispose: (_, key) => this.forget(key) });
  }

  async hit(key: string, windowSeconds: number): Promise<WindowCount> {
    this.recent.set(key, true);
    return countOf(await this.windows.consume(key, 1, { customDuration: windowSeconds }));
  }

  async read(key: string): Promise<WindowCount | undefined> {
    const window = await this.windows.get(key);
    return window === null || window.msBeforeNext <= 0 ? undefined : countOf(window);
  }

  private forget(key: string): void {
    void this.windows.delete(key);
  }
}

function countOf({ consumedPoints, msBeforeNext }: RateLimiterRes): WindowCount {
  return { count: consumedPoints, millisecondsLeft: msBeforeNext };
}
