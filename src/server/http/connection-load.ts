/** What a turn of the event loop is meant to take, in milliseconds. Node accepts one connection in each. */
const turnMs = 3;

const mostStartsInTurn = 64;

/** What the connections of a process have in common. */
export class ConnectionLoad {
  /** Requests that are parsed and not started. */
  waiting = 0;
  private readonly due: (() => void)[] = [];
  private startsAllowed = 16;
  private started = 0;
  private scheduledAt: number | undefined;

  /** `ticks`: milliseconds of a clock that only goes forward. */
  constructor(private readonly ticks: () => number) {}

  /**
   * Runs `start` now, or, after as many others as this turn of the event loop has time for, in a later one: between turns
   * new connections are accepted, and those of others read.
   */
  start(start: () => void): void {
    if (this.due.length > 0 || this.started >= this.startsAllowed) return this.startLater(start);
    this.started += 1;
    this.schedule();
    start();
  }

  /** Runs `start` in a later turn, in the order of the calls. */
  startLater(start: () => void): void {
    this.due.push(start);
    this.schedule();
  }

  private schedule(): void {
    if (this.scheduledAt !== undefined) return;
    this.scheduledAt = this.ticks();
    setImmediate(this.beginTurn);
  }

  private readonly beginTurn = (): void => {
    const took = this.ticks() - (this.scheduledAt ?? 0);
    this.scheduledAt = undefined;
    if (took > turnMs) this.startsAllowed = Math.max(1, this.startsAllowed >> 1);
    else if (took < turnMs / 2) this.startsAllowed = Math.min(mostStartsInTurn, this.startsAllowed * 2);
    const starts = this.due.splice(0, this.startsAllowed);
    this.started = starts.length;
    if (this.started > 0) this.schedule();
    for (const start of starts) start();
  };
}
