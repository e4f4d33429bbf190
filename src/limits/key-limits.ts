import { Injectable } from '@nestjs/common';
import type { RateLimit } from '../principal/grants.js';
import { RateLimiter, type WindowCount } from './rate-limiter.js';

/** Where a key stands with its limit. */
export interface LimitState extends RateLimit {
  /** Requests that the window still has room for. */
  readonly remaining: number;
  /** Whole seconds until the window ends, at least 1; the whole window when none is running. */
  readonly resetSeconds: number;
  /** The request asked about is one too many. */
  readonly exceeded: boolean;
}

/** The limits of keys, one window for each lineage. A changed limit holds from the next request on, for the window that is running. */
@Injectable()
export class KeyLimits {
  constructor(private readonly limiter: RateLimiter) {}

  /** Takes one request out of what the key may do. The last check of all, so that a refused request costs nothing. */
  async consume(lineageId: string, rateLimit: RateLimit): Promise<LimitState> {
    const window = await this.limiter.hit(windowOf(lineageId, rateLimit), rateLimit.windowSeconds);
    return stateOf(rateLimit, window);
  }

  /** Takes nothing; `exceeded` when a request now would be one too many. */
  async peek(lineageId: string, rateLimit: RateLimit): Promise<LimitState> {
    const window = await this.limiter.read(windowOf(lineageId, rateLimit));
    return { ...stateOf(rateLimit, window), exceeded: (window?.count ?? 0) >= rateLimit.limit };
  }
}

/** A window of another length is another window: which is why no key may change the length of its own. */
function windowOf(lineageId: string, { windowSeconds }: RateLimit): string {
  return `${lineageId}/${windowSeconds}`;
}

function stateOf({ limit, windowSeconds }: RateLimit, window?: WindowCount): LimitState {
  const count = window?.count ?? 0;
  const left = window === undefined ? windowSeconds : window.millisecondsLeft / 1000;
  return {
    limit,
    windowSeconds,
    remaining: Math.max(0, limit - count),
    resetSeconds: Math.max(1, Math.ceil(left)),
    exceeded: count > limit,
  };
}
