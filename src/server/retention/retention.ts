import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { EntityTarget, ObjectLiteral } from 'typeorm';
import { Database } from '../../database/database.js';
import { tableIn } from '../../database/tables/table-in.js';
import { Clock } from '../../support/clock.js';
import { RecurringJob } from '../../support/recurring-job.js';
import { endedToolKeys, type Expendable, oldCounts, oldEvents } from './expendable.js';

/** Whole days for which things are kept; `null`: for ever. */
export interface RetentionPeriods {
  readonly auditDays: number | null;
  readonly usageDays: number | null;
}

const day = 86_400_000;
const batchSize = 500;
const pauseMs = 20;

/**
 * Deletes what is older than the operator wants to keep, every hour, in small batches between which others have their
 * turn. Any number of processes may do it at once. What was deleted is told in the log.
 */
export class Retention extends RecurringJob {
  protected readonly every = 3_600_000;
  private readonly log = new Logger('Retention');

  constructor(
    private readonly periods: RetentionPeriods,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {
    super();
  }

  protected override async doAll(): Promise<number> {
    const { auditDays, usageDays } = this.periods;
    let deleted = 0;
    if (auditDays !== null) {
      deleted += await this.deleteAll(oldEvents(this.daysAgo(auditDays)), auditDays);
      deleted += await this.deleteAll(endedToolKeys(this.daysAgo(auditDays)), auditDays);
    }
    if (usageDays !== null) deleted += await this.deleteAll(oldCounts(this.daysAgo(usageDays)), usageDays);
    return deleted;
  }

  private daysAgo(days: number): number {
    return this.clock.now() - days * day;
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
        this.log.log(`Deleted ${deleted.toLocaleString('en')} ${rows.what} older than ${days} days`);
    }
    return deleted;
  }

  /** Rows that another process is about to delete, or to write, are left to it. */
  private deleteSome({ entity, key, where, orderBy, bound }: Expendable): Promise<number> {
    return this.database.write(async (manager) => {
      const isPostgres = manager.dataSource.options.type === 'postgres';
      const tableOf = (one: EntityTarget<ObjectLiteral>) => tableIn(manager, one);
      const columns = key.replace(/\w+/g, 'old.$&');
      const some = `SELECT ${columns} FROM ${tableOf(entity)} old WHERE ${where(tableOf)} ORDER BY ${orderBy} LIMIT ${batchSize}${isPostgres ? ' FOR UPDATE SKIP LOCKED' : ''}`;
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
