import { AuthError } from '../principal/auth-error.js';
import { hourOf, type UsageHours } from '../usage/key-count.store.js';
import type { UsageQuery } from './key-usage.schemas.js';

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
