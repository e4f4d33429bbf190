import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { Database, type ReadOptions } from '../database/database.js';
import { AuthError } from '../principal/auth-error.js';
import {
  type CountOfKey,
  type KeyCount,
  KeyUsageCount,
  type RawCount,
  toCount,
  type UsageHours,
} from './key-count.store.js';

/** How often the keys of an owner or, if it is `null`, of all owners were used. */
export interface UsageQuestion {
  readonly ownerId: string | null;
  readonly hours: UsageHours;
  /** All tool keys are one group: each is used for minutes. */
  readonly groupBy: 'key' | 'outcome' | 'owner';
}

/** The group of all tool keys. */
export const toolKeysGroup = 'tool_keys';

export type GroupedCount = Omit<CountOfKey, 'keyId'> & { readonly group: string };

/** A row, in the order of hours, keys and outcomes. */
interface CountPosition {
  readonly hour: number;
  readonly keyId: string;
  readonly outcome: string;
}

const portionRows = 5_000;
const mostPortions = 400;

const position = '(used.hour, used.keyId, used.outcome)';

const groupColumn: Record<UsageQuestion['groupBy'], string> = {
  key: `CASE WHEN used.keyType = 'tool_key' THEN '${toolKeysGroup}' ELSE used.keyId END`,
  // Each sum has its outcome.
  outcome: `''`,
  owner: 'used.ownerId',
};

/** The same group for a count that is not stored. */
export function groupOf(
  { keyId, keyType, outcome, ownerId }: KeyCount,
  by: UsageQuestion['groupBy'],
): string {
  if (by === 'outcome') return outcome;
  if (by === 'owner') return ownerId;
  return keyType === 'tool_key' ? toolKeysGroup : keyId;
}

/** Sums the table of counts in portions, between which other work has its turn. */
@Injectable()
export class UsageSums {
  constructor(private readonly database: Database) {}

  /** Sums of 5,000 rows at a time. Throws `WINDOW_TOO_LARGE` after two million. */
  async *portions(question: UsageQuestion, requester?: ReadOptions): AsyncGenerator<GroupedCount[]> {
    let from: CountPosition | undefined = { hour: question.hours.fromHour, keyId: '', outcome: '' };
    for (let portion = 0; from !== undefined; portion += 1) {
      if (portion === mostPortions) throw windowTooLarge('holds too many counts; ask for fewer hours');
      const { sums, next }: Portion = await this.sum(question, from, requester);
      yield sums;
      from = next;
      // SQLite answers synchronously: without this, a long question would block all other requests.
      await nextTurn();
    }
  }

  private sum(question: UsageQuestion, from: CountPosition, requester?: ReadOptions): Promise<Portion> {
    const { ownerId, hours, groupBy } = question;
    /** In the order of the index. The limit keeps PostgreSQL from plans for many more rows, with parallel workers. */
    const rows = (query: SelectQueryBuilder<ObjectLiteral>, end: CountPosition | undefined) => {
      query
        .select(groupColumn[groupBy], 'name')
        .addSelect('used.hour', 'hour')
        .addSelect('used.keyId', 'keyId')
        .addSelect('used.outcome', 'outcome')
        .addSelect('used.count', 'count')
        .from(KeyUsageCount, 'used')
        .where(`${position} >= (:hour, :keyId, :outcome)`, from)
        .orderBy('used.hour')
        .addOrderBy('used.keyId')
        .addOrderBy('used.outcome')
        .limit(2 * portionRows);
      if (ownerId !== null) query.andWhere('used.ownerId = :ownerId', { ownerId });
      // A second condition on the hour would make PostgreSQL read the index beyond the end.
      if (end === undefined) return query.andWhere('used.hour < :toHour', { toHour: hours.toHour });
      const { hour: endHour, keyId: endKeyId, outcome: endOutcome } = end;
      const before = `${position} < (:endHour, :endKeyId, :endOutcome)`;
      return query.andWhere(before, { endHour, endKeyId, endOutcome });
    };
    return this.database.read(async (manager) => {
      const [next] = await rows(manager.createQueryBuilder(), undefined)
        .offset(portionRows)
        .limit(1)
        .getRawMany<CountPosition>();
      const sums = await manager
        .createQueryBuilder()
        .select(`used.hour - used.hour % ${hours.bucketHours}`, 'bucket')
        .addSelect('used.outcome', 'outcome')
        .addSelect('used.name', 'name')
        .addSelect('SUM(used.count)', 'total')
        .from((query) => rows(query, next), 'used')
        .groupBy('bucket')
        .addGroupBy('used.outcome')
        .addGroupBy('used.name')
        .getRawMany<RawCount>();
      return {
        sums: sums.map(({ name, ...row }) => ({
          group: groupBy === 'outcome' ? row.outcome : name,
          ...toCount(row),
        })),
        next,
      };
    }, requester);
  }
}

interface Portion {
  readonly sums: GroupedCount[];
  readonly next: CountPosition | undefined;
}

/** `message` goes on after `from`, as in other faults of a request. */
export function windowTooLarge(message: string): AuthError {
  return new AuthError('WINDOW_TOO_LARGE', { details: [{ path: 'from', message }] });
}
