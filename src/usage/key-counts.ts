import { Injectable, Logger } from '@nestjs/common';
import type { ReadOptions } from '../database/database.js';
import type { Outcome } from '../key-store/outcome.js';
import { Clock } from '../support/clock.js';
import {
  addTo,
  hourOf,
  type KeyCount,
  KeyCountStore,
  type OutcomeCounts,
  type UsageHours,
} from './key-count.store.js';
import { type PendingItems, WriteBehind } from './write-behind.js';

/** Counts every request with a known key. The counts are written once a minute. */
@Injectable()
export class KeyCounts {
  private readonly logger = new Logger('KeyUsage');
  private readonly pending = new PendingCounts(250_000);
  private readonly buffer: WriteBehind<KeyCount>;

  constructor(
    private readonly store: KeyCountStore,
    private readonly clock: Clock,
  ) {
    this.buffer = new WriteBehind({
      what: 'counts of keys',
      pending: this.pending,
      write: (batch) => store.add(batch),
      batchSize: 500,
      delayMs: 60_000,
      retryMs: 60_000,
      onFlushed: () => this.logLost(),
    });
  }

  add(keyId: string, outcome: Outcome): void {
    this.pending.add(keyId, outcome, this.clock.now());
    this.buffer.schedule();
  }

  /** Written and pending counts of a key, in no order. The `hour` of each is the first one of its bucket. */
  async find(keyId: string, hours: UsageHours, requester?: ReadOptions): Promise<KeyCount[]> {
    // During a flush, counts may be missing here and not yet be in the table.
    await this.buffer.whenIdle();
    const { flushes } = this.buffer;
    const written = await this.store.find(keyId, hours, requester);
    if (flushes !== this.buffer.flushes) return this.find(keyId, hours, requester);
    const { fromHour, toHour, bucketHours } = hours;
    const unwritten = this.pending
      .ofKey(keyId)
      .filter(({ hour }) => hour >= fromHour && hour < toHour)
      .map((count) => ({ ...count, hour: count.hour - (count.hour % bucketHours) }));
    return [...written, ...unwritten];
  }

  /** Writes all pending counts now, as far as possible. Never rejects. */
  flush(): Promise<void> {
    return this.buffer.flush();
  }

  private logLost(): void {
    const lost = this.pending.takeLost();
    if (lost > 0)
      this.logger.warn(`${lost} requests were not counted: too many keys are waiting to be written`);
  }
}

/** Counts in memory. Adding costs one lookup. Holds at most `max` pairs of key and hour; requests beyond are lost. */
export class PendingCounts implements PendingItems<KeyCount> {
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

  restore(counts: readonly KeyCount[]): void {
    for (const { hour, keyId, outcome, count } of counts) this.addAt(hour, keyId, outcome, count);
  }

  /** Sorted: all processes lock the rows in the same order, so they do not deadlock. */
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

  /** Number of requests lost since the last call. */
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
