import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { causeOf } from './cause-of.js';

const firstAfter = 1_000;

/** Something that is done again and again in the background, never twice at the same time. */
export abstract class RecurringJob implements OnApplicationBootstrap, OnModuleDestroy {
  /** Milliseconds from the end of one run to the next. */
  protected abstract readonly every: number;
  private readonly logger = new Logger(this.constructor.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<number> | undefined;
  private hasStopped = false;

  /** Does everything that is due, in batches; resolves with how much it was. Ends early when `isStopping`. */
  protected abstract doAll(): Promise<number>;

  protected get isStopping(): boolean {
    return this.hasStopped;
  }

  onApplicationBootstrap(): void {
    this.runAfter(firstAfter);
  }

  /** Ends a run after the batch it is at, and waits for that. */
  async onModuleDestroy(): Promise<void> {
    this.hasStopped = true;
    clearTimeout(this.timer);
    await this.running?.catch(() => undefined);
  }

  /** Resolves with how much was done. A call during a run is answered by that run. */
  run(): Promise<number> {
    this.running ??= this.doAll().finally(() => (this.running = undefined));
    return this.running;
  }

  private runAfter(delay: number): void {
    if (this.hasStopped) return;
    this.timer = setTimeout(() => {
      this.run()
        .catch((error: unknown) => this.logger.warn(`Not done, and tried again: ${causeOf(error)}`))
        .finally(() => this.runAfter(this.every));
    }, delay).unref();
  }
}
