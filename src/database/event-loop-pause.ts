/** Node accepts one connection per iteration of the event loop, and reads its request in the next. */
const quietIterations = 3;
const longestPauseMs = 10;

/**
 * Work that never waits for I/O would block the event loop, and requests would stay unread. After `pauseAfterMs` of such
 * work there is a pause: until nothing arrives in three iterations of the event loop, or for 10 ms.
 */
export class EventLoopPause {
  private since: number | undefined;
  private arrivals = 0;

  /** Calls `resume` after each pause. */
  constructor(
    private readonly pauseAfterMs: number,
    private readonly resume: () => void,
  ) {}

  get isPausing(): boolean {
    return this.since !== undefined && performance.now() - this.since >= this.pauseAfterMs;
  }

  /** Call it when work begins. */
  workBegins(): void {
    if (this.since !== undefined) return;
    this.since = performance.now();
    setImmediate(() => this.check(performance.now() + longestPauseMs, 0));
  }

  /** Call it when further work arrives. */
  workArrived(): void {
    this.arrivals += 1;
  }

  private check(until: number, quiet: number): void {
    const hasEnded = !this.isPausing || quiet >= quietIterations || performance.now() >= until;
    if (!hasEnded) {
      const before = this.arrivals;
      setImmediate(() => this.check(until, this.arrivals === before ? quiet + 1 : 0));
      return;
    }
    this.since = undefined;
    this.resume();
  }
}
