import { Injectable, Logger } from '@nestjs/common';
import { Mutex } from 'async-mutex';
import type { Asker } from '../database/fair-queue.js';
import type { Outcome } from '../key-store/outcome.js';
import { causeOf } from '../support/cause-of.js';
import { Clock } from '../support/clock.js';
import { Alarm } from './alarm.js';
import { type KeyCount, KeyCountStore, type UsageHours } from './key-count.store.js';
import { KeyCounts } from './key-counts.js';
import { writeInBatches } from './write-in-batches.js';

const writeAfter = 60_000;
const batchSize = 500;

/** Counts every request with a known key, and writes the counts once a minute; what fails is kept for the next. */
@Injectable()
export class CountJournal {
  private readonly logger = new Logger('KeyUsage');
  private readonly counts = new KeyCounts(250_000);
  private readonly alarm = new Alarm(() => void this.flush());
  private readonly writing = new Mutex();
  private flushes = 0;

  constructor(
    private readonly store: KeyCountStore,
    private readonly clock: Clock,
  ) {}

  count(keyId: string, outcome: Outcome): void {
    this.counts.add(keyId, outcome, this.clock.now());
    this.alarm.set(writeAfter);
  }

  /** What is written of a key and what is not yet, in no order. The `hour` of each is the first one of its bucket. */
  async countsOf(keyId: string, hours: UsageHours, asker?: Asker): Promise<KeyCount[]> {
    // While counts are being written they are neither here nor, for sure, there.
    await this.writing.waitForUnlock();
    const { flushes } = this;
    const written = await this.store.find(keyId, hours, asker);
    if (flushes !== this.flushes) return this.countsOf(keyId, hours, asker);
    const { fromHour, toHour, bucketHours } = hours;
    const unwritten = this.counts
      .ofKey(keyId)
      .filter(({ hour }) => hour >= fromHour && hour < toHour)
      .map((count) => ({ ...count, hour: count.hour - (count.hour % bucketHours) }));
    return [...written, ...unwritten];
  }

  /** Writes now what can be written. Never rejects. */
  async flush(): Promise<void> {
    await this.writing.runExclusive(async () => {
      this.flushes += 1;
      this.alarm.clear();
      const { items, error } = await writeInBatches(this.counts.take(), batchSize, (batch) =>
        this.store.add(batch),
      );
      this.counts.restore(items);
      if (items.length === 0) return;
      this.alarm.set(writeAfter);
      this.logger.warn(`${items.length} counts of keys were not written and are kept: ${causeOf(error)}`);
    });
    const lost = this.counts.takeLost();
    if (lost > 0) this.logger.warn(`${lost} requests were not counted: too many keys wait to be written`);
  }
}
