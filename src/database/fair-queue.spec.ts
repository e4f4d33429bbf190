import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { FairQueue, type FairQueueLimits, type QueueOptions } from './fair-queue.js';

const rateLimited = { code: 'RATE_LIMITED', retryAfterSeconds: 1 };
const unavailable = { code: 'DB_UNAVAILABLE', retryAfterSeconds: 5 };

afterEach(() => void jest.useRealTimers());

/** A queue, and work in it that runs until a test ends it by name. */
function setUp(limits: Partial<FairQueueLimits> = {}) {
  const queue = new FairQueue({
    maxRunning: 1,
    perShare: 1,
    forLookups: 1,
    reservedForLookups: 0,
    ...limits,
  });
  const started: string[] = [];
  const finishers = new Map<string, () => void>();
  const ask = (name: string, options: QueueOptions = {}) =>
    queue.run(options, async () => {
      started.push(name);
      await new Promise<void>((resolve) => finishers.set(name, resolve));
      return name;
    });
  const askMany = (owner: string, count: number, rows: readonly string[] = []) =>
    Array.from({ length: count }, (_, n) => ask(`${owner}${n}`, { owner, rows }));
  const end = async (name: string) => {
    finishers.get(name)?.();
    await aTurn();
  };
  /** Ends all running work, and what starts then, until nothing waits. */
  const endAll = async () => {
    for (let ended = 0; ended < started.length; ended += 1) await end(started[ended] ?? '');
  };
  return { queue, ask, askMany, started, end, endAll };
}
const aTurn = () => new Promise((resolve) => setImmediate(resolve));
const rejections = async (asked: Promise<unknown>[]) =>
  (await Promise.allSettled(asked)).flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));

