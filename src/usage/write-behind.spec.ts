import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { AuthError } from '../principal/auth-error.js';
import { PendingList, WriteBehind } from './write-behind.js';

let pending: PendingList<number>;
const write = jest.fn<(batch: readonly number[]) => Promise<void>>();
const options = { what: 'numbers', batchSize: 2, delayMs: 1_000, retryMs: 60_000, write };
let buffer: WriteBehind<number>;
const written = () => write.mock.calls.map(([batch]) => batch);

beforeEach(() => {
  Logger.overrideLogger(false);
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
  write.mockReset().mockResolvedValue();
  pending = new PendingList(5);
  buffer = new WriteBehind({ ...options, pending });
});

afterEach(() => {
  jest.useRealTimers();
});

function add(...items: number[]): void {
  for (const item of items) pending.add(item);
  buffer.schedule();
}

function failAt(batch: string, error: Error): void {
  write.mockImplementation(async (items) => {
    if (items.join() === batch) throw error;
  });
}

async function pass(milliseconds: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(milliseconds);
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('a flush', () => {
  it('writes everything in batches', async () => {
    add(1, 2, 3, 4, 5);
    await buffer.flush();
    expect(written()).toEqual([[1, 2], [3, 4], [5]]);
    expect(pending.size).toBe(0);
  });

  it('keeps a batch that fails, and writes the others', async () => {
    failAt('1,2', new Error('bad row'));
    add(1, 2, 3);
    await buffer.flush();
    expect(written()).toEqual([[1, 2], [3]]);
    expect(pending.take()).toEqual([1, 2]);
  });

  it('tries no further batch when the database is unavailable', async () => {
    failAt('3,4', new AuthError('DB_UNAVAILABLE'));
    add(1, 2, 3, 4, 5);
    await buffer.flush();
    expect(written()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(pending.take()).toEqual([3, 4, 5]);
  });

  it('keeps items that are added during a write', async () => {
    write.mockImplementationOnce(async () => add(2));
    add(1);
    await pass(1_000);
    await pass(1_000);
    expect(written()).toEqual([[1], [2]]);
  });

  it('drops items beyond the bound', async () => {
    write.mockImplementationOnce(async () => {
      add(6, 7);
      throw new AuthError('DB_UNAVAILABLE');
    });
    add(1, 2, 3, 4, 5, 6);
    await buffer.flush();
    expect(pending.take()).toEqual([1, 2, 3, 4, 5]);
  });
});

it('writes a second after the first item', async () => {
  add(1);
  await pass(999);
  add(2);
  expect(written()).toEqual([]);
  await pass(1);
  expect(written()).toEqual([[1, 2]]);
  await pass(120_000);
  expect(written()).toHaveLength(1);
});

it('retries a failed write after a minute', async () => {
  write.mockRejectedValueOnce(new Error('out of order'));
  add(1);
  await pass(1_000);
  add(2);
  await pass(59_999);
  expect(written()).toEqual([[1]]);
  await pass(1);
  expect(written()).toEqual([[1], [1, 2]]);
});
