import { setImmediate as nextTurn } from 'node:timers/promises';
import { queueFull } from './database-errors.js';

interface Waiting<I, O> {
  readonly item: I;
  readonly resolve: (result: O) => void;
  readonly reject: (error: unknown) => void;
}

/** The result of one item of a batch, or its own error. */
export type BatchResult<O> = { readonly result: O } | { readonly error: unknown };

export interface BatcherOptions<I> {
  /** The most items of a batch, 100 by default. */
  readonly max?: number;
  /**
   * Items of different lanes are in different batches, and no lane waits for another. By default there is one lane. The
   * work of an owner has a lane of that owner, or of something that belongs to it.
   */
  readonly laneOf?: (item: I) => string;
  /** The most items that wait in a lane. More are rejected with `DB_UNAVAILABLE`, or with `laneOf` with `RATE_LIMITED`. */
  readonly mostWaiting?: number;
  /** The most batches of a lane that run at once, 1 by default. */
  readonly groupsAtOnce?: number;
}

interface Lane<I, O> {
  readonly name: string;
  readonly waiting: Waiting<I, O>[];
  running: number;
}

/** The most items that wait in all lanes together. More are rejected with `DB_UNAVAILABLE`. */
const mostOfAllLanes = 10_000;

/**
 * Runs items together that arrive at the same time: in one iteration of the event loop, or while a batch runs. Turns many
 * small transactions into few larger ones.
 */
export class Batcher<I, O> {
  private readonly lanes = new Map<string, Lane<I, O>>();
  private waiting = 0;
  private readonly max: number;
  private readonly laneOf: ((item: I) => string) | undefined;
  private readonly mostWaiting: number;
  private readonly groupsAtOnce: number;

  /** `work` returns a result for each item of a batch; if it rejects, all of them do. */
  constructor(
    private readonly work: (items: readonly I[]) => Promise<readonly BatchResult<O>[]>,
    { max = 100, laneOf, mostWaiting = Infinity, groupsAtOnce = 1 }: BatcherOptions<I> = {},
  ) {
    this.max = max;
    this.laneOf = laneOf;
    this.mostWaiting = mostWaiting;
    this.groupsAtOnce = groupsAtOnce;
  }

  run(item: I): Promise<O> {
    return new Promise((resolve, reject) => {
      const name = this.laneOf?.(item) ?? '';
      const lane = this.lanes.get(name) ?? { name, waiting: [], running: 0 };
      if (lane.waiting.length >= this.mostWaiting)
        return reject(queueFull(this.laneOf && name, this.mostWaiting));
      if (this.waiting >= mostOfAllLanes) return reject(queueFull(undefined, mostOfAllLanes));
      this.lanes.set(name, lane);
      lane.waiting.push({ item, resolve, reject });
      this.waiting += 1;
      if (lane.running >= this.groupsAtOnce) return;
      lane.running += 1;
      void this.runBatches(lane);
    });
  }

  private async runBatches(lane: Lane<I, O>): Promise<void> {
    while (lane.waiting.length > 0) {
      // SQLite answers without an iteration of the event loop: no further item would arrive meanwhile.
      await nextTurn();
      const batch = lane.waiting.splice(0, this.max);
      this.waiting -= batch.length;
      await this.runBatch(batch);
    }
    lane.running -= 1;
    if (lane.running === 0) this.lanes.delete(lane.name);
  }

  private async runBatch(batch: readonly Waiting<I, O>[]): Promise<void> {
    try {
      const results = await this.work(batch.map(({ item }) => item));
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = results[index] ?? { error: new Error('The batch returned no result for it') };
        if ('error' in result) reject(result.error);
        else resolve(result.result);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
