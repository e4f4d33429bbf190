import { describe, expect, it, jest } from '@jest/globals';
import { BackOff, pauseAfter, TimeoutError, withTimeout } from './timers.js';
import { Clock } from './clock.js';

const never = () => new Promise<never>(() => undefined);

it('resolves and rejects with the result of the work', async () => {
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

it('keeps waiting by the given clock', async () => {
  const ticks = jest.fn(() => 0);
  const answer = withTimeout(never(), 5, { clock: { ticks, now: Date.now } });
  setTimeout(() => ticks.mockReturnValue(5), 50);
  const started = performance.now();
  await expect(answer).rejects.toThrow(TimeoutError);
  expect(performance.now() - started).toBeGreaterThan(40);
});

class FakeClock extends Clock {
  time = 0;
  override ticks(): number {
    return this.time;
  }
}

describe('BackOff', () => {
  it('pauses for 1 s, then twice as long each time up to 30 s, and up to a fifth more', () => {
    const backOff = new BackOff(new FakeClock());
    expect(backOff.remaining()).toBe(0);
    for (const pause of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      backOff.failed();
      expect(backOff.remaining()).toBeGreaterThanOrEqual(pause);
      expect(backOff.remaining()).toBeLessThanOrEqual(pause * 1.2);
    }
  });

  it('accepts other lengths, and returns each pause', () => {
    const backOff = new BackOff(new FakeClock(), { firstMs: 100, maxMs: 300, jitter: 0 });
    expect([backOff.failed(), backOff.failed(), backOff.failed()]).toEqual([100, 200, 300]);
    expect(backOff.remaining()).toBe(300);
    expect(pauseAfter(5_000, { jitter: 0 })).toBe(30_000);
  });

  it('ends when its time has passed, and starts again after a success', () => {
    const clock = new FakeClock();
    const backOff = new BackOff(clock);
    backOff.failed();
    backOff.failed();
    clock.time += 2_400;
    expect(backOff.remaining()).toBe(0);
    expect(backOff.isFailing).toBe(true);
    backOff.succeeded();
    expect(backOff.isFailing).toBe(false);
    backOff.failed();
    expect(backOff.remaining()).toBeLessThanOrEqual(1_200);
    backOff.succeeded();
    expect(backOff.remaining()).toBe(0);
  });
});
