import type { Outcome } from '../key-store/outcome.js';
import { Column, Index, PrimaryColumn } from 'typeorm';
import { GatehouseEntity, tableIn } from '../database/tables/entities.js';
import { Injectable } from '@nestjs/common';
import { Database, type ReadOptions } from '../database/database.js';

/** A row, or an amount to add to one. */
export type KeyCount = Readonly<KeyUsageCount>;

const hourMs = 3_600_000;

/** Hours since 1970-01-01 UTC at a time in epoch milliseconds. */
export function hourOf(time: number): number {
  return Math.floor(time / hourMs);
}

/** Epoch milliseconds at which an hour begins. */
export function startOfHour(hour: number): number {
  return hour * hourMs;
}

/** Requests by outcome; an outcome without any has no entry. */
export type OutcomeCounts = Partial<Record<Outcome, number>>;

export function addTo(counts: OutcomeCounts, outcome: Outcome, count: number): void {
  counts[outcome] = (counts[outcome] ?? 0) + count;
}

/** Requests with one key and one outcome within one hour. */
@GatehouseEntity('key_usage_counts')
@Index('ix_key_usage_counts_hour', ['hour'])
export class KeyUsageCount {
  @PrimaryColumn({
    name: 'key_id',
    type: 'varchar',
    length: 36,
    primaryKeyConstraintName: 'pk_key_usage_counts',
  })
  keyId!: string;

  /** Hours since 1970-01-01 UTC. */
  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'pk_key_usage_counts' })
  hour!: number;

  @PrimaryColumn({ type: 'varchar', length: 24, primaryKeyConstraintName: 'pk_key_usage_counts' })
  outcome!: Outcome;

  @Column({ type: 'integer' })
  count!: number;
}

/** The hours from `fromHour` up to but without `toHour`, in buckets of `bucketHours` that begin at midnight UTC. */
export interface UsageHours {
  readonly fromHour: number;
  readonly toHour: number;
  readonly bucketHours: 1 | 24;
}

/** The table of counts. */
@Injectable()
export class KeyCountStore {
  constructor(private readonly database: Database) {}

  /** Adds all counts to their rows, or rejects and adds none. Each row must occur only once. */
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
    requester?: ReadOptions,
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
      requester,
    );
    return rows.map(({ bucket, outcome, total }) => ({
      keyId,
      hour: Number(bucket),
      outcome,
      count: Number(total),
    }));
  }
}
