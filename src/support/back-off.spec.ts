import { describe, expect, it } from '@jest/globals';
import { Clock } from './clock.js';
import { BackOff } from './back-off.js';

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

  it('is over when its time has passed, and begins anew after a success', () => {
    const clock = new FakeClock();
    const backOff = new BackOff(clock);
    backOff.failed();
    backOff.failed();
    clock.time += 2_400;
    expect(backOff.remaining()).toBe(0);
    expect(backOff.failing).toBe(true);
    backOff.succeeded();
    expect(backOff.failing).toBe(false);
    backOff.failed();
    expect(backOff.remaining()).toBeLessThanOrEqual(1_200);
    backOff.succeeded();
    expect(backOff.remaining()).toBe(0);
  });
});
