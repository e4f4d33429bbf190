import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Clock } from '../support/clock.js';
import type { KeyCountStore } from './key-count.store.js';
import { KeyCounts } from './key-counts.js';
import type { OutcomeSums } from './outcome-sums.js';
import { PendingCounts } from './pending-counts.js';
import type { UsageSums } from './usage-sums.js';

let store: {
  readonly add: jest.Mock<KeyCountStore['add']>;
  readonly find: jest.Mock<KeyCountStore['find']>;
  readonly deleteOldMinutes: jest.Mock<KeyCountStore['deleteOldMinutes']>;
};
let counts: KeyCounts;

const a = { id: 'a', type: 'api_key', ownerId: 'o' } as const;
const b = { id: 'b', type: 'tool_key', ownerId: 'p' } as const;
const ofA = { keyId: 'a', keyType: 'api_key', ownerId: 'o' };
const ofB = { keyId: 'b', keyType: 'tool_key', ownerId: 'p' };

beforeEach(() => {
  Logger.overrideLogger(false);
  jest.useFakeTimers({ doNotFake: ['setImmediate'], now: 0 });
  store = {
    add: jest.fn<KeyCountStore['add']>().mockResolvedValue(),
    find: jest.fn<KeyCountStore['find']>().mockResolvedValue([]),
    deleteOldMinutes: jest.fn<KeyCountStore['deleteOldMinutes']>().mockResolvedValue(),
  };
  counts = new KeyCounts(store as unknown as KeyCountStore, {} as UsageSums, {} as OutcomeSums, new Clock());
});

afterEach(() => {
  jest.useRealTimers();
});

async function pass(milliseconds: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(milliseconds);
  await new Promise((resolve) => setImmediate(resolve));
}

const written = () => store.add.mock.calls.map(([batch]) => batch.map(({ count }) => count));
const everything = { fromHour: 0, toHour: 9, bucketHours: 1 } as const;

it('writes the counts of a minute at its end', async () => {
  counts.add(a, 'VALID');
  await pass(30_000);
  counts.add(a, 'VALID');
  await pass(29_999);
  expect(written()).toEqual([]);
  await pass(1);
  counts.add(a, 'VALID');
  await pass(60_000);
  await pass(600_000);
  expect(written()).toEqual([[2], [1]]);
  expect(store.deleteOldMinutes).toHaveBeenCalledTimes(2);
});

it('writes counts also when old ones cannot be deleted', async () => {
  store.deleteOldMinutes.mockRejectedValue(new Error('busy'));
  counts.add(a, 'VALID');
  await pass(600_000);
  expect(written()).toEqual([[1]]);
});

it('keeps what cannot be written for the next minute', async () => {
  store.add.mockRejectedValueOnce(new Error('out of order'));
  counts.add(a, 'VALID');
  await pass(60_000);
  counts.add(a, 'VALID');
  await pass(60_000);
  expect(written()).toEqual([[1], [1, 1]]);
});

it('finds written and pending counts, and none twice during a write', async () => {
  const row = { ...ofA, hour: 0, outcome: 'VALID', count: 0 } as const;
  let inTable = 5;
  store.find.mockImplementation(async () => [{ ...row, count: inTable }]);
  store.add.mockImplementation(async ([first]) => {
    counts.add(a, 'VALID');
    inTable += first?.count ?? 0;
    await new Promise((resolve) => setImmediate(resolve));
  });
  counts.add(a, 'VALID');
  const flushing = counts.flush();
  const found = await counts.find(['a'], everything);
  await flushing;
  expect(found.map(({ count }) => count)).toEqual([6, 1]);
});

it('leaves out counts outside the requested hours', async () => {
  counts.add(a, 'VALID');
  expect(await counts.find(['a'], { ...everything, fromHour: 1 })).toEqual([]);
  expect(await counts.find(['a'], { ...everything, toHour: 0 })).toEqual([]);
  expect(await counts.find(['b'], everything)).toEqual([]);
});

const hour = 3_600_000;

describe('PendingCounts', () => {
  it('counts by key, minute and outcome, and returns them in order and once', () => {
    const pending = new PendingCounts(10);
    pending.add(b, 'VALID', 2 * hour);
    pending.add(a, 'VALID', 2 * hour);
    pending.add(a, 'REVOKED', 2 * hour - 1);
    pending.add(a, 'EXPIRED', 2 * hour - 1);
    pending.add(a, 'VALID', 2 * hour + 59_999);
    pending.add(a, 'VALID', 3 * hour - 1);
    const taken = [
      { ...ofA, hour: 1, minute: 119, outcome: 'EXPIRED', count: 1 },
      { ...ofA, hour: 1, minute: 119, outcome: 'REVOKED', count: 1 },
      { ...ofA, hour: 2, minute: 120, outcome: 'VALID', count: 2 },
      { ...ofA, hour: 2, minute: 179, outcome: 'VALID', count: 1 },
      { ...ofB, hour: 2, minute: 120, outcome: 'VALID', count: 1 },
    ];
    expect(pending.ofKey('b')).toEqual(taken.slice(4));
    expect(pending.ofOwner('p')).toEqual(taken.slice(4));
    expect(pending.ofOwner('q')).toEqual([]);
    expect(pending.inMinutes('o', { fromMinute: 120, toMinute: 179 })).toEqual([taken[2]]);
    expect(pending.inMinutes(null, { fromMinute: 120, toMinute: 121 })).toHaveLength(2);
    expect(pending.take()).toEqual(taken);
    expect(pending.take()).toEqual([]);
  });

  it('adds restored counts to newer ones', () => {
    const pending = new PendingCounts(10);
    pending.add(a, 'VALID', 0);
    const taken = pending.take();
    pending.add(a, 'VALID', 0);
    pending.restore(taken);
    pending.add(a, 'VALID', 0);
    expect(pending.take()).toEqual([{ ...ofA, hour: 0, minute: 0, outcome: 'VALID', count: 3 }]);
  });

  it('has room for as many restored keys as its bound, whatever their minutes', () => {
    const pending = new PendingCounts(8);
    for (let minute = 0; minute < 50; minute++) {
      for (const key of [a, b]) pending.add(key, 'VALID', minute * 60_000);
      pending.restore(pending.take());
    }
    expect(pending.takeLost()).toBe(0);
    const taken = pending.take();
    expect(taken.reduce((sum, { count }) => sum + count, 0)).toBe(100);
    expect(taken.every(({ hour: at }) => at === 0)).toBe(true);
    expect(pending.inMinutes(null, { fromMinute: -10, toMinute: 0 })).toEqual([]);
  });

  it('keeps no more than its bound, goes on counting the keys it has, and reports how many were lost', () => {
    const pending = new PendingCounts(1);
    for (const key of [a, b, a, b]) pending.add(key, 'VALID', 0);
    expect(pending.takeLost()).toBe(2);
    expect(pending.takeLost()).toBe(0);
    expect(pending.take()).toEqual([{ ...ofA, hour: 0, minute: 0, outcome: 'VALID', count: 2 }]);
    pending.add(b, 'VALID', 0);
    expect(pending.takeLost()).toBe(0);
  });
});
