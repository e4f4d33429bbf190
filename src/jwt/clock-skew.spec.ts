import { expect, it } from '@jest/globals';
import { clockSkewOf } from './clock-skew.js';

const noon = Date.parse('2026-03-01T12:00:00Z');
const skew = (headers: Record<string, string>, sentAt = noon, receivedAt = sentAt) =>
  clockSkewOf(new Headers(headers), sentAt, receivedAt);
const date = (ms: number) => ({ date: new Date(ms).toUTCString() });

it('is the difference to the middle of the round trip, give or take half of it', () => {
  expect(skew(date(noon), noon + 500)).toEqual({ seconds: 0, plusMinus: 0.5 });
  expect(skew(date(noon + 30_000), noon, noon + 1_000)).toEqual({ seconds: 30, plusMinus: 1 });
  expect(skew(date(noon - 90_000), noon + 100, noon + 900)).toEqual({ seconds: -90, plusMinus: 0.9 });
});

it('adds the time that an answer was in a cache', () => {
  expect(skew({ ...date(noon - 3_600_000), age: '3600' }, noon + 500)?.seconds).toBe(0);
  expect(skew({ ...date(noon), age: '-5' }, noon + 500)?.seconds).toBe(0);
  expect(skew({ ...date(noon), age: 'x'.repeat(1_000) }, noon + 500)?.seconds).toBe(0);
});

it('is unknown without a date', () => {
  for (const headers of [
    {},
    { date: '' },
    { date: 'yesterday' },
    { date: 'foo 1' },
    { date: '2026-03-01' },
    { date: '9'.repeat(400) },
  ])
    expect(skew(headers as Record<string, string>)).toBeNull();
});
