import os from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Column, type EntityManager, PrimaryColumn } from 'typeorm';
import { Database } from '../database/database.js';
import { isPostgres } from '../database/data-source-of.js';
import { insertMissing } from '../database/insert-all.js';
import { GatehouseEntity, InstantColumn } from '../database/tables/entities.js';
import { Clock } from '../support/clock.js';
import { allowedMissedBeats, ToolKey } from './tool-key.entity.js';

/** One row: up to when heartbeats could be stored. */
@GatehouseEntity('lease_state')
export class LeaseState {
  @PrimaryColumn({ type: 'varchar', length: 36, primaryKeyConstraintName: 'pk_lease_state' })
  id!: string;

  /** When a process was last able to store heartbeats. Not updated while there are no leases. */
  @InstantColumn({ name: 'stored_at' })
  storedAt!: Date;

  /** The end of the outage since `storedAt` while leases are being extended by it. */
  @InstantColumn({ name: 'resumed_at', nullable: true })
  resumedAt!: Date | null;

  /** The last key that was extended, in the order of ids. */
  @Column({ name: 'extended_to', type: 'varchar', length: 36, default: '' })
  extendedTo!: string;
}

const id = 'leases';
/** How often `storedAt` is updated, by all processes together. */
export const storeEveryMs = 1_000;
/** A shorter time without a check counts. */
const outageMs = 3_000;
/** Until then no other process can see an outage: `storedAt` is at most `storeEveryMs` older than the check of this one. */
const currentMs = outageMs - storeEveryMs;
const batchSize = 1_000;

/**
 * Extends leases by the time in which no process was able to store heartbeats. An outage ends with the first check after
 * it: when `storedAt` and the last check of this process are both too old. A clock that was set leaves the latter recent.
 */
@Injectable()
export class LeaseOutages {
  private hasStarted = false;
  private lastCheck = -Infinity;
  private periods = 0;
  private running: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** From now on `check` is called every `storeEveryMs`. A process without that stores no heartbeats and extends no lease. */
  start(): void {
    this.hasStarted = true;
  }

  /**
   * The number of the period without an outage; `undefined` when an outage may just have ended. A lease is lost if it had
   * run out when read, and the period is the same before and after.
   */
  get period(): number | undefined {
    if (!this.hasStarted) return 0;
    return uptimeMs() - this.lastCheck <= currentMs ? this.periods : undefined;
  }

  /** Extends the leases after an outage, and stores that heartbeats can be stored. Rejects with `DB_UNAVAILABLE` during one. */
  check(): Promise<void> {
    this.running ??= this.checkOnce().finally(() => (this.running = undefined));
    return this.running;
  }

  private async checkOnce(): Promise<void> {
    let checkedAt = uptimeMs();
    const now = this.clock.now();
    const wasAway = checkedAt - this.lastCheck > outageMs;
    let isNewPeriod = wasAway;
    if (await this.isDue(now)) {
      const turn = (manager: EntityManager) => this.advance(manager, wasAway ? now : -Infinity);
      while (!(await this.database.write(turn))) {
        isNewPeriod = true;
        await nextTurn();
        checkedAt = uptimeMs();
      }
    }
    if (isNewPeriod) this.periods += 1;
    this.lastCheck = checkedAt;
  }

  private isDue(now: number): Promise<boolean> {
    return this.database.read(async (manager) => {
      const state = await manager.findOneBy(LeaseState, { id });
      if (state !== null && state.resumedAt === null && isRecent(state, now)) return false;
      return manager
        .createQueryBuilder(ToolKey, 'key')
        .where('key.endedAt IS NULL AND key.heartbeatSeconds IS NOT NULL')
        .getExists();
    });
  }

  /** Resolves with false while there is more to do. `resumedAt` is when an outage has ended, `-Infinity` without one. */
  private async advance(manager: EntityManager, resumedAt: number): Promise<boolean> {
    const storedAt = new Date(this.clock.now());
    await this.database.lock(manager, LeaseState, id);
    const state = await manager.findOneBy(LeaseState, { id });
    if (state === null) {
      await insertMissing(manager, LeaseState, [{ id, storedAt, resumedAt: null, extendedTo: '' }]);
      return true;
    }
    const from = state.storedAt.getTime();
    if (state.resumedAt === null && resumedAt - from <= outageMs) {
      await manager.update(LeaseState, { id }, { storedAt });
      return true;
    }
    const until = state.resumedAt ?? new Date(resumedAt);
    const extended = await this.extendSome(manager, {
      from,
      until: until.getTime(),
      after: state.extendedTo,
    });
    const last = extended.at(-1);
    const progress =
      last === undefined
        ? { storedAt: until, resumedAt: null, extendedTo: '' }
        : { resumedAt: until, extendedTo: last };
    await manager.update(LeaseState, { id }, progress);
    return false;
  }

  /** Resolves with the ids of the keys, in their order. Keys issued or renewed since the outage stay unchanged. */
  private async extendSome(
    manager: EntityManager,
    outage: { readonly from: number; readonly until: number; readonly after: string },
  ): Promise<string[]> {
    const wasAlive = 'ended_at IS NULL AND heartbeat_seconds IS NOT NULL AND ends_at > :from';
    const keys = await manager
      .createQueryBuilder(ToolKey, 'key')
      .select('key.id', 'id')
      .where(`${wasAlive} AND id > :after`, outage)
      .orderBy('id')
      .limit(batchSize)
      .getRawMany<{ id: string }>();
    const ids = keys.map((key) => key.id);
    if (ids.length === 0) return ids;
    await this.database.lock(manager, ToolKey, ids);
    const [least, greatest] = isPostgres(manager) ? ['LEAST', 'GREATEST'] : ['MIN', 'MAX'];
    const renewedAt = `ends_at - heartbeat_seconds * ${allowedMissedBeats * 1_000}`;
    const missed = `${greatest}(0, :until - ${greatest}(:from, ${renewedAt}))`;
    await manager
      .createQueryBuilder()
      .update(ToolKey)
      .set({ endsAt: () => `${least}(expires_at, ends_at + ${missed})` })
      .where(`id IN (:...ids) AND ${wasAlive}`, { ids })
      .setParameters(outage)
      .execute();
    return ids;
  }
}

/** False also after the clock was set back. */
function isRecent({ storedAt }: LeaseState, now: number): boolean {
  const age = now - storedAt.getTime();
  return age < storeEveryMs && age > -outageMs;
}

/** Includes the time that the machine was asleep, and does not follow the clock. */
function uptimeMs(): number {
  return os.uptime() * 1_000;
}
