import { z } from 'zod';
import { time } from '../../http/schemas.js';
import { AuthError } from '../../principal/auth-error.js';
import { dayMs } from '../../support/clock.js';
import { type CountOfKey, hourOf, type UsageHours } from '../../usage/key-count.store.js';
import { windowTooLarge } from '../../usage/usage-sums.js';
import type { Series } from '../../usage/usage-totals.js';
import { addCount, bucketsOf, totalOf } from './usage-series.js';

export const moment = z.iso.datetime({ offset: true }).meta({ examples: ['2030-01-31T12:00:00Z'] });
export const bucket = z.enum(['hour', 'day']);

export const usageQuery = z.strictObject({
  from: moment
    .optional()
    .meta({ description: 'RFC 3339; by default 7 days before `to`. The whole hour is counted.' }),
  to: moment.optional().meta({ description: 'RFC 3339; by default now. The whole hour is counted.' }),
  bucket: bucket.default('hour').meta({ description: 'An hour, or a day in UTC.' }),
});
export type UsageQuery = z.infer<typeof usageQuery>;

export const counts = z.record(z.string(), z.int().min(1)).meta({
  id: 'OutcomeCounts',
  description: 'Requests by outcome: `VALID`, `REVOKED`, `EXPIRED`, `RATE_LIMITED`, …',
  examples: [{ VALID: 118, RATE_LIMITED: 2 }],
});

export const usageBucket = z
  .object({ start: time, counts })
  .meta({ id: 'UsageBucket', description: 'An hour or a day in which a key was used.' });

export const keyUsage = z
  .object({ from: time, to: time, bucket, total: counts, buckets: z.array(usageBucket) })
  .meta({ id: 'KeyUsage' });

const defaultLength = 7 * dayMs;

/** The most days of a period, by its buckets. */
const longest = { hour: 92, day: 731 };

const stepIn = { hour: 'an hour', day: 'a day' };

/** What usage is asked about. */
export interface UsagePeriod {
  readonly from: Date;
  readonly to: Date;
  readonly bucket: UsageQuery['bucket'];
}

/**
 * The period of a query at the time `now`. Throws `VALIDATION_FAILED` for one without length, and `WINDOW_TOO_LARGE` for one
 * of more than `most` days.
 */
export function usagePeriodOf({ bucket, ...asked }: UsageQuery, now: number, most = longest): UsagePeriod {
  const { start, end } = spanOf(asked, now, defaultLength);
  if (end - start > most[bucket] * dayMs)
    throw windowTooLarge(`must be at most ${most[bucket]} days before \`to\` in steps of ${stepIn[bucket]}`);
  return { from: new Date(start), to: new Date(end), bucket };
}

/** When a period begins and ends, by default now and `length` before. Throws `VALIDATION_FAILED` for one without length. */
export function spanOf({ from, to }: Pick<UsageQuery, 'from' | 'to'>, now: number, length: number) {
  const end = to === undefined ? now : Date.parse(to);
  const start = from === undefined ? end - length : Date.parse(from);
  if (start >= end)
    throw new AuthError('VALIDATION_FAILED', {
      details: [{ path: 'from', message: 'must be before `to`' }],
    });
  return { start, end };
}

/** The hours that a period touches. */
export function hoursOf({ from, to, bucket }: UsagePeriod): UsageHours {
  return {
    fromHour: hourOf(from.getTime()),
    toHour: hourOf(to.getTime() - 1) + 1,
    bucketHours: bucket === 'day' ? 24 : 1,
  };
}

/** The counts in total and per bucket, earliest first. Buckets without counts are omitted. */
export function toKeyUsage(period: UsagePeriod, found: readonly CountOfKey[]) {
  const series: Series = new Map();
  for (const count of found) addCount(series, count.hour, count);
  return { ...period, total: totalOf(series.values()), buckets: bucketsOf(series) };
}

/** The 24 hours up to now, the current one included. */
export function lastDay(now: number): UsageHours {
  const toHour = hourOf(now) + 1;
  return { fromHour: toHour - 24, toHour, bucketHours: 24 };
}
