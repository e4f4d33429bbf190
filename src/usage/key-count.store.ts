import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { Asker } from '../database/fair-queue.js';
import { tableIn } from '../database/tables/table-in.js';
import type { Outcome } from '../key-store/outcome.js';
import { KeyUsageCount } from './key-usage-count.entity.js';
import type { KeyCount } from './key-count.js';

/** A stretch of hours, `toHour` not included, and how many of them, from midnight UTC on, are told together. */
export interface UsageHours {
  readonly fromHour: number;
  readonly toHour: number;
  readonly bucketHours: 1 | 24;
}

/** Where counts are kept. */
@Injectable()
export class KeyCountStore {
  constructor(private readonly database: Database) {}

  /** Adds to what is there, whoever wrote it. All of it or, when it rejects, nothing. No row may be named twice. */
  async add(counts: readonly KeyCount[]): Promise<void> {
    await this.database.write(async (manager) => {
      const [insert, parameters] = manager
        .createQueryBuilder()
        .insert()
        .into(KeyUsageCount)
        .values([...counts])
        .getQueryAndParameters();
      await manager.query(
        `${insert} ON CONFLICT ("key_id", "hour", "outcome")` +
          ` DO UPDATE SET "count" = ${tableIn(manager, KeyUsageCount)}."count" + excluded."count"`,
        parameters,
      );
    });
  }

  /** The counts of a key; each `hour` is the first one of its bucket. */
  async find(
    keyId: string,
    { fromHour, toHour, bucketHours }: UsageHours,
    asker?: Asker,
  ): Promise<KeyCount[]> {
    const rows = await this.database.read(
      (manager) =>
        manager
          .createQueryBuilder(KeyUsageCount, 'used')
          .select(`used.hour - used.hour % ${bucketHours}`, 'bucket')
          .addSelect('used.outcome', 'outcome')
          .addSelect('SUM(used.count)', 'total')
          .where('used.keyId = :keyId AND used.hour >= :fromHour AND used.hour < :toHour')
          .setParameters({ keyId, fromHour, toHour })
          .groupBy('bucket')
          .addGroupBy('used.outcome')
          .getRawMany<{ bucket: number | string; outcome: Outcome; total: number | string }>(),
      asker,
    );
    return rows.map(({ bucket, outcome, total }) => ({
      keyId,
      hour: Number(bucket),
      outcome,
      count: Number(total),
    }));
  }
}
