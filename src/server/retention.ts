import { isPostgres } from '../database/data-source-of.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { EntityTarget, ObjectLiteral } from 'typeorm';
import { AuditEvent } from '../audit/audit-event.entity.js';
import { AuditOutboxEntry } from '../audit/audit-outbox.js';
import { Database } from '../database/database.js';
import { firstIdOf } from '../database/new-id.js';
import { tableIn } from '../database/tables/entities.js';
import { IdempotentRequest, repeatableMs } from '../key-store/idempotent-request.js';
import { ToolKey } from '../key-store/tool-key.entity.js';
import { Clock, dayMs } from '../support/clock.js';
import { RecurringJob } from '../support/timers.js';
import { hourOf, KeyUsageCount } from '../usage/key-count.store.js';
import { KeyScopeUse, scopeUseMs } from '../usage/scope-use.store.js';

/** Returns the name of an entity's table, quoted for SQL. */
type TableOf = (entity: EntityTarget<ObjectLiteral>) => string;

/** Rows of one table that have passed their retention period. */
interface Expendable {
  /** For the log: `1,200 audit events`. */
  readonly what: string;
  readonly entity: EntityTarget<ObjectLiteral>;
  /** The columns of the primary key. */
  readonly key: string;
  /** Which rows of `old`, in which order; `:bound` is the moment or id that they lie before. */
  readonly where: (tableOf: TableOf) => string;
  readonly orderBy: string;
  readonly bound: string | number;
}

/** Events that were written before `before`, in epoch milliseconds, except those that a sink has not received. */
function oldEvents(before: number): Expendable {
  return {
    what: 'audit events',
    entity: AuditEvent,
    key: 'id',
    where: (tableOf) =>
      `old.id < :bound AND NOT EXISTS (SELECT 1 FROM ${tableOf(AuditOutboxEntry)} waiting WHERE waiting.event_id = old.id)`,
    orderBy: 'old.id',
    bound: firstIdOf(before),
  };
}

/** Counts of hours that were over before `before`. */
function oldCounts(before: number): Expendable {
  return {
    what: 'counts of key usage',
    entity: KeyUsageCount,
    key: 'key_id, hour, outcome',
    where: () => 'old.hour < :bound',
    orderBy: 'old.hour',
    bound: hourOf(before),
  };
}

/**
 * Tool keys that ended before `before`, and that nothing refers to: children are deleted before their parents, the newest
 * first. None lives longer than a day, so those that were issued a day before that have ended.
 */
function endedToolKeys(before: number): Expendable {
  return {
    what: 'tool keys',
    entity: ToolKey,
    key: 'id',
    where: (tableOf) =>
      'old.id < :bound AND old.ended_at IS NOT NULL' +
      ` AND NOT EXISTS (SELECT 1 FROM ${tableOf(ToolKey)} child WHERE child.parent_id = old.id)` +
      ` AND NOT EXISTS (SELECT 1 FROM ${tableOf(ToolKey)} child WHERE child.budget_id = old.id)`,
    orderBy: 'old.id DESC',
    bound: firstIdOf(before - dayMs),
  };
}

/** Requests that can no longer be repeated. */
function oldRequests(now: number): Expendable {
  return {
    what: 'repeatable requests',
    entity: IdempotentRequest,
    key: 'id',
    where: () => 'old.created_at <= :bound',
    orderBy: 'old.created_at',
    bound: now - repeatableMs,
  };
}

/** Scopes that no key has needed since. */
function oldScopes(now: number): Expendable {
  return {
    what: 'scopes of keys',
    entity: KeyScopeUse,
    key: 'key_id, scope',
    where: () => 'old.last_used_at < :bound',
    orderBy: 'old.last_used_at',
    bound: now - scopeUseMs,
  };
}

/** How long rows are kept, in whole days; `null` keeps them forever. */
interface RetentionPeriods {
  readonly auditDays: number | null;
  readonly usageDays: number | null;
}

const batchSize = 500;
const pauseMs = 20;

/**
 * Deletes rows that are older than the retention period, every hour, in small batches between which other work has its
 * turn. Any number of processes may run it at once. Each run that deleted something logs how much.
 */
export class Retention extends RecurringJob {
  protected readonly intervalMs = 3_600_000;
  private readonly log = new Logger('Retention');

  constructor(
    private readonly periods: RetentionPeriods,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {
    super();
  }

  protected override async runOnce(): Promise<number> {
    const { auditDays, usageDays } = this.periods;
    const now = this.clock.now();
    let deleted = await this.deleteAll(oldRequests(now), 1);
    deleted += await this.deleteAll(oldScopes(now), scopeUseMs / dayMs);
    if (auditDays !== null) {
      deleted += await this.deleteAll(oldEvents(this.daysAgo(auditDays)), auditDays);
      deleted += await this.deleteAll(endedToolKeys(this.daysAgo(auditDays)), auditDays);
    }
    if (usageDays !== null) deleted += await this.deleteAll(oldCounts(this.daysAgo(usageDays)), usageDays);
    return deleted;
  }

  private daysAgo(days: number): number {
    return this.clock.now() - days * dayMs;
  }

  private async deleteAll(rows: Expendable, days: number): Promise<number> {
    let deleted = 0;
    try {
      while (!this.isStopping) {
        const batch = await this.deleteSome(rows);
        deleted += batch;
        if (batch === 0) break;
        await sleep(pauseMs);
      }
    } finally {
      if (deleted > 0)
        this.log.log(
          `Deleted ${deleted.toLocaleString('en')} ${rows.what} older than ${days} ${days === 1 ? 'day' : 'days'}`,
        );
    }
    return deleted;
  }

  /** Rows that another process is about to delete, or to write, are left to it. */
  private deleteSome({ entity, key, where, orderBy, bound }: Expendable): Promise<number> {
    return this.database.write(async (manager) => {
      const tableOf = (one: EntityTarget<ObjectLiteral>) => tableIn(manager, one);
      const columns = key.replace(/\w+/g, 'old.$&');
      const some = `SELECT ${columns} FROM ${tableOf(entity)} old WHERE ${where(tableOf)} ORDER BY ${orderBy} LIMIT ${batchSize}${isPostgres(manager) ? ' FOR UPDATE SKIP LOCKED' : ''}`;
      const { affected } = await manager
        .createQueryBuilder()
        .delete()
        .from(entity)
        .where(`(${key}) IN (${some})`, { bound })
        .execute();
      return affected ?? 0;
    });
  }
}
