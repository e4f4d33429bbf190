import { describe, expect, it, jest } from '@jest/globals';
import { Batcher, type BatcherOptions, type BatchResult } from './batcher.js';

type Work = (items: readonly number[]) => Promise<BatchResult<string>[]>;

/** Work that waits, group by group, until a test lets it go on. */
function setUp({
  work = async (items) => items.map(done),
  ...options
}: BatcherOptions<number> & { work?: Work } = {}) {
  const groups: number[][] = [];
  const gates: (() => void)[] = [];
  const grouped = new Batcher<number, string>(async (items) => {
    groups.push([...items]);
    await new Promise<void>((resolve) => gates.push(resolve));
    return work(items);
  }, options);
  const goOn = async () => {
    gates.shift()?.();
    await aTurn();
  };
  return { grouped, groups, goOn };
}

/** Long enough for everything that waits for no more than the event loop. */
const aTurn = async () => {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};
const done = (item: number): BatchResult<string> => ({ result: `done ${item}` });
const messages = async (promises: Promise<string>[]) =>
  (await Promise.allSettled(promises)).map((one) =>
    one.status === 'fulfilled' ? one.value : (one.reason as Error).message,
  );

describe('GroupedWork', () => {
  it('does together, in order, what was asked for in one turn', async () => {
    const { grouped, groups, goOn } = setUp();
    const asked = [1, 2, 3].map((item) => grouped.run(item));
    await aTurn();
    expect(groups).toEqual([[1, 2, 3]]);
    await goOn();
    expect(await Promise.all(asked)).toEqual(['done 1', 'done 2', 'done 3']);
  });

  it('does together, in order, what was asked for while it was busy', async () => {
    const { grouped, groups, goOn } = setUp();
    const asked = [grouped.run(1)];
    await aTurn();
    asked.push(grouped.run(2), grouped.run(3));
    await aTurn();
    asked.push(grouped.run(4));
    expect(groups).toEqual([[1]]);
    await goOn();
    expect(groups).toEqual([[1], [2, 3, 4]]);
    await goOn();
    expect(await Promise.all(asked)).toEqual(['done 1', 'done 2', 'done 3', 'done 4']);
  });

  it('does no more groups at once than it may', async () => {
    const { grouped, groups, goOn } = setUp({ groupsAtOnce: 2 });
    const asked = [grouped.run(1)];
    await aTurn();
    for (const item of [2, 3]) {
      asked.push(grouped.run(item));
      await aTurn();
    }
    asked.push(grouped.run(4));
    await aTurn();
    expect(groups).toEqual([[1], [2]]);
    await goOn();
    expect(groups).toEqual([[1], [2], [3, 4]]);
    await goOn();
    await goOn();
    expect(await Promise.all(asked)).toEqual(['done 1', 'done 2', 'done 3', 'done 4']);
    const again = grouped.run(5);
    await aTurn();
    await goOn();
    expect(await again).toBe('done 5');
  });

  it('refuses whoever would wait behind too many', async () => {
    const { grouped, goOn } = setUp({ mostWaiting: 1 });
    const asked = [grouped.run(1)];
    await aTurn();
    asked.push(grouped.run(2));
    await expect(grouped.run(3)).rejects.toMatchObject({ code: 'DB_UNAVAILABLE' });
    await goOn();
    await goOn();
    expect(await Promise.all(asked)).toEqual(['done 1', 'done 2']);
  });

  it('does each lane by itself, and refuses those of a lane that is full', async () => {
    const laneOf = (item: number) => (item % 2 === 0 ? 'even' : 'odd');
    const { grouped, groups, goOn } = setUp({ mostWaiting: 2, max: 2, laneOf });
    const greedy = [2, 4].map((item) => grouped.run(item));
    await aTurn();
    greedy.push(grouped.run(6), grouped.run(8));
    await expect(grouped.run(10)).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 1 });
    const other = grouped.run(1);
    await aTurn();
    expect(groups).toEqual([[2, 4], [1]]);
    await goOn();
    await goOn();
    expect(await other).toBe('done 1');
    await goOn();
    expect(await Promise.all(greedy)).toEqual(['done 2', 'done 4', 'done 6', 'done 8']);
  });

  it('begins anew after it had nothing to do', async () => {
    const { grouped, groups, goOn } = setUp();
    for (const item of [1, 2]) {
      const asked = grouped.run(item);
      await aTurn();
      await goOn();
      expect(await asked).toBe(`done ${item}`);
    }
    expect(groups).toEqual([[1], [2]]);
  });

  it('never has two groups under way', async () => {
    let running = 0;
    let most = 0;
    const grouped = new Batcher<number, string>(
      async (items) => {
        most = Math.max(most, (running += 1));
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return items.map(done);
      },
      { max: 3 },
    );
    const all = await Promise.all(Array.from({ length: 50 }, (_, item) => grouped.run(item)));
    expect(all).toEqual(Array.from({ length: 50 }, (_, item) => `done ${item}`));
    expect(most).toBe(1);
  });

  it('takes no more into a group than it may', async () => {
    const { grouped, groups, goOn } = setUp({ max: 2 });
    const asked = [1, 2, 3, 4, 5, 6].map((item) => grouped.run(item));
    await aTurn();
    for (let turn = 0; turn < 3; turn += 1) await goOn();
    expect(groups).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(await Promise.all(asked)).toHaveLength(6);
  });

  it('tells each item its own error, and the others their results', async () => {
    const work: Work = async (items) =>
      items.map((item) => (item % 2 === 0 ? { error: new Error(`no ${item}`) } : done(item)));
    const { grouped, goOn } = setUp({ work });
    const told = messages([1, 2, 3, 4].map((item) => grouped.run(item)));
    await aTurn();
    await goOn();
    expect(await told).toEqual(['done 1', 'no 2', 'done 3', 'no 4']);
  });

  it('tells all of a group when their work fails, and goes on with the next', async () => {
    const work = jest.fn<Work>(async (items) => items.map(done));
    const { grouped, goOn } = setUp({ work });
    const first = messages([grouped.run(1)]);
    await aTurn();
    const second = messages([grouped.run(2), grouped.run(3)]);
    await goOn();
    const third = messages([grouped.run(4)]);
    work.mockRejectedValueOnce(new Error('down'));
    await goOn();
    await goOn();
    expect([await first, await second, await third]).toEqual([['done 1'], ['down', 'down'], ['done 4']]);
  });

  it('gives back what is empty as it is', async () => {
    const grouped = new Batcher<number, boolean | undefined>(async (items) =>
      items.map((item) => ({ result: item === 1 ? false : undefined })),
    );
    expect(await grouped.run(1)).toBe(false);
    expect(await grouped.run(2)).toBeUndefined();
  });

  it('leaves nobody waiting of whom nothing was told', async () => {
    const { grouped, goOn } = setUp({ work: async () => [] });
    const told = messages([grouped.run(1)]);
    await aTurn();
    await goOn();
    expect(await told).toEqual(['Nothing became of it']);
  });
});
