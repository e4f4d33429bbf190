import { addTo, type KeyCount, type OutcomeCounts, startOfHour } from '../usage/key-count.store.js';
import type { UsagePeriod } from './usage-period.js';

/** Counts as they are shown: in all, and for each bucket that has any, the earliest first. */
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
