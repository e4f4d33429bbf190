import { z } from 'zod';
import { time } from '../http/schemas.js';
import { AuthError } from '../principal/auth-error.js';
import {
  addTo,
  hourOf,
  type KeyCount,
  type OutcomeCounts,
  startOfHour,
  type UsageHours,
} from '../usage/key-count.store.js';

const moment = z.iso.datetime({ offset: true }).meta({ examples: ['2030-01-31T12:00:00Z'] });
const bucket = z.enum(['hour', 'day']);

export const usageQuery = z.strictObject({
  from: moment
    .optional()
    .meta({ description: 'RFC 3339; by default 7 days before `to`. The whole hour is counted.' }),
  to: moment.optional().meta({ description: 'RFC 3339; by default now. The whole hour is counted.' }),
  bucket: bucket.default('hour').meta({ description: 'An hour, or a day in UTC.' }),
});
export type UsageQuery = z.infer<typeof usageQuery>;

const counts = z.record(z.string(), z.int().min(1)).meta({
  id: 'OutcomeCounts',
  description: 'Requests by outcome: `VALID`, `REVOKED`, `EXPIRED`, `RATE_LIMITED`, …',
  examples: [{ VALID: 118, RATE_LIMITED: 2 }],
});

const usageBucket = z
  .object({ start: time, counts })
  .meta({ id: 'UsageBucket', description: 'An hour or a day in which the key was used.' });

export const keyUsage = z
  .object({ from: time, to: time, bucket, total: counts, buckets: z.array(usageBucket) })
  .meta({ id: 'KeyUsage' });

const day = 86_400_000;
const defaultLength = 7 * day;

const longest = {
  hour: { length: 92 * day, words: '92 days' },
  day: { length: 731 * day, words: '2 years' },
} as const;

/** What usage is asked about. */
export interface UsagePeriod {
  readonly from: Date;
  readonly to: Date;
  readonly bucket: UsageQuery['bucket'];
}

/** The period of a query at the time `now`. Throws `VALIDATION_FAILED` for one without or with too great a length. */
export function usagePeriodOf({ from, to, bucket }: UsageQuery, now: number): UsagePeriod {
  const end = to === undefined ? now : Date.parse(to);
  const start = from === undefined ? end - defaultLength : Date.parse(from);
  const { length, words } = longest[bucket];
  if (start >= end) throw badFrom('must be before `to`');
  if (end - start > length)
    throw badFrom(`must be at most ${words} before \`to\` for buckets of a ${bucket}`);
  return { from: new Date(start), to: new Date(end), bucket };
}

/** The hours that a period touches. */
export function hoursOf({ from, to, bucket }: UsagePeriod): UsageHours {
  return {
    fromHour: hourOf(from.getTime()),
    toHour: hourOf(to.getTime() - 1) + 1,
    bucketHours: bucket === 'day' ? 24 : 1,
  };
}

function badFrom(message: string): AuthError {
  return new AuthError('VALIDATION_FAILED', { details: [{ path: 'from', message }] });
}

/** The counts in total and per bucket, earliest first. Buckets without counts are omitted. */
export function toKeyUsage(period: UsagePeriod, found: readonly KeyCount[]) {
  const total: OutcomeCounts = {};
  const byHour = new Map<number, OutcomeCounts>();
  for (const { hour, outcome, count } of found) {
    const counts = byHour.get(hour) ?? {};
    byHour.set(hour, counts);
    addTo(counts, outcome, count);
    addTo(total, outcome, count);
  }
  const buckets = [...byHour]
    .sort(([a], [b]) => a - b)
    .map(([hour, counts]) => ({ start: new Date(startOfHour(hour)), counts }));
  return { ...period, total, buckets };
}
