import { expect, it, jest } from '@jest/globals';
import { TimeoutError, withTimeout } from './with-timeout.js';

const never = () => new Promise<never>(() => undefined);

it('resolves and rejects as the work does', async () => {
  await expect(withTimeout(Promise.resolve(1), 1_000)).resolves.toBe(1);
  await expect(withTimeout(Promise.reject(new Error('broken')), 1_000)).rejects.toThrow('broken');
});

it('rejects with a TimeoutError, or with the error that it is given', async () => {
  await expect(withTimeout(never(), 10)).rejects.toThrow(new TimeoutError(10));
  await expect(withTimeout(never(), 10, { error: () => new Error('too slow') })).rejects.toThrow('too slow');
});

it('leaves no timer behind and handles a rejection that comes too late', async () => {
  const clear = jest.spyOn(globalThis, 'clearTimeout');
  await withTimeout(Promise.resolve(), 60_000);
  expect(clear).toHaveBeenCalledTimes(1);
  clear.mockRestore();

  let fail: (error: Error) => void = () => undefined;
  const late = withTimeout(new Promise<never>((_, reject) => (fail = reject)), 10);
  await expect(late).rejects.toThrow(TimeoutError);
  fail(new Error('late'));
  await new Promise((resolve) => setImmediate(resolve));
});

it('waits on by the given clock', async () => {
  const ticks = jest.fn(() => 0);
  const answer = withTimeout(never(), 5, { clock: { ticks, now: Date.now } });
  setTimeout(() => ticks.mockReturnValue(5), 50);
  const started = performance.now();
  await expect(answer).rejects.toThrow(TimeoutError);
  expect(performance.now() - started).toBeGreaterThan(40);
});
