import { AuthError } from '../../principal/auth-error.js';
import {
  keptMinutes,
  type MinuteCount,
  minuteOf,
  startOfMinute,
  type UsageMinutes,
} from '../../usage/minute-totals.js';
import { windowTooLarge } from '../../usage/usage-sums.js';
import type { Series } from '../../usage/usage-totals.js';
import { spanOf } from './key-usage.js';
import { addCount, bucketsOf, byOutcome, othersOf, topOf, totalOf } from './usage-series.js';
import type { AllUsageQuery } from './usage.schemas.js';

const minuteMs = 60_000;
const longestMinutes = 120;

export interface MinutePeriod {
  readonly from: Date;
  readonly to: Date;
}

/** The period of a query in steps of a minute, by default the hour before `to`. Throws as `usagePeriodOf` does. */
export function minutePeriodOf({ groupBy, ...asked }: AllUsageQuery, now: number): MinutePeriod {
  if (groupBy !== 'outcome')
    throw new AuthError('VALIDATION_FAILED', {
      details: [{ path: 'groupBy', message: 'must be `outcome` in steps of a minute' }],
    });
  const { start, end } = spanOf(asked, now, 60 * minuteMs);
  if (end - start > longestMinutes * minuteMs)
    throw windowTooLarge(`must be at most ${longestMinutes} minutes before \`to\` in steps of a minute`);
  if (minuteOf(start) < minuteOf(now) - keptMinutes)
    throw windowTooLarge(`must be at most ${keptMinutes} minutes ago in steps of a minute`);
  return { from: new Date(start), to: new Date(end) };
}

/** The minutes that a period touches. */
export function minutesOf({ from, to }: MinutePeriod): UsageMinutes {
  return { fromMinute: minuteOf(from.getTime()), toMinute: minuteOf(to.getTime() - 1) + 1 };
}

/** Usage by outcome, as for hours and days. */
export function toMinuteUsage(period: MinutePeriod, found: readonly MinuteCount[], limit: number) {
  const all: Series = new Map();
  for (const count of found) addCount(all, count.minute, count);
  const series = byOutcome(all);
  const totals = new Map([...series].map(([id, buckets]) => [id, totalOf(buckets.values())]));
  const top = topOf(totals, limit);
  return {
    ...period,
    step: 'minute' as const,
    groupBy: 'outcome' as const,
    total: totalOf(all.values()),
    buckets: bucketsOf(all, startOfMinute),
    groups: top.map((id) => ({
      id,
      name: null,
      prefix: null,
      total: totals.get(id) ?? {},
      buckets: bucketsOf(series.get(id) ?? new Map(), startOfMinute),
    })),
    others: othersOf(totals, top),
  };
}
