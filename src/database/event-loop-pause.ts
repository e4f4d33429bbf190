/** Node accepts one connection in a turn of the event loop, and reads its request in the next. */
const quietTurns = 3;
const mostPauseMs = 10;

/**
 * Work that never waits for anything would keep the event loop to itself, and what others ask for unread. After so many
 * milliseconds of it there is a pause, until nothing more arrives in three turns of the event loop, or for 10 ms.
 */
export class EventLoopPause {
  private since: number | undefined;
  private arrivals = 0;

  /** `goOn` is called after each pause. */
  constructor(
    private readonly pauseAfterMs: number,
    private readonly goOn: () => void,
  ) {}

  get isPausing(): boolean {
    return this.since !== undefined && performance.now() - this.since >= this.pauseAfterMs;
  }

  /** Work begins, now or later in this turn. */
  begin(): void {
    if (this.since !== undefined) return;
    this.since = performance.now();
    setImmediate(() => this.pause(performance.now() + mostPauseMs, 0));
  }

  /** Something else was asked for. */
  noteArrival(): void {
    this.arrivals += 1;
  }

  private pause(until: number, quiet: number): void {
    const isOver = !this.isPausing || quiet >= quietTurns || performance.now() >= until;
    if (!isOver) {
      const before = this.arrivals;
      setImmediate(() => this.pause(until, this.arrivals === before ? quiet + 1 : 0));
      return;
    }
    this.since = undefined;
    this.goOn();
  }
}
