import type { KeyRef } from '../key-store/api-key.state.js';
import type { Outcome } from '../key-store/outcome.js';
import { addTo, hourOf, type KeyCount, type OutcomeCounts } from './key-count.store.js';
import type { PendingItems } from './write-behind.js';

/** What is kept of a key with its counts. */
export type CountedKey = Pick<KeyRef, 'id' | 'type' | 'ownerId'>;

/** Of one key in one hour. */
interface PendingCount {
  readonly ownerId: string;
  readonly keyType: KeyRef['type'];
  readonly outcomes: OutcomeCounts;
}

/** Counts in memory. Adding costs one lookup. Holds at most `max` pairs of key and hour; requests beyond are lost. */
export class PendingCounts implements PendingItems<KeyCount> {
  private readonly hours = new Map<number, Map<string, PendingCount>>();
  private hour = Number.NaN;
  private countsByKey = new Map<string, PendingCount>();
  private size = 0;
  private lost = 0;

  constructor(private readonly max: number) {}

  /** `now` is in epoch milliseconds. */
  add(key: CountedKey, outcome: Outcome, now: number): void {
    this.addAt(hourOf(now), key, outcome, 1);
  }

  restore(counts: readonly KeyCount[]): void {
    for (const { hour, keyId: id, keyType: type, ownerId, outcome, count } of counts)
      this.addAt(hour, { id, type, ownerId }, outcome, count);
  }

  /** Sorted: all processes lock the rows in the same order, so they do not deadlock. */
  take(): KeyCount[] {
    const counts = this.ofOwner(null);
    this.hours.clear();
    this.hour = Number.NaN;
    this.size = 0;
    return counts.sort(
      (a, b) => compare(a.keyId, b.keyId) || a.hour - b.hour || compare(a.outcome, b.outcome),
    );
  }

  ofKey(keyId: string): KeyCount[] {
    return [...this.hours].flatMap(([hour, keys]) => countsIn(hour, keyId, keys.get(keyId)));
  }

  /** Of all owners if it is `null`. */
  ofOwner(ownerId: string | null): KeyCount[] {
    const counts: KeyCount[] = [];
    for (const [hour, keys] of this.hours) {
      for (const [keyId, pending] of keys)
        if (ownerId === null || pending.ownerId === ownerId) counts.push(...countsIn(hour, keyId, pending));
    }
    return counts;
  }

  /** Number of requests lost since the last call. */
  takeLost(): number {
    const { lost } = this;
    this.lost = 0;
    return lost;
  }

  private addAt(hour: number, key: CountedKey, outcome: Outcome, count: number): void {
    if (hour !== this.hour) this.enter(hour);
    const pending = this.countsByKey.get(key.id) ?? this.begin(key);
    if (pending === undefined) this.lost += count;
    else addTo(pending.outcomes, outcome, count);
  }

  private enter(hour: number): void {
    this.hour = hour;
    this.countsByKey = this.hours.get(hour) ?? new Map();
    this.hours.set(hour, this.countsByKey);
  }

  private begin({ id, type: keyType, ownerId }: CountedKey): PendingCount | undefined {
    if (this.size >= this.max) return undefined;
    this.size += 1;
    const pending = { ownerId, keyType, outcomes: {} };
    this.countsByKey.set(id, pending);
    return pending;
  }
}

function countsIn(hour: number, keyId: string, pending: PendingCount | undefined): KeyCount[] {
  if (pending === undefined) return [];
  const { outcomes, ...key } = pending;
  return Object.entries(outcomes).map(([outcome, count]) => ({
    keyId,
    hour,
    outcome: outcome as Outcome,
    count,
    ...key,
  }));
}

/** For the one order in which all processes lock rows. */
export function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
