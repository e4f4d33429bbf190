import { setImmediate as nextTurn } from 'node:timers/promises';
import { databaseUnavailable } from './database-fault.js';

interface Waiting<I, O> {
  readonly item: I;
  readonly resolve: (result: O) => void;
  readonly reject: (error: unknown) => void;
}

/** What became of one item of a group: its result, or the error that is its alone. */
export type Settled<O> = { readonly result: O } | { readonly error: unknown };

export interface GroupedWorkOptions {
  /** The most items of a group; 100 unless given. */
  readonly max?: number;
  /** Whoever would wait behind so many others gets `DB_UNAVAILABLE`; nobody unless given. */
  readonly mostWaiting?: number;
  /** How many groups may be under way together; 1 unless given. */
  readonly groupsAtOnce?: number;
}

/**
 * Does together what is asked for at the same time: in the same turn of the event loop, or while something is under way. So
 * many small transactions become few larger ones.
 */
export class GroupedWork<I, O> {
  private waiting: Waiting<I, O>[] = [];
  private underWay = 0;
  private readonly max: number;
  private readonly mostWaiting: number;
  private readonly groupsAtOnce: number;

  /** `work` tells of each item of a group what became of it; when it rejects, so do all of them. */
  constructor(
    private readonly work: (items: readonly I[]) => Promise<readonly Settled<O>[]>,
    { max = 100, mostWaiting = Infinity, groupsAtOnce = 1 }: GroupedWorkOptions = {},
  ) {
    this.max = max;
    this.mostWaiting = mostWaiting;
    this.groupsAtOnce = groupsAtOnce;
  }

  run(item: I): Promise<O> {
    return new Promise((resolve, reject) => {
      if (this.waiting.length >= this.mostWaiting)
        return reject(databaseUnavailable(new Error(`${this.mostWaiting} others are waiting`)));
      this.waiting.push({ item, resolve, reject });
      if (this.underWay >= this.groupsAtOnce) return;
      this.underWay += 1;
      void this.workOff();
    });
  }

  private async workOff(): Promise<void> {
    while (this.waiting.length > 0) {
      // SQLite answers without a turn of the event loop: nothing else would be asked for meanwhile.
      await nextTurn();
      await this.doTogether(this.waiting.splice(0, this.max));
    }
    this.underWay -= 1;
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
