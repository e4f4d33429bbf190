const everyMs = 250;

/** Notices, within half a second, that another process has changed the data. Costs nothing per request. */
export class ForeignChanges {
  private readonly listeners: (() => void)[] = [];
  private readonly timer = setInterval(() => this.look(), everyMs).unref();
  private known: number;

  /** `version` tells a number that differs once another process has committed. */
  constructor(private readonly version: () => number) {
    this.known = version();
  }

  listen(listener: () => void): void {
    this.listeners.push(listener);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const version = this.current();
    if (version === this.known) return;
    this.known = version;
    for (const listener of this.listeners) listener();
  }

  /** A database that cannot be asked now is asked again; what was committed meanwhile is still noticed then. */
  private current(): number {
    try {
      return this.version();
    } catch {
      return this.known;
    }
  }
}
