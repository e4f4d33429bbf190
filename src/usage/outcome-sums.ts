import { Injectable } from '@nestjs/common';
import type { ReadOptions } from '../database/database.js';
import type { Outcome } from '../key-store/outcome.js';
import { Clock } from '../support/clock.js';
import { boundedLru } from '../support/lru.js';
import { addTo, hourOf, KeyCountStore, type OutcomeCounts } from './key-count.store.js';
import { type GroupedCount, type UsageQuestion, UsageSums } from './usage-sums.js';

/** What was counted in an hour that is over. */
interface ClosedHour {
  readonly counts: OutcomeCounts;
  /** In ticks of the clock. */
  readonly until: number;
}

interface HourRange {
  readonly fromHour: number;
  readonly toHour: number;
}

/** An hour is closed two hours after its end: replicas write their counts within a minute. */
const openHours = 3;
const minuteMs = 60_000;
/** A replica that had lost its database may write later. */
const freshMs = { ofLastDay: 10 * minuteMs, ofEarlierDays: 60 * minuteMs };
const mostCached = 10_000;

/** Sums by outcome, as those of `UsageSums`, but those of closed hours are cached for 10 minutes, or an hour if they are old. */
@Injectable()
export class OutcomeSums {
  private readonly cache = boundedLru<string, ClosedHour>(mostCached);

  constructor(
    private readonly sums: UsageSums,
    private readonly clock: Clock,
    store: KeyCountStore,
  ) {
    store.added.subscribe((counts) => {
      for (const { ownerId, hour } of counts) {
        this.cache.delete(nameOf(ownerId, hour));
        this.cache.delete(nameOf(null, hour));
      }
    });
  }

  /** Throws `WINDOW_TOO_LARGE` where `UsageSums` does. */
  async *portions(question: UsageQuestion, requester?: ReadOptions): AsyncGenerator<GroupedCount[]> {
    const { ownerId, hours } = question;
    const { bucketHours } = hours;
    const toCounts = (hour: number, counts: OutcomeCounts): GroupedCount[] =>
      Object.entries(counts).map(([outcome, count]) => ({
        group: outcome,
        outcome: outcome as Outcome,
        hour: hour - (hour % bucketHours),
        count,
      }));
    for (const range of this.split(ownerId, hours)) {
      if (range instanceof Map) {
        yield [...range].flatMap(([hour, counts]) => toCounts(hour, counts));
        continue;
      }
      const found = new Map<number, OutcomeCounts>();
      for (let hour = range.fromHour; hour < range.toHour; hour++) found.set(hour, {});
      for await (const sums of this.sums.portions(
        { ...question, hours: { ...range, bucketHours: 1 } },
        requester,
      ))
        for (const { hour, outcome, count } of sums) addTo(found.get(hour) ?? {}, outcome, count);
      for (const [hour, counts] of found) {
        this.keep(ownerId, hour, counts);
        yield toCounts(hour, counts);
      }
    }
  }

  /** What is cached, and the ranges that are not. */
  private split(
    ownerId: string | null,
    { fromHour, toHour }: HourRange,
  ): (HourRange | Map<number, OutcomeCounts>)[] {
    const cached = new Map<number, OutcomeCounts>();
    const missing: { fromHour: number; toHour: number }[] = [];
    const now = this.clock.ticks();
    for (let hour = fromHour; hour < toHour; hour++) {
      const known = this.cache.get(nameOf(ownerId, hour));
      const last = missing.at(-1);
      if (known !== undefined && known.until > now) cached.set(hour, known.counts);
      else if (last?.toHour === hour) last.toHour += 1;
      else missing.push({ fromHour: hour, toHour: hour + 1 });
    }
    return [cached, ...missing];
  }

  private keep(ownerId: string | null, hour: number, counts: OutcomeCounts): void {
    const age = hourOf(this.clock.now()) - hour;
    if (age < openHours) return;
    const ttl = age < 24 ? freshMs.ofLastDay : freshMs.ofEarlierDays;
    this.cache.set(nameOf(ownerId, hour), { counts, until: this.clock.ticks() + ttl });
  }
}

function nameOf(ownerId: string | null, hour: number): string {
  return `${hour} ${ownerId ?? ''}`;
}
