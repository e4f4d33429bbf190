import type { Outcome } from '../../key-store/outcome.js';
import { addTo, type CountOfKey } from '../../usage/key-count.store.js';
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
    addCount(all, count);
  }
  return { all, series };
}

type Count = Omit<CountOfKey, 'keyId'>;

export function addToSeries(series: Map<string, Series>, group: string, count: Count): void {
  const buckets: Series = series.get(group) ?? new Map();
  series.set(group, buckets);
  addCount(buckets, count);
}

function addCount(buckets: Series, { hour, outcome, count }: Count): void {
  const counts = buckets.get(hour) ?? {};
  buckets.set(hour, counts);
  addTo(counts, outcome, count);
}
