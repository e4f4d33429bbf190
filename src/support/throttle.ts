import type { LRUCache } from 'lru-cache';
import type { Clock } from './clock.js';
import { boundedLru } from './lru.js';

const onceEvery = 60_000;

/** Lets each key pass at most once a minute and counts the rest, so that a flood cannot fill a disk. */
export class Throttle {
  private readonly last: LRUCache<string, { at: number; missed: number }>;

  /** Tracks the last `max` keys. */
  constructor(
    private readonly clock: Clock,
    max = 1_000,
  ) {
    this.last = boundedLru(max);
  }

  /** Calls `act` unless it did for the same `what` within a minute; `missed` counts the calls skipped since then. */
  pass(what: string, act: (missed: number) => void): void {
    const now = this.clock.ticks();
    const last = this.last.get(what);
    if (last !== undefined && now - last.at < onceEvery) {
      last.missed += 1;
      return;
    }
    this.last.set(what, { at: now, missed: 0 });
    act(last?.missed ?? 0);
  }
}

/** Logs each message at most once a minute, with a count of the ones skipped. */
export class ThrottledLog {
  private readonly throttle: Throttle;

  constructor(clock: Clock) {
    this.throttle = new Throttle(clock);
  }

  /** Calls `say` unless it did for the same `what` within a minute; `more` is text with the count of skipped calls. */
  note(what: string, say: (more: string) => void): void {
    this.throttle.pass(what, (missed) =>
      say(missed === 0 ? '' : ` (${missed} more since this was last said)`),
    );
  }
}