describe('owners are served in turn', () => {
  it('however much work one of them has queued already', async () => {
    const { ask, askMany, started, endAll } = setUp();
    const greedy = askMany('a', 100);
    const others = [ask('b', { owner: 'b' }), ask('c', { owner: 'c' }), ask('none')];
    await endAll();
    await Promise.all([...greedy, ...others]);
    expect(started.slice(0, 5)).toEqual(['a0', 'a1', 'b', 'c', 'none']);
  });

  it('none runs more than its share', async () => {
    const { ask, askMany, started, end, endAll } = setUp({ maxRunning: 4, perShare: 2 });
    const greedy = askMany('a', 10);
    const other = ask('b', { owner: 'b' });
    expect(started).toEqual(['a0', 'a1', 'b']);
    await end('b');
    expect(started).toEqual(['a0', 'a1', 'b']);
    await end('a1');
    expect(started).toEqual(['a0', 'a1', 'b', 'a2']);
    await endAll();
    await Promise.all([...greedy, other]);
  });

  it('failed work makes room as well', async () => {
    const { queue } = setUp();
    await expect(queue.run({}, () => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    await expect(queue.run({}, async () => 'next')).resolves.toBe('next');
  });
});

describe('looking up credentials', () => {
  it('has reserved room, and no more than its limit', async () => {
    const limits = { maxRunning: 4, perShare: 2, forLookups: 3, reservedForLookups: 2 };
    const { ask, started, endAll } = setUp(limits);
    const owners = ['a', 'b', 'c'].map((owner) => ask(owner, { owner }));
    expect(started).toEqual(['a', 'b']);
    const lookups = ['l0', 'l1', 'l2', 'l3'].map((name) => ask(name, { lane: 'lookups' }));
    expect(started).toEqual(['a', 'b', 'l0', 'l1']);
    await endAll();
    await Promise.all([...owners, ...lookups]);
  });

  it('leaves room for other work', async () => {
    const limits = { maxRunning: 4, perShare: 2, forLookups: 3, reservedForLookups: 2 };
    const { ask, started, endAll } = setUp(limits);
    const lookups = ['l0', 'l1', 'l2', 'l3'].map((name) => ask(name, { lane: 'lookups' }));
    const owner = ask('a', { owner: 'a' });
    expect(started).toEqual(['l0', 'l1', 'l2', 'a']);
    await endAll();
    await Promise.all([...lookups, owner]);
  });
});

describe('work that locks the same row', () => {
  it('runs one at a time, in the order of its arrival', async () => {
    const { ask, askMany, started, endAll } = setUp({ maxRunning: 4, perShare: 3 });
    const same = askMany('a', 3, ['users 1']);
    const other = ask('other', { owner: 'a', rows: ['users 2'] });
    await aTurn();
    expect(started).toEqual(['a0', 'other']);
    await endAll();
    await Promise.all([...same, other]);
    expect(started).toEqual(['a0', 'other', 'a1', 'a2']);
  });

  it('waits for the work of other owners', async () => {
    const { ask, started, end } = setUp({ maxRunning: 4, perShare: 3 });
    const both = [ask('a', { owner: 'a', rows: ['1'] }), ask('b', { owner: 'b', rows: ['1'] })];
    expect(started).toEqual(['a']);
    await end('a');
    expect(started).toEqual(['a', 'b']);
    await end('b');
    await Promise.all(both);
  });

  it('starts when all its rows are free, and is not overtaken', async () => {
    const { ask, started, end, endAll } = setUp({ maxRunning: 9, perShare: 9 });
    const asked = [['1'], ['1', '2'], ['2'], ['3']].map((rows, n) => ask(`${n}`, { owner: 'a', rows }));
    await aTurn();
    expect(started).toEqual(['0', '3']);
    await end('0');
    expect(started).toEqual(['0', '3', '1']);
    await endAll();
    await Promise.all(asked);
    expect(started).toEqual(['0', '3', '1', '2']);
  });

  it('queues up to 64', async () => {
    const { askMany, endAll } = setUp();
    const asked = askMany('a', 70, ['users 1']);
    const rejected = rejections(asked);
    await endAll();
    expect(await rejected).toHaveLength(5);
    expect((await rejected)[0]).toMatchObject(rateLimited);
  });
});

describe('a full queue rejects', () => {
  it('an owner with 200 waiting, and no other work', async () => {
    const { ask, askMany, endAll } = setUp();
    const rejected = rejections(askMany('a', 300));
    const others = [ask('b', { owner: 'b' }), ask('service'), ask('lookup', { lane: 'lookups' })];
    await endAll();
    expect(await rejected).toHaveLength(99);
    for (const error of await rejected) expect(error).toMatchObject(rateLimited);
    expect(await Promise.all(others)).toEqual(['b', 'service', 'lookup']);
  });

  it('the owner with the most waiting work when 2,000 wait', async () => {
    const { ask, askMany, endAll } = setUp();
    const holder = ask('holder');
    const most = askMany('a', 200);
    const crowd = Array.from({ length: 12 }, (_, n) => askMany(`c${n} `, 150)).flat();
    const late = ask('late', { owner: 'late' });
    const rejected = rejections([...most, ...crowd]);
    await endAll();
    expect(await holder).toBe('holder');
    expect(await late).toBe('late');
    expect(await rejected).toEqual([expect.objectContaining(rateLimited)]);
    expect(await rejections(most)).toHaveLength(1);
  });

  it('work without an owner when 1,000 wait', async () => {
    const { ask, endAll } = setUp();
    const rejected = rejections(Array.from({ length: 1_002 }, (_, n) => ask(`${n}`)));
    await endAll();
    expect(await rejected).toEqual([expect.objectContaining(unavailable)]);
  });

  it('work that has waited 5 s, and serves the next', async () => {
    jest.useFakeTimers();
    const { queue } = setUp();
    let finish!: () => void;
    const holder = queue.run({ rows: ['1'] }, () => new Promise<void>((resolve) => (finish = resolve)));
    const work = jest.fn(async () => 'done');
    const waiting = expect(queue.run({ owner: 'a', rows: ['1'] }, work)).rejects.toMatchObject(unavailable);
    await jest.advanceTimersByTimeAsync(5_001);
    await waiting;
    finish();
    await holder;
    expect(work).not.toHaveBeenCalled();
    await expect(queue.run({ owner: 'a', rows: ['1'] }, work)).resolves.toBe('done');
  });
});

it('starts work whose turn came while the process was blocked for 5 s', async () => {
  jest.useFakeTimers();
  const { queue } = setUp();
  let finish!: () => void;
  const holder = queue.run({}, () => new Promise<void>((resolve) => (finish = resolve)));
  const waiting = queue.run({}, async () => 'done');
  jest.advanceTimersByTime(5_000);
  finish();
  await holder;
  await jest.advanceTimersByTimeAsync(1);
  await expect(waiting).resolves.toBe('done');
});

it('frees the memory of finished work', async () => {
  const { queue, askMany, endAll } = setUp();
  const asked = rejections([...askMany('a', 250, ['1']), ...askMany('b', 250)]);
  await endAll();
  await asked;
  const { shares, rowLocks, ...counts } = queue as unknown as Record<string, object>;
  expect(shares).toMatchObject({ byName: new Map(), waiting: new Set(), waitingOfOwners: 0 });
  expect(rowLocks).toEqual({ locked: new Set(), waiting: new Map() });
  expect(counts).toMatchObject({ running: 0, runningLookups: 0 });
});
