import type { Outcome } from '../../key-store/outcome.js';
import { addTo, type CountOfKey, type OutcomeCounts, startOfHour } from '../../usage/key-count.store.js';
import type { Series } from '../../usage/usage-totals.js';

/** A series of its own for each outcome. */
export function byOutcome(all: Series): Map<string, Series> {
  const series = new Map<string, Series>();
  for (const [hour, counts] of all)
    for (const [outcome, count] of Object.entries(counts))
      addToSeries(series, outcome, { hour, outcome: outcome as Outcome, count });
  return series;
}

/** All counts together, and those of each key. */
export function seriesByKey(counts: readonly CountOfKey[]) {
  const all: Series = new Map();
  const series = new Map<string, Series>();
  for (const { keyId, ...count } of counts) {
    addToSeries(series, keyId, count);
    addCount(all, count.hour, count);
  }
  return { all, series };
}

export function addToSeries(
  series: Map<string, Series>,
  group: string,
  count: Omit<CountOfKey, 'keyId'>,
): void {
  const buckets: Series = series.get(group) ?? new Map();
  series.set(group, buckets);
  addCount(buckets, count.hour, count);
}

/** `bucket` is an hour, or a minute in a series of minutes. */
export function addCount(
  buckets: Series,
  bucket: number,
  { outcome, count }: Pick<CountOfKey, 'outcome' | 'count'>,
): void {
  const counts = buckets.get(bucket) ?? {};
  buckets.set(bucket, counts);
  addTo(counts, outcome, count);
}

export function bucketsOf(series: Series, startOf = startOfHour) {
  return [...series]
    .sort(([a], [b]) => a - b)
    .map(([bucket, counts]) => ({ start: new Date(startOf(bucket)), counts }));
}

/** The groups with the most requests. */
export function topOf(groups: ReadonlyMap<string, OutcomeCounts>, limit: number): string[] {
  const sums = [...groups].map(([id, counts]) => ({ id, sum: sumOf(counts) }));
  sums.sort((one, other) => other.sum - one.sum || (one.id < other.id ? -1 : 1));
  return sums.slice(0, limit).map(({ id }) => id);
}

function sumOf(counts: OutcomeCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** The groups that are not shown, together; `null` if there are none. */
export function othersOf(groups: ReadonlyMap<string, OutcomeCounts>, shown: readonly string[]) {
  const others = new Map(groups);
  for (const id of shown) others.delete(id);
  return others.size === 0 ? null : { groups: others.size, total: totalOf(others.values()) };
}

/** The sum of counts. */
export function totalOf(all: Iterable<OutcomeCounts>): OutcomeCounts {
  const total: OutcomeCounts = {};
  for (const counts of all)
    for (const [outcome, count] of Object.entries(counts)) addTo(total, outcome as Outcome, count);
  return total;
}
