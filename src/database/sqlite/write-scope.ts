import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Knows whether the code that runs was called from inside a `write`. A second `write` there would wait for the first
 * for ever; a `read` would not see what the first has written, and takes a second connection while holding one.
 */
export class WriteScope {
  private readonly current = new AsyncLocalStorage<{ isOpen: boolean }>();

  /** Runs `work` as the inside of a `write`. Rejects when it is called from inside another. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.refuseInside();
    const scope = { isOpen: true };
    try {
      return await this.current.run(scope, work);
    } finally {
      // Timers and events that were set off inside live on, and are free to write later.
      scope.isOpen = false;
    }
  }

  /** Throws when it is called from inside a `write`. */
  refuseInside(): void {
    if (this.current.getStore()?.isOpen) {
      throw new Error('Database.read and write must not be called inside write: pass the manager down');
    }
  }

  /** To be called when there are no more writes: until then each promise of the process is followed, at a cost. */
  end(): void {
    this.current.disable();
  }
}
