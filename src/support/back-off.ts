import type { Clock } from './clock.js';

const firstPause = 1_000;
const longestPause = 30_000;
const jitter = 0.2;

/** A pause after each failure: 1 s, doubling to 30 s, plus up to a fifth, so that replicas do not retry in step. */
export class BackOff {
  private failures = 0;
  private until = -Infinity;

  constructor(private readonly clock: Clock) {}

  failed(): void {
    const pause = Math.min(longestPause, firstPause * 2 ** this.failures);
    this.failures += 1;
    this.until = this.clock.ticks() + pause * (1 + jitter * Math.random());
  }

  succeeded(): void {
    this.failures = 0;
    this.until = -Infinity;
  }

  /** True after a failure until the next success. */
  get failing(): boolean {
    return this.failures > 0;
  }

  /** Milliseconds until the next try is due; 0 when it is. */
  remaining(): number {
    return Math.max(0, this.until - this.clock.ticks());
  }
}
