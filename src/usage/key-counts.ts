import { Injectable, Logger } from '@nestjs/common';
import type { ReadOptions } from '../database/database.js';
import type { Outcome } from '../key-store/outcome.js';
import { Clock } from '../support/clock.js';
import { causeOf } from '../support/errors.js';
import {
  type CountOfKey,
  type KeyCount,
  KeyCountStore,
  type PendingKeyCount,
  type UsageHours,
} from './key-count.store.js';
import { type MinuteCount, minuteOf, type UsageMinutes } from './minute-totals.js';
import { OutcomeSums } from './outcome-sums.js';
import { type CountedKey, PendingCounts } from './pending-counts.js';
import { type GroupedCount, groupOf, type UsageQuestion, UsageSums } from './usage-sums.js';
import { UsageTotals } from './usage-totals.js';
import { WriteBehind } from './write-behind.js';

/** Counts every request with a known key. The counts are written once a minute. */
@Injectable()
export class KeyCounts {
  private readonly logger = new Logger('KeyUsage');
  private readonly pending = new PendingCounts(250_000);
  private prunedAt = 0;
  private readonly buffer: WriteBehind<PendingKeyCount>;

  constructor(
    private readonly store: KeyCountStore,
    private readonly sums: UsageSums,
    private readonly outcomes: OutcomeSums,
    private readonly clock: Clock,
  ) {
    this.buffer = new WriteBehind({
      what: 'counts of keys',
      pending: this.pending,
      write: (batch) => this.write(batch),
      batchSize: 500,
      delayMs: 60_000,
      retryMs: 60_000,
      onFlushed: () => this.logLost(),
    });
  }

  add(key: CountedKey, outcome: Outcome): void {
    this.pending.add(key, outcome, this.clock.now());
    this.buffer.schedule();
  }

  /** Written and pending counts of keys, in no order. The `hour` of each is the first one of its bucket. */
  async find(keyIds: readonly string[], hours: UsageHours, requester?: ReadOptions): Promise<CountOfKey[]> {
    // During a flush, counts may be missing here and not yet be in the table.
    await this.buffer.whenIdle();
    const { flushes } = this.buffer;
    const written = await this.store.find(keyIds, hours, requester);
    if (flushes !== this.buffer.flushes) return this.find(keyIds, hours, requester);
    const unwritten = keyIds.flatMap((keyId) => this.pending.ofKey(keyId));
    return [...written, ...unwritten.filter(isWithin(hours)).map(bucketed(hours))];
  }

  /**
   * Written and pending counts of all keys that the question is about. If counts are written three times meanwhile, the latest
   * may be missing.
   */
  async total(
    question: UsageQuestion,
    followed: Iterable<string>,
    requester?: ReadOptions,
  ): Promise<UsageTotals> {
    for (let attempt = 1; ; attempt += 1) {
      await this.buffer.whenIdle();
      const { flushes } = this.buffer;
      const totals = new UsageTotals(followed);
      const source = question.groupBy === 'outcome' ? this.outcomes : this.sums;
      for await (const sums of source.portions(question, requester)) totals.addAll(sums);
      const hasMissedNone = flushes === this.buffer.flushes;
      if (hasMissedNone) totals.addAll(this.pendingOf(question));
      if (hasMissedNone || attempt === mostAttempts) return totals;
    }
  }

  /** Written and pending counts of an owner or, if it is `null`, of all owners, in no order. */
  async minutes(
    ownerId: string | null,
    minutes: UsageMinutes,
    requester?: ReadOptions,
  ): Promise<MinuteCount[]> {
    await this.buffer.whenIdle();
    const { flushes } = this.buffer;
    const written = await this.store.findMinutes(ownerId, minutes, requester);
    if (flushes !== this.buffer.flushes) return this.minutes(ownerId, minutes, requester);
    const unwritten = this.pending.inMinutes(ownerId, minutes);
    return [...written, ...unwritten.map(({ minute = 0, outcome, count }) => ({ minute, outcome, count }))];
  }

  /** Old minutes are deleted as new ones are written. */
  private async write(batch: readonly PendingKeyCount[]): Promise<void> {
    await this.store.add(batch);
    const now = this.clock.now();
    if (minuteOf(now) === this.prunedAt) return;
    this.prunedAt = minuteOf(now);
    await this.store.deleteOldMinutes(now).catch((error: unknown) => {
      this.logger.warn(`Old counts were not deleted: ${causeOf(error)}`);
    });
  }

  private pendingOf({ ownerId, hours, groupBy }: UsageQuestion): GroupedCount[] {
    return this.pending
      .ofOwner(ownerId)
      .filter(isWithin(hours))
      .map((count) => ({ ...bucketed(hours)(count), group: groupOf(count, groupBy) }));
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

const mostAttempts = 3;

function isWithin({ fromHour, toHour }: UsageHours): (count: KeyCount) => boolean {
  return ({ hour }) => hour >= fromHour && hour < toHour;
}

function bucketed({ bucketHours }: UsageHours): (count: KeyCount) => CountOfKey {
  return ({ keyId, hour, outcome, count }) => ({ keyId, hour: hour - (hour % bucketHours), outcome, count });
}
