import { LimiterState } from './limiter-state.js';

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
