import type { KeyRef } from '../key-store/api-key.state.js';
import type { Outcome } from '../key-store/outcome.js';
import { addTo, type OutcomeCounts, type PendingKeyCount } from './key-count.store.js';
import { minuteOf, type UsageMinutes } from './minute-totals.js';
import type { PendingItems } from './write-behind.js';

/** What is kept of a key with its counts. */
export type CountedKey = Pick<KeyRef, 'id' | 'type' | 'ownerId'>;

/** Of one key in one minute. */
interface PendingCount {
  readonly ownerId: string;
  readonly keyType: KeyRef['type'];
  readonly outcomes: OutcomeCounts;
}

/** Counts in memory. Adding costs one lookup. Holds at most `max` pairs of key and minute; requests beyond are lost. */
export class PendingCounts implements PendingItems<PendingKeyCount> {
  /** By minute or, below zero, by hour: see `slotOf`. */
  private readonly slots = new Map<number, Map<string, PendingCount>>();
  private slot = Number.NaN;
  private countsByKey = new Map<string, PendingCount>();
  private size = 0;
  private lost = 0;

  constructor(private readonly max: number) {}

  /** `now` is in epoch milliseconds. */
  add(key: CountedKey, outcome: Outcome, now: number): void {
    this.addAt(minuteOf(now), key, outcome, 1);
  }

  /** While the database is away for long, the hours of counts are kept, and their minutes dropped: there is room for many keys. */
  restore(counts: readonly PendingKeyCount[]): void {
    for (const { hour, minute, keyId: id, keyType: type, ownerId, outcome, count } of counts) {
      const isRoomy = this.size * 4 < this.max;
      this.addAt(slotOf(hour, isRoomy ? minute : undefined), { id, type, ownerId }, outcome, count);
    }
  }

  /** Sorted: all processes lock the rows in the same order, so they do not deadlock. */
  take(): PendingKeyCount[] {
    const counts = this.ofOwner(null);
    this.slots.clear();
    this.slot = Number.NaN;
    this.size = 0;
    return counts.sort(
      (a, b) => compare(a.keyId, b.keyId) || a.hour - b.hour || compare(a.outcome, b.outcome),
    );
  }

  ofKey(keyId: string): PendingKeyCount[] {
    return [...this.slots].flatMap(([slot, keys]) => countsIn(slot, keyId, keys.get(keyId)));
  }

  /** Of all owners if it is `null`. */
  ofOwner(ownerId: string | null, isWanted: (slot: number) => boolean = () => true): PendingKeyCount[] {
    const counts: PendingKeyCount[] = [];
    for (const [slot, keys] of this.slots) {
      if (!isWanted(slot)) continue;
      for (const [keyId, pending] of keys)
        if (ownerId === null || pending.ownerId === ownerId) counts.push(...countsIn(slot, keyId, pending));
    }
    return counts;
  }

  /** Of all owners if it is `null`. */
  inMinutes(ownerId: string | null, { fromMinute, toMinute }: UsageMinutes): PendingKeyCount[] {
    return this.ofOwner(ownerId, (slot) => slot >= fromMinute && slot < toMinute);
  }

  /** Number of requests lost since the last call. */
  takeLost(): number {
    const { lost } = this;
    this.lost = 0;
    return lost;
  }

  private addAt(slot: number, key: CountedKey, outcome: Outcome, count: number): void {
    if (slot !== this.slot) this.enter(slot);
    const pending = this.countsByKey.get(key.id) ?? this.begin(key);
    if (pending === undefined) this.lost += count;
    else addTo(pending.outcomes, outcome, count);
  }

  private enter(slot: number): void {
    this.slot = slot;
    this.countsByKey = this.slots.get(slot) ?? new Map();
    this.slots.set(slot, this.countsByKey);
  }

  private begin({ id, type: keyType, ownerId }: CountedKey): PendingCount | undefined {
    if (this.size >= this.max) return undefined;
    this.size += 1;
    const pending = { ownerId, keyType, outcomes: {} };
    this.countsByKey.set(id, pending);
    return pending;
  }
}

const minutesInHour = 60;

/** The minute, which tells the hour, or a number below zero that tells only the hour. */
function slotOf(hour: number, minute: number | undefined): number {
  return minute ?? -1 - hour;
}

function countsIn(slot: number, keyId: string, pending: PendingCount | undefined): PendingKeyCount[] {
  if (pending === undefined) return [];
  const { outcomes, ...key } = pending;
  const time = slot < 0 ? { hour: -1 - slot } : { hour: Math.floor(slot / minutesInHour), minute: slot };
  return Object.entries(outcomes).map(([outcome, count]) => ({
    keyId,
    ...time,
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
