import { expect, it } from '@jest/globals';
import { FixedClock } from './fixed-clock.js';

it('stands still until it is moved', async () => {
  const clock = new FixedClock('2030-06-01T00:00:00Z');
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect([clock.now(), clock.ticks()]).toEqual([Date.UTC(2030, 5), 0]);
});

it('advances wall clock and ticks together; setting the time moves only the wall clock', () => {
  const clock = new FixedClock(new Date(1_000));
  clock.advance(500);
  expect([clock.now(), clock.ticks()]).toEqual([1_500, 500]);
  clock.set(200);
  expect([clock.now(), clock.ticks()]).toEqual([200, 500]);
});

it.each([-1, Number.NaN, Infinity])('does not pass %s milliseconds', (milliseconds) => {
  expect(() => new FixedClock().advance(milliseconds)).toThrow(RangeError);
});

it('rejects an invalid time', () => {
  expect(() => new FixedClock('tomorrow')).toThrow(RangeError);
  expect(() => new FixedClock().set(Number.NaN)).toThrow(RangeError);
});
