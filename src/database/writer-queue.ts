import { Mutex, withTimeout } from 'async-mutex';
import { databaseUnavailable } from './database-fault.js';

const maxWaiting = 1_000;
const maxWaitMs = 5_000;

/** Lets one piece of work in at a time. Who would wait too long, or behind too many, gets `DB_UNAVAILABLE`. */
export class WriterQueue {
  private readonly mutex = withTimeout(
    new Mutex(),
    maxWaitMs,
    new Error(`Waited ${maxWaitMs} ms for other writes`),
  );
  private waiting = 0;

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.waiting >= maxWaiting) throw databaseUnavailable(new Error(`${maxWaiting} writes are waiting`));
    const leave = await this.enter();
    try {
      return await work();
    } finally {
      leave();
    }
  }

  private async enter(): Promise<() => void> {
    this.waiting += 1;
    try {
      return await this.mutex.acquire();
    } catch (error) {
      throw databaseUnavailable(error);
    } finally {
      this.waiting -= 1;
    }
  }
}
