import type { LRUCache } from 'lru-cache';
import type { Clock } from './clock.js';
import { recentEntries } from './recent-entries.js';

const onceEvery = 60_000;

/** Lets each thing happen at most once a minute and counts the other times, so that a flood fills no disk. */
export class Throttle {
  private readonly last: LRUCache<string, { at: number; missed: number }>;

  /** Remembers the last `max` things. */
  constructor(
    private readonly clock: Clock,
    max = 1_000,
  ) {
    this.last = recentEntries(max);
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
