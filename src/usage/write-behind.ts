import { setImmediate as nextTurn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Mutex } from 'async-mutex';
import { AuthError } from '../principal/auth-error.js';
import { causeOf } from '../support/errors.js';

/** Items in memory that are not written yet. */
export interface PendingItems<T> {
  /** Returns all items and keeps none. */
  take(): T[];
  /** Keeps items again that could not be written. */
  restore(items: readonly T[]): void;
}

export interface WriteBehindOptions<T> {
  /** What the items are, in the plural, for the log. */
  readonly what: string;
  readonly pending: PendingItems<T>;
  /** Writes the whole batch, or rejects and writes nothing. */
  readonly write: (batch: readonly T[]) => Promise<void>;
  readonly batchSize: number;
  /** Milliseconds from the first pending item to the write. */
  readonly delayMs: number;
  /** Milliseconds from a failed write to the next try. */
  readonly retryMs: number;
  /** Called at the end of each flush. */
  readonly onFlushed?: () => void;
}

/**
 * Writes pending items later and in batches. A failed batch does not hold up the others, is kept, and is tried again. When
 * the database is unavailable, the remaining batches are kept without a try.
 */
export class WriteBehind<T> {
  private readonly logger = new Logger('KeyUsage');
  private readonly writing = new Mutex();
  private timer: NodeJS.Timeout | undefined;
  private startedFlushes = 0;

  constructor(private readonly options: WriteBehindOptions<T>) {}

  /** Number of flushes that have started. */
  get flushes(): number {
    return this.startedFlushes;
  }

  /** Call it when there is a new pending item. The timer keeps no process alive. */
  schedule(): void {
    this.timer ??= this.startTimer(this.options.delayMs);
  }

  /** Resolves when no flush is running. */
  whenIdle(): Promise<void> {
    return this.writing.waitForUnlock();
  }

  /** Writes all pending items now, as far as possible. Never rejects. */
  async flush(): Promise<void> {
    await this.writing.runExclusive(() => this.writePending());
  }

  private async writePending(): Promise<void> {
    this.startedFlushes += 1;
    this.clearTimer();
    const { pending, what, retryMs, onFlushed } = this.options;
    const { unwritten, error } = await this.writeBatches(pending.take());
    if (unwritten.length > 0) {
      pending.restore(unwritten);
      this.clearTimer();
      this.timer = this.startTimer(retryMs);
      this.logger.warn(`${unwritten.length} ${what} were not written and are kept: ${causeOf(error)}`);
    }
    onFlushed?.();
  }

  private async writeBatches(items: readonly T[]): Promise<{ unwritten: T[]; error?: unknown }> {
    const { batchSize, write } = this.options;
    const unwritten: T[] = [];
    let lastError: unknown;
    for (let start = 0; start < items.length; start += batchSize) {
      const batch = items.slice(start, start + batchSize);
      try {
        await write(batch);
      } catch (error) {
        lastError = error;
        if (isUnavailable(error)) return { unwritten: unwritten.concat(items.slice(start)), error };
        unwritten.push(...batch);
      }
      // Requests are served between two batches.
      await nextTurn();
    }
    return { unwritten, error: lastError };
  }

  private startTimer(delayMs: number): NodeJS.Timeout {
    return setTimeout(() => void this.flush(), delayMs).unref();
  }

  private clearTimer(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}

/** At most `max` items; any more are dropped. */
export class PendingList<T> implements PendingItems<T> {
  protected items: T[] = [];

  constructor(private readonly max: number) {}

  get size(): number {
    return this.items.length;
  }

  get isFull(): boolean {
    return this.items.length >= this.max;
  }

  add(item: T): void {
    if (!this.isFull) this.items.push(item);
  }

  take(): T[] {
    const { items } = this;
    this.items = [];
    return items;
  }

  restore(items: readonly T[]): void {
    this.items = [...items, ...this.items].slice(0, this.max);
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof AuthError && error.code === 'DB_UNAVAILABLE';
}
