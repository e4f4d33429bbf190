import { expect, it, jest } from '@jest/globals';
import { AuthError } from '../principal/auth-error.js';
import { writeInBatches } from './write-in-batches.js';

const failingAt = (batch: string, error: Error) =>
  jest.fn(async (items: readonly number[]) => {
    if (items.join() === batch) throw error;
  });

it('writes everything in batches', async () => {
  const write = failingAt('none', new Error());
  expect(await writeInBatches([1, 2, 3, 4, 5], 2, write)).toEqual({ items: [] });
  expect(write.mock.calls).toEqual([[[1, 2]], [[3, 4]], [[5]]]);
});

it('tells what was not written, and goes on with the rest', async () => {
  const error = new Error('bad row');
  const write = failingAt('1,2', error);
  expect(await writeInBatches([1, 2, 3], 2, write)).toEqual({ items: [1, 2], error });
  expect(write).toHaveBeenCalledTimes(2);
});

it('tries nothing more when the database is out of reach', async () => {
  const error = new AuthError('DB_UNAVAILABLE');
  const write = failingAt('3,4', error);
  expect(await writeInBatches([1, 2, 3, 4, 5], 2, write)).toEqual({ items: [3, 4, 5], error });
  expect(write).toHaveBeenCalledTimes(2);
});
