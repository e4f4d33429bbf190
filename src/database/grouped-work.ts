import { setImmediate as nextTurn } from 'node:timers/promises';

interface Waiting<I, O> {
  readonly item: I;
  readonly resolve: (result: O) => void;
  readonly reject: (error: unknown) => void;
}

/** What became of one item of a group: its result, or the error that is its alone. */
export type Settled<O> = { readonly result: O } | { readonly error: unknown };

/**
 * Does together what is asked for at the same time: in the same turn of the event loop, or while something is under way. So
 * many small transactions become few larger ones.
 */
export class GroupedWork<I, O> {
  private waiting: Waiting<I, O>[] = [];
  private isBusy = false;

  /** `work` tells of each of at most `max` items what became of it; when it rejects, so do all of them. */
  constructor(
    private readonly work: (items: readonly I[]) => Promise<readonly Settled<O>[]>,
    private readonly max = 100,
  ) {}

  run(item: I): Promise<O> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (this.isBusy) return;
      this.isBusy = true;
      void this.workOff();
    });
  }

  private async workOff(): Promise<void> {
    while (this.waiting.length > 0) {
      // SQLite answers without a turn of the event loop: nothing else would be asked for meanwhile.
      await nextTurn();
      await this.doTogether(this.waiting.splice(0, this.max));
    }
    this.isBusy = false;
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
