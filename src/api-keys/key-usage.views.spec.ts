import { expect, it } from '@jest/globals';
import { toKeyUsage } from './key-usage.views.js';

it('sums counts up, in all and by bucket, the earliest first', () => {
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
