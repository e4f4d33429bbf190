import { afterEach, expect, it, jest } from '@jest/globals';
import { Clock } from '../support/clock.js';
import { KeyLimits } from './key-limits.js';
import { MemoryRateLimiter } from './rate-limiter.js';

const limits = (max?: number) => new KeyLimits(new MemoryRateLimiter(new Clock(), max));
const admitted = (states: readonly { exceeded: boolean }[]) =>
  states.filter(({ exceeded }) => !exceeded).length;

afterEach(() => void jest.restoreAllMocks());

it('allows exactly the limit of concurrent requests', async () => {
  const keys = limits();
  const all = Array.from({ length: 200 }, () => keys.charge('a', { limit: 50, windowSeconds: 60 }));
  expect(admitted(await Promise.all(all))).toBe(50);
});

it('begins a window with its first request, and later ones do not extend it', async () => {
  let ticks = 0;
  const clock = Object.assign(new Clock(), { ticks: () => ticks });
  const keys = new KeyLimits(new MemoryRateLimiter(clock));
  const limit = { limit: 2, windowSeconds: 1 };
  await keys.charge('a', limit);
  ticks = 999;
  await keys.charge('a', limit);
  expect((await keys.charge('a', limit)).exceeded).toBe(true);
  ticks = 1_000;
  expect(await keys.charge('a', limit)).toMatchObject({ exceeded: false, remaining: 1 });
});

it('counts each key separately', async () => {
  const keys = limits();
  const limit = { limit: 1, windowSeconds: 60 };
  await keys.charge('a', limit);
  expect((await keys.charge('b', limit)).exceeded).toBe(false);
  expect((await keys.charge('a', limit)).exceeded).toBe(true);
});

it('applies a changed limit from the next request on', async () => {
  const keys = limits();
  await keys.charge('a', { limit: 50, windowSeconds: 60 });
  await keys.charge('a', { limit: 50, windowSeconds: 60 });
  expect((await keys.charge('a', { limit: 2, windowSeconds: 60 })).exceeded).toBe(true);
  expect(await keys.charge('a', { limit: 5, windowSeconds: 60 })).toMatchObject({
    exceeded: false,
    remaining: 1,
  });
  expect(await keys.charge('a', { limit: 2, windowSeconds: 30 })).toMatchObject({
    exceeded: false,
    remaining: 1,
  });
});

it.each([
  ['two hours forward', 7_200_000],
  ['a day back', -86_400_000],
])('neither ends nor extends a window when the clock is set %s', async (_, offset) => {
  const keys = limits();
  const limit = { limit: 1, windowSeconds: 60 };
  await keys.charge('a', limit);
  const set = Date.now() + offset;
  jest.spyOn(Date, 'now').mockImplementation(() => set);
  const { exceeded, resetSeconds } = await keys.charge('a', limit);
  expect(exceeded).toBe(true);
  expect(resetSeconds).toBeGreaterThan(0);
  expect(resetSeconds).toBeLessThanOrEqual(60);
});

it('reads without counting', async () => {
  const keys = limits();
  const limit = { limit: 1, windowSeconds: 60 };
  expect(await keys.read('a', limit)).toEqual({
    ...limit,
    remaining: 1,
    resetSeconds: 60,
    exceeded: false,
  });
  await keys.charge('a', limit);
  expect(await keys.read('a', limit)).toMatchObject({ remaining: 0, exceeded: true });
  expect(await keys.read('a', limit)).toMatchObject({ remaining: 0, exceeded: true });
});

it('drops the least recently used window when there are too many', async () => {
  const keys = limits(2);
  const limit = { limit: 1, windowSeconds: 60 };
  for (const key of ['a', 'b', 'b', 'c']) await keys.charge(key, limit);
  expect((await keys.read('a', limit)).exceeded).toBe(false);
  expect((await keys.read('b', limit)).exceeded).toBe(true);
  expect((await keys.read('c', limit)).exceeded).toBe(true);
});
