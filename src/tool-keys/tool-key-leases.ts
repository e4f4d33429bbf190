import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { databaseUnavailable } from '../database/database-errors.js';
import { KeyCache } from '../key-store/key-cache.js';
import { LeaseOutages } from '../key-store/lease-outages.js';
import { rowOfTask, rowOfToolKey, ToolKey } from '../key-store/tool-key.entity.js';
import { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import { IssuerLookup } from './issuer-lookup.js';
import { ToolKeyQuotas } from './tool-key-quotas.js';
import { leaseEnd } from './tool-key-plan.js';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { IsNull } from 'typeorm';
import { AuditTrail } from '../audit/audit-trail.js';
import type { QueueOptions } from '../database/fair-queue.js';
import { ancestorsEnd, originEnd, type ToolKeyState } from '../key-store/tool-key.state.js';
import { type FoundToolKey, ToolKeyStore } from '../key-store/tool-key.store.js';
import { RecurringJob } from '../support/timers.js';
import { eventOfToolKey } from '../key-store/key-events.js';

/** The ends of a key after a heartbeat. */
export interface RenewedLease {
  /** `null` for a key without a lease, for which a heartbeat changes nothing. */
  readonly leaseUntil: Date | null;
  readonly expiresAt: Date;
}

@Injectable()
export class ToolKeyLeases {
  constructor(
    private readonly database: Database,
    private readonly issuers: IssuerLookup,
    private readonly quotas: ToolKeyQuotas,
    private readonly keyCache: KeyCache,
    private readonly outages: LeaseOutages,
    private readonly clock: Clock,
  ) {}

  /**
   * Renews the lease of the calling tool key. Throws `INVALID_TOOL_KEY` when it has ended (a late heartbeat does not revive
   * it), and `RATE_LIMITED` when it sends far more heartbeats than its lease needs.
   */
  async renew(user: AuthenticatedUser): Promise<RenewedLease> {
    if (user.source.type !== 'tool_key')
      throw new AuthError('FORBIDDEN', { message: 'Only a tool key has a lease.' });
    const { keyId } = user.source;
    await this.quotas.chargeHeartbeat(keyId);
    await this.issuers.findActive(user);
    const renewed = await this.database.write(
      async (manager) => {
        await this.database.lock(manager, ToolKey, keyId);
        const key = await manager.findOneBy(ToolKey, { id: keyId });
        const now = this.clock.now();
        const hasRunOut = key !== null && key.endedAt === null && now >= key.endsAt.getTime();
        if (hasRunOut && this.outages.period === undefined)
          throw databaseUnavailable(new Error('A heartbeat was delayed by an outage'));
        if (key === null || key.endedAt !== null || hasRunOut)
          throw new AuthError('INVALID_TOOL_KEY', { cause: 'heartbeat after its end' });
        const { expiresAt, heartbeatSeconds } = key;
        this.quotas.noteInterval(keyId, heartbeatSeconds);
        if (heartbeatSeconds === null) return { leaseUntil: null, expiresAt };
        const leaseUntil = new Date(leaseEnd(heartbeatSeconds, expiresAt.getTime(), now));
        await manager.update(ToolKey, { id: keyId }, { endsAt: leaseUntil });
        return { leaseUntil, expiresAt };
      },
      { owner: user.ownerId, rows: [rowOfToolKey(keyId)] },
    );
    this.keyCache.invalidateToolKeys(keyId);
    return renewed;
  }
}

const batchSize = 100;

/**
 * Marks tool keys as ended that have expired or lost their lease, once each, however many processes run this job. It only
 * does the bookkeeping: every request checks for itself whether its key has ended.
 */
@Injectable()
export class EndedToolKeys extends RecurringJob {
  protected readonly intervalMs = 5_000;

  constructor(
    private readonly database: Database,
    private readonly store: ToolKeyStore,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {
    super();
  }

  protected override async runOnce(): Promise<number> {
    let marked = 0;
    while (!this.isStopping) {
      const found = await this.findEnded();
      if (found.length > 0) marked += await this.markEnded(found);
      if (found.length < batchSize) break;
      await nextTurn();
    }
    return marked;
  }

  /** Marks the keys of a task that ended with the API key or the login at their origin; resolves with their number. */
  async markEndedWithIssuer({ ownerId, taskRef }: Pick<ToolKey, 'ownerId' | 'taskRef'>): Promise<number> {
    const turn = { owner: ownerId, rows: [rowOfTask(taskRef)] };
    const found = await this.store.find(
      (manager) =>
        manager
          .createQueryBuilder(ToolKey, 'key')
          .where('key.taskRef = :taskRef AND key.endedAt IS NULL', { taskRef })
          .orderBy('key.id')
          .getMany(),
      turn,
    );
    const now = this.clock.now();
    const ended = found.filter(({ state }) => state.ended === null && originEnd(state) <= now);
    return ended.length === 0 ? 0 : this.markEnded(ended, turn);
  }

  private findEnded(): Promise<FoundToolKey[]> {
    return this.store.find(
      (manager) =>
        manager
          .createQueryBuilder(ToolKey, 'key')
          .where('key.endedAt IS NULL AND key.endsAt <= :now', { now: this.clock.now() })
          .orderBy('key.endsAt')
          .limit(batchSize)
          .getMany(),
      {},
    );
  }

  private markEnded(found: readonly FoundToolKey[], turn?: QueueOptions): Promise<number> {
    return this.database.write(async (manager) => {
      await this.database.lock(
        manager,
        ToolKey,
        found.map(({ key }) => key.id),
      );
      let marked = 0;
      for (const { key, state } of found) {
        const { event, ...end } = endOf(key, state);
        // Another process may have been faster, or a heartbeat may have come.
        const { affected } = await manager.update(
          ToolKey,
          { id: key.id, endedAt: IsNull(), endsAt: key.endsAt },
          end,
        );
        if (affected !== 1) continue;
        marked += 1;
        if (event === null) continue;
        const entry = { ...eventOfToolKey(event, key), time: end.endedAt };
        await this.audit.record(manager, { user: null, origin: null }, entry);
      }
      return marked;
    }, turn);
  }
}

/** How the key ended. `event` is `null` when it ended with its task or a key above it, which has an event of its own. */
function endOf({ endsAt, expiresAt }: ToolKey, state: ToolKeyState) {
  const above = ancestorsEnd(state);
  const endedAt = new Date(Math.min(above, endsAt.getTime()));
  if (state.ended === 'REVOKED') return { endedAt, endReason: 'revoked', event: null } as const;
  if (state.ended !== null || above < endsAt.getTime())
    return { endedAt, endReason: 'above', event: null } as const;
  const event = endsAt.getTime() < expiresAt.getTime() ? 'lease_lost' : 'expired';
  return { endedAt, endReason: event, event } as const;
}
