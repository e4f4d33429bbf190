import type { Outcome } from '../key-store/outcome.js';
import { addTo, hourOf, type KeyCount, type OutcomeCounts } from './key-count.store.js';

/** What was counted and is not written yet. To add to it costs a lookup; at most `max` hours of keys have room. */
export class KeyCounts {
  private readonly hours = new Map<number, Map<string, OutcomeCounts>>();
  private hour = Number.NaN;
  private countsByKey = new Map<string, OutcomeCounts>();
  private size = 0;
  private lost = 0;

  constructor(private readonly max: number) {}

  /** `now` is in epoch milliseconds. */
  add(keyId: string, outcome: Outcome, now: number): void {
    this.addAt(hourOf(now), keyId, outcome, 1);
  }

  /** Takes back what could not be written. */
  restore(counts: readonly KeyCount[]): void {
    for (const { hour, keyId, outcome, count } of counts) this.addAt(hour, keyId, outcome, count);
  }

  /** Hands over everything, in the one order that all writers keep, so that no two lock the same rows crosswise. */
  take(): KeyCount[] {
    const counts = [...this.hours].flatMap(([hour, keys]) =>
      [...keys].flatMap(([keyId, outcomes]) => countsIn(hour, keyId, outcomes)),
    );
    this.hours.clear();
    this.hour = Number.NaN;
    this.size = 0;
    return counts.sort(
      (a, b) => compare(a.keyId, b.keyId) || a.hour - b.hour || compare(a.outcome, b.outcome),
    );
  }

  ofKey(keyId: string): KeyCount[] {
    return [...this.hours].flatMap(([hour, keys]) => countsIn(hour, keyId, keys.get(keyId) ?? {}));
  }

  /** How many requests had no room since it was last asked. */
  takeLost(): number {
    const { lost } = this;
    this.lost = 0;
    return lost;
  }

  private addAt(hour: number, keyId: string, outcome: Outcome, count: number): void {
    if (hour !== this.hour) this.enter(hour);
    const counts = this.countsByKey.get(keyId) ?? this.begin(keyId);
    if (counts === undefined) this.lost += count;
    else addTo(counts, outcome, count);
  }

  private enter(hour: number): void {
    this.hour = hour;
    this.countsByKey = this.hours.get(hour) ?? new Map();
    this.hours.set(hour, this.countsByKey);
  }

  private begin(keyId: string): OutcomeCounts | undefined {
    if (this.size >= this.max) return undefined;
    this.size += 1;
    const counts: OutcomeCounts = {};
    this.countsByKey.set(keyId, counts);
    return counts;
  }
}

function countsIn(hour: number, keyId: string, outcomes: OutcomeCounts): KeyCount[] {
  return Object.entries(outcomes).map(([outcome, count]) => ({
    keyId,
    hour,
    outcome: outcome as Outcome,
    count,
  }));
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
