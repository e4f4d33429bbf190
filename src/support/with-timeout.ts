import { Clock } from './clock.js';

export interface TimeoutOptions {
  /** Makes the error to reject with; a `TimeoutError` by default. */
  readonly error?: () => Error;
  /** By default the clock of the machine. */
  readonly clock?: Clock;
}

export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';

  constructor(milliseconds: number) {
    super(`no answer within ${milliseconds} ms`);
  }
}

const machineClock = new Clock();

/**
 * Resolves or rejects as `work` does, or rejects after `milliseconds`. The result of `work` is then ignored, and its
 * rejection handled. The timer keeps no process alive.
 */
export function withTimeout<T>(
  work: Promise<T>,
  milliseconds: number,
  { error = () => new TimeoutError(milliseconds), clock = machineClock }: TimeoutOptions = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = clock.ticks() + milliseconds;
    let timer: NodeJS.Timeout | undefined;
    const wait = (left: number): void => {
      // If the process was blocked, the answer may have arrived unread: I/O is read before `setImmediate` runs.
      timer = setTimeout(() => setImmediate(giveUp), left).unref();
    };
    const giveUp = (): void => {
      if (timer === undefined) return;
      const left = end - clock.ticks();
      if (left > 0) wait(left);
      else reject(error());
    };
    const clear = (): void => {
      clearTimeout(timer);
      timer = undefined;
    };
    wait(milliseconds);
    work.finally(clear).then(resolve, reject);
  });
}
