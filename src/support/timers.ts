import { Clock } from './clock.js';
import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { causeOf } from './errors.js';

interface TimeoutOptions {
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

export interface BackOffOptions {
  /** Milliseconds after the first failure; doubled with each further one. */
  readonly firstMs?: number;
  /** Milliseconds at most, before jitter. */
  readonly maxMs?: number;
  /** The largest part that is added at random, so that replicas do not retry in step. */
  readonly jitter?: number;
}

/** Milliseconds to wait after this many failures in a row, 1 or more. By default 1 s, doubled up to 30 s, plus up to a fifth. */
export function pauseAfter(
  failures: number,
  { firstMs = 1_000, maxMs = 30_000, jitter = 0.2 }: BackOffOptions = {},
): number {
  return Math.min(maxMs, firstMs * 2 ** (failures - 1)) * (1 + jitter * Math.random());
}

/** Counts consecutive failures and returns when to try again. */
export class BackOff {
  private failures = 0;
  private until = -Infinity;

  constructor(
    private readonly clock: Clock,
    private readonly options: BackOffOptions = {},
  ) {}

  /** Returns the milliseconds until the next try. */
  failed(): number {
    this.failures += 1;
    const pause = pauseAfter(this.failures, this.options);
    this.until = this.clock.ticks() + pause;
    return pause;
  }

  succeeded(): void {
    this.failures = 0;
    this.until = -Infinity;
  }

  /** True after a failure until the next success. */
  get isFailing(): boolean {
    return this.failures > 0;
  }

  /** Milliseconds until the next try is due; 0 if it is. */
  remaining(): number {
    return Math.max(0, this.until - this.clock.ticks());
  }
}

const firstAfter = 1_000;

/** A background job that runs again and again, never twice at the same time. */
export abstract class RecurringJob implements OnApplicationBootstrap, OnModuleDestroy {
  /** Milliseconds from the end of one run to the next. */
  protected abstract readonly intervalMs: number;
  private readonly logger = new Logger(this.constructor.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<number> | undefined;
  private hasStopped = false;

  /** Processes everything that is due, in batches, and resolves with the count. Must return early if `isStopping`. */
  protected abstract runOnce(): Promise<number>;

  protected get isStopping(): boolean {
    return this.hasStopped;
  }

  onApplicationBootstrap(): void {
    this.runAfter(firstAfter);
  }

  /** Waits for the current batch; no further batch runs. */
  async onModuleDestroy(): Promise<void> {
    this.hasStopped = true;
    clearTimeout(this.timer);
    await this.running?.catch(() => undefined);
  }

  /** Runs the job and resolves with the count. A call during a run shares that run. */
  run(): Promise<number> {
    this.running ??= this.runOnce().finally(() => (this.running = undefined));
    return this.running;
  }

  private runAfter(delay: number): void {
    if (this.hasStopped) return;
    this.timer = setTimeout(() => {
      this.run()
        .catch((error: unknown) => this.logger.warn(`Failed, will retry: ${causeOf(error)}`))
        .finally(() => this.runAfter(this.intervalMs));
    }, delay).unref();
  }
}
