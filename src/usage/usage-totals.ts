import { addTo, type OutcomeCounts } from './key-count.store.js';
import { type GroupedCount, windowTooLarge } from './usage-sums.js';

/** Counts by the first hour of their bucket. */
export type Series = Map<number, OutcomeCounts>;

const mostGroups = 10_000;

/** Adds up the sums of many groups: in total by group, and by bucket for all groups together and for those in `followed`. */
export class UsageTotals {
  readonly groups = new Map<string, OutcomeCounts>();
  readonly all: Series = new Map();
  readonly series = new Map<string, Series>();

  constructor(followed: Iterable<string>) {
    for (const group of followed) this.series.set(group, new Map());
  }

  /** Throws `WINDOW_TOO_LARGE` for more groups than there is room for. */
  addAll(sums: Iterable<GroupedCount>): void {
    for (const { group, hour, outcome, count } of sums) {
      addTo(countsIn(this.groups, group), outcome, count);
      addTo(countsIn(this.all, hour), outcome, count);
      const series = this.series.get(group);
      if (series !== undefined) addTo(countsIn(series, hour), outcome, count);
    }
    if (this.groups.size > mostGroups)
      throw windowTooLarge(`holds more than ${mostGroups.toLocaleString('en')} groups; ask for fewer hours`);
  }
}

function countsIn<K>(counts: Map<K, OutcomeCounts>, name: K): OutcomeCounts {
  const known = counts.get(name);
  if (known !== undefined) return known;
  const none: OutcomeCounts = {};
  counts.set(name, none);
  return none;
}
