import type { Outcome } from '../../key-store/outcome.js';
import { AuthError } from '../../principal/auth-error.js';
import { addTo } from '../../usage/key-count.store.js';
import {
  keptMinutes,
  type MinuteCount,
  minuteOf,
  startOfMinute,
  type UsageMinutes,
} from '../../usage/minute-totals.js';
import { windowTooLarge } from '../../usage/usage-sums.js';
import type { Series } from '../../usage/usage-totals.js';
import { bucketsOf, totalOf } from './key-usage.js';
import type { AllUsageQuery } from './usage.schemas.js';

const minuteMs = 60_000;
const longestMinutes = 120;

export interface MinutePeriod {
  readonly from: Date;
  readonly to: Date;
}

/** The period of a query in steps of a minute, by default the hour before `to`. Throws as `usagePeriodOf` does. */
export function minutePeriodOf({ from, to, groupBy }: AllUsageQuery, now: number): MinutePeriod {
  if (groupBy !== 'outcome') throw invalid('groupBy', 'must be `outcome` in steps of a minute');
  const end = to === undefined ? now : Date.parse(to);
  const start = from === undefined ? end - 60 * minuteMs : Date.parse(from);
  if (start >= end) throw invalid('from', 'must be before `to`');
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
  const byOutcome = new Map<Outcome, Series>();
  for (const { minute, outcome, count } of found)
    for (const series of [all, seriesIn(byOutcome, outcome)]) {
      const counts = series.get(minute) ?? {};
      series.set(minute, counts);
      addTo(counts, outcome, count);
    }
  const groups = [...byOutcome].map(([id, series]) => ({
    id,
    name: null,
    prefix: null,
    total: totalOf(series.values()),
    buckets: bucketsOf(series, startOfMinute),
  }));
  const sizeOf = ({ id, total }: (typeof groups)[number]) => total[id] ?? 0;
  groups.sort((one, other) => sizeOf(other) - sizeOf(one) || (one.id < other.id ? -1 : 1));
  const rest = groups.slice(limit);
  return {
    ...period,
    step: 'minute' as const,
    groupBy: 'outcome' as const,
    total: totalOf(all.values()),
    buckets: bucketsOf(all, startOfMinute),
    groups: groups.slice(0, limit),
    others:
      rest.length === 0 ? null : { groups: rest.length, total: totalOf(rest.map(({ total }) => total)) },
  };
}

function seriesIn(byOutcome: Map<Outcome, Series>, outcome: Outcome): Series {
  const series: Series = byOutcome.get(outcome) ?? new Map();
  byOutcome.set(outcome, series);
  return series;
}

function invalid(path: string, message: string): AuthError {
  return new AuthError('VALIDATION_FAILED', { details: [{ path, message }] });
}
