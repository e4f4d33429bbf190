import { Injectable } from '@nestjs/common';
import type { RateLimit } from '../principal/grants.js';
import { RateLimiter, type WindowCount } from './rate-limiter.js';

/** State of a key's limit. */
export interface LimitState extends RateLimit {
  /** Requests left in the window. */
  readonly remaining: number;
  /** Whole seconds until the window ends, at least 1; the whole window when none is running. */
  readonly resetSeconds: number;
  /** The request exceeds the limit. */
  readonly exceeded: boolean;
}

/** Rate limits of keys, one window for each lineage. A changed limit applies from the next request, also to the current window. */
@Injectable()
export class KeyLimits {
  constructor(private readonly limiter: RateLimiter) {}

  /** Counts one request. Call it last of all checks, so that a rejected request costs nothing. */
  async charge(lineageId: string, rateLimit: RateLimit): Promise<LimitState> {
    const window = await this.limiter.hit(windowOf(lineageId, rateLimit), rateLimit.windowSeconds);
    return stateOf(rateLimit, window);
  }

  /** Counts nothing. `exceeded` is true when a request would now exceed the limit. */
  async read(lineageId: string, rateLimit: RateLimit): Promise<LimitState> {
    const window = await this.limiter.read(windowOf(lineageId, rateLimit));
    return { ...stateOf(rateLimit, window), exceeded: (window?.count ?? 0) >= rateLimit.limit };
  }
}

/** A window of another length is a new one, so a key must not change the length of its own window. */
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
