/** A timer that is set when something is to be done, and keeps no process alive. */
export class Alarm {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly ring: () => void) {}

  /** Rings once after so many milliseconds. When it is set already, it rings as it was going to. */
  set(delay: number): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.ring();
    }, delay).unref();
  }

  clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
