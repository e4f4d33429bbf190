import type { KeyRef } from '../key-store/api-key.state.js';
import type { Outcome } from '../key-store/outcome.js';
import { Column, Index, PrimaryColumn } from 'typeorm';
import { GatehouseEntity, tableIn } from '../database/tables/entities.js';
import { Injectable } from '@nestjs/common';
import { Database, type ReadOptions } from '../database/database.js';
import { Signal } from '../support/instrumentation.js';
import {
  addMinuteTotals,
  deleteOldMinutes,
  findMinuteTotals,
  type MinuteCount,
  minuteTotalsOf,
  type UsageMinutes,
} from './minute-totals.js';

/** A row, or an amount to add to one. */
export type KeyCount = Readonly<KeyUsageCount>;

/** An amount that is not written yet. */
export interface PendingKeyCount extends KeyCount {
  /** Minutes since 1970-01-01 UTC; absent where only the hour is known. */
  readonly minute?: number;
}

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
@Index('ix_key_usage_counts_hour', ['hour', 'keyId', 'outcome'])
@Index('ix_key_usage_counts_owner', ['ownerId', 'hour', 'keyId', 'outcome'])
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

  /** The owner of the key; empty where it is unknown, as of a key that was deleted before this was stored. */
  @Column({ name: 'owner_id', type: 'varchar', length: 36, default: '' })
  ownerId!: string;

  @Column({ name: 'key_type', type: 'varchar', length: 16, default: 'api_key' })
  keyType!: KeyRef['type'];
}

/** The hours from `fromHour` up to but without `toHour`, in buckets of `bucketHours` that begin at midnight UTC. */
export interface UsageHours {
  readonly fromHour: number;
  readonly toHour: number;
  readonly bucketHours: 1 | 24;
}

/** A sum over one bucket, whose first hour is `hour`. */
export type CountOfKey = Pick<KeyCount, 'keyId' | 'hour' | 'outcome' | 'count'>;

/** The table of counts. */
@Injectable()
export class KeyCountStore {
  /** What this process has added. */
  readonly added = new Signal<readonly KeyCount[]>();

  constructor(private readonly database: Database) {}

  /** Adds all counts to their rows and to the totals of their minutes, or rejects and adds none. */
  async add(counts: readonly PendingKeyCount[]): Promise<void> {
    const totals = minuteTotalsOf(counts);
    await this.database.write(async (manager) => {
      const [insert, parameters] = manager
        .createQueryBuilder()
        .insert()
        .into(KeyUsageCount)
        .values(byHour(counts))
        .getQueryAndParameters();
      await manager.query(
        `${insert} ON CONFLICT ("key_id", "hour", "outcome")` +
          ` DO UPDATE SET "count" = ${tableIn(manager, KeyUsageCount)}."count" + excluded."count",` +
          ` "owner_id" = excluded."owner_id", "key_type" = excluded."key_type"`,
        parameters,
      );
      await addMinuteTotals(manager, totals);
    });
    this.added.emit(counts);
  }

  /** The counts of keys by outcome; each `hour` is the first one of its bucket. */
  async find(
    keyIds: readonly string[],
    { fromHour, toHour, bucketHours }: UsageHours,
    requester?: ReadOptions,
  ): Promise<CountOfKey[]> {
    if (keyIds.length === 0) return [];
    const rows = await this.database.read(
      (manager) =>
        manager
          .createQueryBuilder(KeyUsageCount, 'used')
          .select(`used.hour - used.hour % ${bucketHours}`, 'bucket')
          .addSelect('used.outcome', 'outcome')
          .addSelect('used.keyId', 'name')
          .addSelect('SUM(used.count)', 'total')
          .groupBy('bucket')
          .addGroupBy('used.outcome')
          .addGroupBy('used.keyId')
          .where('used.keyId IN (:...keyIds) AND used.hour >= :fromHour AND used.hour < :toHour')
          .setParameters({ keyIds, fromHour, toHour })
          .getRawMany<RawCount>(),
      requester,
    );
    return rows.map(({ name: keyId, ...row }) => ({ keyId, ...toCount(row) }));
  }

  /** Of an owner or, if it is `null`, of all owners. */
  findMinutes(
    ownerId: string | null,
    minutes: UsageMinutes,
    requester?: ReadOptions,
  ): Promise<MinuteCount[]> {
    return this.database.read((manager) => findMinuteTotals(manager, ownerId, minutes), requester);
  }

  deleteOldMinutes(now: number): Promise<void> {
    return this.database.write((manager) => deleteOldMinutes(manager, now));
  }
}

/** One for each row, in their order. */
function byHour(counts: readonly PendingKeyCount[]): KeyCount[] {
  const rows = new Map<string, KeyCount>();
  for (const { minute: _minute, ...count } of counts) {
    const row = `${count.keyId} ${count.hour} ${count.outcome}`;
    rows.set(row, { ...count, count: count.count + (rows.get(row)?.count ?? 0) });
  }
  return [...rows.values()];
}

/** A sum as it is selected. */
export interface RawCount {
  readonly name: string;
  readonly bucket: number | string;
  readonly outcome: Outcome;
  readonly total: number | string;
}

export function toCount({ bucket, outcome, total }: Omit<RawCount, 'name'>) {
  return { hour: Number(bucket), outcome, count: Number(total) };
}
