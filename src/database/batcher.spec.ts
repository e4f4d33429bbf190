import { describe, expect, it, jest } from '@jest/globals';
import { Batcher, type BatcherOptions, type BatchResult } from './batcher.js';

type Work = (items: readonly number[]) => Promise<BatchResult<string>[]>;

/** Work that waits, batch by batch, until a test lets it finish. */
function setUp({
  work = async (items) => items.map(done),
  ...options
}: BatcherOptions<number> & { work?: Work } = {}) {
  const batches: number[][] = [];
  const finishers: (() => void)[] = [];
  const batcher = new Batcher<number, string>(async (items) => {
    batches.push([...items]);
    await new Promise<void>((resolve) => finishers.push(resolve));
    return work(items);
  }, options);
  const finishNext = async () => {
    finishers.shift()?.();
    await eventLoop();
  };
  return { batcher, batches, finishNext };
}

/** Long enough for everything that waits only for the event loop. */
const eventLoop = async () => {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};
const done = (item: number): BatchResult<string> => ({ result: `done ${item}` });
const messages = async (promises: Promise<string>[]) =>
  (await Promise.allSettled(promises)).map((one) =>
    one.status === 'fulfilled' ? one.value : (one.reason as Error).message,
  );

describe('Batcher', () => {
  it('runs items of one iteration of the event loop together, in order', async () => {
    const { batcher, batches, finishNext } = setUp();
    const asked = [1, 2, 3].map((item) => batcher.run(item));
    await eventLoop();
    expect(batches).toEqual([[1, 2, 3]]);
    await finishNext();
    expect(await Promise.all(asked)).toEqual(['done 1', 'done 2', 'done 3']);
  });

  it('runs items that arrived during a batch together, in order', async () => {
    const { batcher, batches, finishNext } = setUp();
    const asked = [batcher.run(1)];
    await eventLoop();
    asked.push(batcher.run(2), batcher.run(3));
    await eventLoop();
    asked.push(batcher.run(4));
    expect(batches).toEqual([[1]]);
    await finishNext();
    expect(batches).toEqual([[1], [2, 3, 4]]);
    await finishNext();
    expect(await Promise.all(asked)).toEqual(['done 1', 'done 2', 'done 3', 'done 4']);
  });

  it('runs no more batches at once than allowed', async () => {
    const { batcher, batches, finishNext } = setUp({ groupsAtOnce: 2 });
    const asked = [batcher.run(1)];
    await eventLoop();
    for (const item of [2, 3]) {
      asked.push(batcher.run(item));
      await eventLoop();
    }
    asked.push(batcher.run(4));
    await eventLoop();
    expect(batches).toEqual([[1], [2]]);
    await finishNext();
    expect(batches).toEqual([[1], [2], [3, 4]]);
    await finishNext();
    await finishNext();
    expect(await Promise.all(asked)).toEqual(['done 1', 'done 2', 'done 3', 'done 4']);
    const again = batcher.run(5);
    await eventLoop();
    await finishNext();
    expect(await again).toBe('done 5');
  });

  it('rejects items when too many wait', async () => {
    const { batcher, finishNext } = setUp({ mostWaiting: 1 });
    const asked = [batcher.run(1)];
    await eventLoop();
    asked.push(batcher.run(2));
    await expect(batcher.run(3)).rejects.toMatchObject({ code: 'DB_UNAVAILABLE' });
    await finishNext();
    await finishNext();
    expect(await Promise.all(asked)).toEqual(['done 1', 'done 2']);
  });

  it('runs each lane separately, and rejects items of a full lane', async () => {
    const laneOf = (item: number) => (item % 2 === 0 ? 'even' : 'odd');
    const { batcher, batches, finishNext } = setUp({ mostWaiting: 2, max: 2, laneOf });
    const greedy = [2, 4].map((item) => batcher.run(item));
    await eventLoop();
    greedy.push(batcher.run(6), batcher.run(8));
    await expect(batcher.run(10)).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 1 });
    const other = batcher.run(1);
    await eventLoop();
    expect(batches).toEqual([[2, 4], [1]]);
    await finishNext();
    await finishNext();
    expect(await other).toBe('done 1');
    await finishNext();
    expect(await Promise.all(greedy)).toEqual(['done 2', 'done 4', 'done 6', 'done 8']);
  });

  it('starts again after it was idle', async () => {
    const { batcher, batches, finishNext } = setUp();
    for (const item of [1, 2]) {
      const asked = batcher.run(item);
      await eventLoop();
      await finishNext();
      expect(await asked).toBe(`done ${item}`);
    }
    expect(batches).toEqual([[1], [2]]);
  });

  it('never runs two batches at once', async () => {
    let running = 0;
    let most = 0;
    const batcher = new Batcher<number, string>(
      async (items) => {
        most = Math.max(most, (running += 1));
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return items.map(done);
      },
      { max: 3 },
    );
    const all = await Promise.all(Array.from({ length: 50 }, (_, item) => batcher.run(item)));
    expect(all).toEqual(Array.from({ length: 50 }, (_, item) => `done ${item}`));
    expect(most).toBe(1);
  });

  it('limits the size of a batch', async () => {
    const { batcher, batches, finishNext } = setUp({ max: 2 });
    const asked = [1, 2, 3, 4, 5, 6].map((item) => batcher.run(item));
    await eventLoop();
    for (let turn = 0; turn < 3; turn += 1) await finishNext();
    expect(batches).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(await Promise.all(asked)).toHaveLength(6);
  });

  it('rejects an item with its own error, and resolves the others', async () => {
    const work: Work = async (items) =>
      items.map((item) => (item % 2 === 0 ? { error: new Error(`no ${item}`) } : done(item)));
    const { batcher, finishNext } = setUp({ work });
    const results = messages([1, 2, 3, 4].map((item) => batcher.run(item)));
    await eventLoop();
    await finishNext();
    expect(await results).toEqual(['done 1', 'no 2', 'done 3', 'no 4']);
  });

  it('rejects all items of a failed batch, and runs the next', async () => {
    const work = jest.fn<Work>(async (items) => items.map(done));
    const { batcher, finishNext } = setUp({ work });
    const first = messages([batcher.run(1)]);
    await eventLoop();
    const second = messages([batcher.run(2), batcher.run(3)]);
    await finishNext();
    const third = messages([batcher.run(4)]);
    work.mockRejectedValueOnce(new Error('down'));
    await finishNext();
    await finishNext();
    expect([await first, await second, await third]).toEqual([['done 1'], ['down', 'down'], ['done 4']]);
  });

  it('returns empty results unchanged', async () => {
    const batcher = new Batcher<number, boolean | undefined>(async (items) =>
      items.map((item) => ({ result: item === 1 ? false : undefined })),
    );
    expect(await batcher.run(1)).toBe(false);
    expect(await batcher.run(2)).toBeUndefined();
  });

  it('rejects an item without a result', async () => {
    const { batcher, finishNext } = setUp({ work: async () => [] });
    const results = messages([batcher.run(1)]);
    await eventLoop();
    await finishNext();
    expect(await results).toEqual(['The batch returned no result for it']);
  });
});
