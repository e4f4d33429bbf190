import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Clock } from '../support/clock.js';
import { CountJournal } from './count-journal.js';
import type { KeyCountStore } from './key-count.store.js';

let store: { add: jest.Mock<KeyCountStore['add']>; find: jest.Mock<KeyCountStore['find']> };
let journal: CountJournal;

beforeEach(() => {
  Logger.overrideLogger(false);
  jest.useFakeTimers({ doNotFake: ['setImmediate'], now: 0 });
  store = {
    add: jest.fn<KeyCountStore['add']>().mockResolvedValue(),
    find: jest.fn<KeyCountStore['find']>().mockResolvedValue([]),
  };
  journal = new CountJournal(store as unknown as KeyCountStore, new Clock());
});

afterEach(() => {
  jest.useRealTimers();
});

async function pass(milliseconds: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(milliseconds);
  await new Promise((resolve) => setImmediate(resolve));
}

const written = () => store.add.mock.calls.map(([counts]) => counts.map(({ count }) => count));
const everything = { fromHour: 0, toHour: 9, bucketHours: 1 } as const;

it('writes the counts of a minute at its end', async () => {
  journal.count('a', 'VALID');
  await pass(30_000);
  journal.count('a', 'VALID');
  await pass(29_999);
  expect(written()).toEqual([]);
  await pass(1);
  journal.count('a', 'VALID');
  await pass(60_000);
  await pass(600_000);
  expect(written()).toEqual([[2], [1]]);
});

it('keeps what cannot be written for the next minute', async () => {
  store.add.mockRejectedValueOnce(new Error('out of order'));
  journal.count('a', 'VALID');
  await pass(60_000);
  journal.count('a', 'VALID');
  await pass(60_000);
  expect(written()).toEqual([[1], [2]]);
});

it('tells what is written and what is not, and nothing twice while it writes', async () => {
  const row = { keyId: 'a', hour: 0, outcome: 'VALID', count: 0 } as const;
  let inTable = 5;
  store.find.mockImplementation(async () => [{ ...row, count: inTable }]);
  store.add.mockImplementation(async ([first]) => {
    journal.count('a', 'VALID');
    inTable += first?.count ?? 0;
    await new Promise((resolve) => setImmediate(resolve));
  });
  journal.count('a', 'VALID');
  const flushing = journal.flush();
  const found = await journal.countsOf('a', everything);
  await flushing;
  expect(found.map(({ count }) => count)).toEqual([6, 1]);
});

it('leaves out what is not in the hours asked for', async () => {
  journal.count('a', 'VALID');
  expect(await journal.countsOf('a', { ...everything, fromHour: 1 })).toEqual([]);
  expect(await journal.countsOf('a', { ...everything, toHour: 0 })).toEqual([]);
  expect(await journal.countsOf('b', everything)).toEqual([]);
});
