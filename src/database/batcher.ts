import { setImmediate as nextTurn } from 'node:timers/promises';
import { queueFull } from './database-errors.js';

interface Waiting<I, O> {
  readonly item: I;
  readonly resolve: (result: O) => void;
  readonly reject: (error: unknown) => void;
}

/** What became of one item of a group: its result, or the error that is its alone. */
export type BatchResult<O> = { readonly result: O } | { readonly error: unknown };

export interface BatcherOptions<I> {
  /** The most items of a group, 100 by default. */
  readonly max?: number;
  /**
   * Items of different lanes are in different groups, and no lane waits for another. By default all are in one. Work that
   * an owner asks for has a lane of that owner, or of something that belongs to it.
   */
  readonly laneOf?: (item: I) => string;
  /** The most items that wait in a lane. Any more get `DB_UNAVAILABLE`, or with `laneOf` `RATE_LIMITED`. */
  readonly mostWaiting?: number;
  /** How many groups of a lane may be under way together, 1 by default. */
  readonly groupsAtOnce?: number;
}

interface Lane<I, O> {
  readonly name: string;
  readonly waiting: Waiting<I, O>[];
  underWay: number;
}

/** Items that wait in all lanes together. Any more get `DB_UNAVAILABLE`. */
const mostOfAllLanes = 10_000;

/**
 * Does together what is asked for at the same time: in the same turn of the event loop, or while something is under way. So
 * many small transactions become few larger ones.
 */
export class Batcher<I, O> {
  private readonly lanes = new Map<string, Lane<I, O>>();
  private waiting = 0;
  private readonly max: number;
  private readonly laneOf: ((item: I) => string) | undefined;
  private readonly mostWaiting: number;
  private readonly groupsAtOnce: number;

  /** `work` tells of each item of a group what became of it; when it rejects, so do all of them. */
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
      const lane = this.lanes.get(name) ?? { name, waiting: [], underWay: 0 };
      if (lane.waiting.length >= this.mostWaiting)
        return reject(queueFull(this.laneOf && name, this.mostWaiting));
      if (this.waiting >= mostOfAllLanes) return reject(queueFull(undefined, mostOfAllLanes));
      this.lanes.set(name, lane);
      lane.waiting.push({ item, resolve, reject });
      this.waiting += 1;
      if (lane.underWay >= this.groupsAtOnce) return;
      lane.underWay += 1;
      void this.workOff(lane);
    });
  }

  private async workOff(lane: Lane<I, O>): Promise<void> {
    while (lane.waiting.length > 0) {
      // SQLite answers without a turn of the event loop: nothing else would be asked for meanwhile.
      await nextTurn();
      const group = lane.waiting.splice(0, this.max);
      this.waiting -= group.length;
      await this.doTogether(group);
    }
    lane.underWay -= 1;
    if (lane.underWay === 0) this.lanes.delete(lane.name);
  }

  private async doTogether(group: readonly Waiting<I, O>[]): Promise<void> {
    try {
      const settled = await this.work(group.map(({ item }) => item));
      for (const [index, { resolve, reject }] of group.entries()) {
        const one = settled[index] ?? { error: new Error('Nothing became of it') };
        if ('error' in one) reject(one.error);
        else resolve(one.result);
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}
