import type { LRUCache } from 'lru-cache';
import type { Clock } from './clock.js';
import { boundedLru } from './lru.js';

const onceEvery = 60_000;

/** Lets each thing happen at most once a minute and counts the other times, so that a flood fills no disk. */
export class Throttle {
  private readonly last: LRUCache<string, { at: number; missed: number }>;

  /** Remembers the last `max` things. */
  constructor(
    private readonly clock: Clock,
    max = 1_000,
  ) {
    this.last = boundedLru(max);
  }

  /** Calls `act` unless it did for the same `what` within a minute; `missed` is how often it did not since then. */
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

/** Says each thing at most once a minute, with a count of the times it was not said. */
export class ThrottledLog {
  private readonly throttle: Throttle;

  constructor(clock: Clock) {
    this.throttle = new Throttle(clock);
  }

  /** Calls `say` unless it did for the same `what` within a minute; `more` tells of the times since then. */
  note(what: string, say: (more: string) => void): void {
    this.throttle.pass(what, (missed) =>
      say(missed === 0 ? '' : ` (${missed} more since this was last said)`),
    );
  }
}
