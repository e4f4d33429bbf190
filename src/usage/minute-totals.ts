import { Column, type EntityManager, Index, PrimaryColumn } from 'typeorm';
import { GatehouseEntity, tableIn } from '../database/tables/entities.js';
import type { Outcome } from '../key-store/outcome.js';

const minuteMs = 60_000;

/** Minutes since 1970-01-01 UTC at a time in epoch milliseconds. */
export function minuteOf(time: number): number {
  return Math.floor(time / minuteMs);
}

/** Epoch milliseconds at which a minute begins. */
export function startOfMinute(minute: number): number {
  return minute * minuteMs;
}

/** Totals of minutes are kept for three hours. */
export const keptMinutes = 180;

/** In place of an owner: all of them together. No id of an owner has this character. */
const allOwners = '*';

/** Requests with all keys of an owner, or of all owners, and one outcome within one minute. */
@GatehouseEntity('usage_minutes')
@Index('ix_usage_minutes_minute', ['minute'])
export class UsageMinute {
  @PrimaryColumn({
    name: 'owner_id',
    type: 'varchar',
    length: 36,
    primaryKeyConstraintName: 'pk_usage_minutes',
  })
  ownerId!: string;

  /** Minutes since 1970-01-01 UTC. */
  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'pk_usage_minutes' })
  minute!: number;

  @PrimaryColumn({ type: 'varchar', length: 24, primaryKeyConstraintName: 'pk_usage_minutes' })
  outcome!: Outcome;

  @Column({ type: 'integer' })
  count!: number;
}

/** The minutes from `fromMinute` up to but without `toMinute`. */
export interface UsageMinutes {
  readonly fromMinute: number;
  readonly toMinute: number;
}

export type MinuteCount = Readonly<Pick<UsageMinute, 'minute' | 'outcome' | 'count'>>;

type Counted = Omit<MinuteCount, 'minute'> & { readonly ownerId: string; readonly minute?: number };

/** What counts add to the totals of their owners and of all owners. Sorted, so that processes do not deadlock. */
export function minuteTotalsOf(counts: readonly Counted[]): UsageMinute[] {
  const totals = new Map<string, UsageMinute>();
  const add = (ownerId: string, minute: number, outcome: Outcome, count: number) => {
    const row = `${ownerId} ${minute} ${outcome}`;
    const total = totals.get(row) ?? { ownerId, minute, outcome, count: 0 };
    totals.set(row, { ...total, count: total.count + count });
  };
  for (const { ownerId, minute, outcome, count } of counts) {
    if (minute === undefined) continue;
    add(ownerId, minute, outcome, count);
    add(allOwners, minute, outcome, count);
  }
  return [...totals].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, total]) => total);
}

/** Adds to the rows in the transaction that writes the counts. */
export async function addMinuteTotals(manager: EntityManager, totals: readonly UsageMinute[]): Promise<void> {
  if (totals.length === 0) return;
  const [insert, parameters] = manager
    .createQueryBuilder()
    .insert()
    .into(UsageMinute)
    .values([...totals])
    .getQueryAndParameters();
  await manager.query(
    `${insert} ON CONFLICT ("owner_id", "minute", "outcome")` +
      ` DO UPDATE SET "count" = ${tableIn(manager, UsageMinute)}."count" + excluded."count"`,
    parameters,
  );
}

/** The last minute that a column can hold, in the year 6053: PostgreSQL rejects what lies beyond. */
const lastMinute = 2 ** 31 - 1;

/** Of an owner or, if it is `null`, of all owners. */
export async function findMinuteTotals(
  manager: EntityManager,
  ownerId: string | null,
  { fromMinute, toMinute }: UsageMinutes,
): Promise<MinuteCount[]> {
  // An application may ask about any text.
  if (fromMinute > lastMinute || ownerId === allOwners) return [];
  return manager
    .createQueryBuilder(UsageMinute, 'used')
    .where('used.ownerId = :owner AND used.minute >= :fromMinute AND used.minute <= :last')
    .setParameters({
      owner: ownerId ?? allOwners,
      fromMinute,
      last: Math.min(toMinute - 1, lastMinute),
    })
    .getMany();
}

/** How many minutes are deleted at once. */
const mostDeleted = 10;

/** Deletes the oldest minutes of those that are over three hours old: after a pause, all of them would take too long. */
export async function deleteOldMinutes(manager: EntityManager, now: number): Promise<void> {
  const before = minuteOf(now) - keptMinutes;
  const oldest = `(SELECT MIN(minute) FROM ${tableIn(manager, UsageMinute)})`;
  await manager
    .createQueryBuilder()
    .delete()
    .from(UsageMinute)
    .where(`minute < :before AND minute < ${oldest} + ${mostDeleted}`, { before })
    .execute();
}
