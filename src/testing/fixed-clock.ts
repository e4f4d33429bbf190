import { Clock } from '../support/clock.js';

/** A clock that stands still until a test moves it. Timers of Node do not follow it. */
export class FixedClock extends Clock {
  private time: number;
  private elapsed = 0;

  /** Starts at `time`: a date, RFC 3339 text or epoch milliseconds; by default 2030-01-01T00:00:00Z. */
  constructor(time: Date | string | number = '2030-01-01T00:00:00Z') {
    super();
    this.time = epochOf(time);
  }

  override now(): number {
    return this.time;
  }

  override ticks(): number {
    return this.elapsed;
  }

  /** Sets the wall clock, forward or back, as an operator would: windows of limits and ages of caches do not move. */
  set(time: Date | string | number): void {
    this.time = epochOf(time);
  }

  /** Advances the wall clock and the monotonic clock by milliseconds, which must not be negative. */
  advance(milliseconds: number): void {
    if (!Number.isFinite(milliseconds) || milliseconds < 0)
      throw new RangeError(
        `FixedClock.advance(${milliseconds}): must be a number of milliseconds, 0 or more.`,
      );
    this.time += milliseconds;
    this.elapsed += milliseconds;
  }
}

function epochOf(time: Date | string | number): number {
  const epoch = new Date(time).getTime();
  if (Number.isNaN(epoch)) throw new RangeError(`FixedClock: ${String(time)} is not a time.`);
  return epoch;
}
