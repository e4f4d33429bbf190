import { LRUCache } from 'lru-cache';
import type { Clock } from './clock.js';

const onceEvery = 60_000;

/** Says each thing at most once a minute, with a count of the times it was not said, so that a flood fills no disk. */
export class ThrottledLog {
  private readonly said = new LRUCache<string, { at: number; unsaid: number }>({ max: 1_000 });

  constructor(private readonly clock: Clock) {}

  /** Calls `say` unless it did for the same `what` within a minute; `more` tells of the times since then. */
  note(what: string, say: (more: string) => void): void {
    const now = this.clock.ticks();
    const last = this.said.get(what);
    if (last !== undefined && now - last.at < onceEvery) {
      last.unsaid += 1;
      return;
    }
    this.said.set(what, { at: now, unsaid: 0 });
    say(last === undefined || last.unsaid === 0 ? '' : ` (${last.unsaid} more since this was last said)`);
  }
}
