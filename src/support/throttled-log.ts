import type { Clock } from './clock.js';
import { Throttle } from './throttle.js';

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
