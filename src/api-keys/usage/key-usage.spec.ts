import { expect, it } from '@jest/globals';
import { hoursOf, toKeyUsage, usagePeriodOf } from './key-usage.js';

const now = Date.parse('2030-01-31T12:34:56.789Z');
const at = (text: string) => new Date(text);

it('is the last 7 days by default', () => {
  expect(usagePeriodOf({ bucket: 'hour' }, now)).toEqual({
    from: at('2030-01-24T12:34:56.789Z'),
    to: at('2030-01-31T12:34:56.789Z'),
    bucket: 'hour',
  });
  expect(usagePeriodOf({ bucket: 'hour', to: '2029-05-08T02:00:00+02:00' }, now).from).toEqual(
    at('2029-05-01T00:00:00Z'),
  );
});

it.each([
  ['2029-12-31T12:00:00Z', '2029-12-31T12:00:00Z', 'hour', 'VALIDATION_FAILED', 'must be before'],
  ['2030-01-31T12:35:00Z', undefined, 'hour', 'VALIDATION_FAILED', 'must be before'],
  ['2029-01-01T00:00:00Z', '2029-04-03T00:00:00.001Z', 'hour', 'WINDOW_TOO_LARGE', 'at most 92 days'],
  ['2028-01-01T00:00:00Z', '2030-01-01T00:00:00.001Z', 'day', 'WINDOW_TOO_LARGE', 'at most 731 days'],
] as const)('rejects %s to %s by the %s', (from, to, bucket, code, message) => {
  expect(() => usagePeriodOf({ from, to, bucket }, now)).toThrow(
    expect.objectContaining({
      code,
      response: expect.objectContaining({
        details: [{ path: 'from', message: expect.stringContaining(message) }],
      }),
    }) as unknown as Error,
  );
});

it.each([
  ['2029-01-01T00:00:00Z', '2029-04-03T00:00:00Z', 'hour'],
  ['2028-01-01T00:00:00Z', '2030-01-01T00:00:00Z', 'day'],
] as const)('accepts %s to %s by the %s', (from, to, bucket) => {
  expect(usagePeriodOf({ from, to, bucket }, now).bucket).toBe(bucket);
});

it.each([
  ['1970-01-01T01:00:00Z', '1970-01-01T03:00:00Z', 1, 3],
  ['1970-01-01T01:59:59Z', '1970-01-01T03:00:00.001Z', 1, 4],
])('covers every hour that %s to %s overlaps', (from, to, fromHour, toHour) => {
  const period = { from: at(from), to: at(to), bucket: 'day' } as const;
  expect(hoursOf(period)).toEqual({ fromHour, toHour, bucketHours: 24 });
});

it('sums counts in total and by bucket, earliest first', () => {
  const period = { from: new Date(0), to: new Date(1), bucket: 'hour' } as const;
  const counts = [
    { keyId: 'a', hour: 10, outcome: 'VALID', count: 1 },
    { keyId: 'a', hour: 9, outcome: 'EXPIRED', count: 2 },
    { keyId: 'a', hour: 10, outcome: 'VALID', count: 4 },
  ] as const;
  expect(toKeyUsage(period, counts)).toEqual({
    ...period,
    total: { VALID: 5, EXPIRED: 2 },
    buckets: [
      { start: new Date('1970-01-01T09:00:00Z'), counts: { EXPIRED: 2 } },
      { start: new Date('1970-01-01T10:00:00Z'), counts: { VALID: 5 } },
    ],
  });
});
