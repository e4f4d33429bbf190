import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { KeyCache } from '../key-store/key-cache.js';
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
import type { Turn } from '../database/fair-queue.js';
import { ancestorsEnd, issuerKeyEnd, type ToolKeyState } from '../key-store/tool-key.state.js';
import { type FoundToolKey, ToolKeyStore } from '../key-store/tool-key.store.js';
import { RecurringJob } from '../support/timers.js';
import { eventOfToolKey } from './tool-key-events.js';

/** When a key ends that has just beaten. */
export interface Beat {
  /** `null` for a key without a lease, to which a beat does nothing. */
  readonly leaseUntil: Date | null;
  readonly expiresAt: Date;
}

/** The leases of tool keys. */
@Injectable()
export class Leases {
  constructor(
    private readonly database: Database,
    private readonly issuers: IssuerLookup,
    private readonly quotas: ToolKeyQuotas,
    private readonly keyCache: KeyCache,
    private readonly clock: Clock,
  ) {}

  /** Renews the lease of the tool key that asks. `INVALID_TOOL_KEY` once it has ended: a late beat does not revive it.
   * `RATE_LIMITED` when it beats far more often than its lease asks for. */
  async beat(user: AuthenticatedUser): Promise<Beat> {
    if (user.source.type !== 'tool_key')
      throw new AuthError('FORBIDDEN', { message: 'Only a tool key has a lease.' });
    const { keyId } = user.source;
    await this.quotas.chargeHeartbeat(keyId);
    await this.issuers.requireLive(user);
    const beat = await this.database.write(
      async (manager) => {
        await this.database.lock(manager, ToolKey, keyId);
        const key = await manager.findOneBy(ToolKey, { id: keyId });
        const now = this.clock.now();
        if (key === null || key.endedAt !== null || now >= key.endsAt.getTime())
          throw new AuthError('INVALID_TOOL_KEY', { cause: 'it beat after its end' });
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
    return beat;
  }
}

const batchSize = 100;

/**
 * Writes down that tool keys have expired or lost their lease, once for each however many processes do it. The keys need
 * none of this to end: that is judged on every request.
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
    let noted = 0;
    while (!this.isStopping) {
      const found = await this.findEnded();
      if (found.length > 0) noted += await this.note(found);
      if (found.length < batchSize) break;
      await nextTurn();
    }
    return noted;
  }

  /** Notes, of the active keys of a task, those that ended with the API key at their origin; resolves with how many. */
  async noteFallen({ ownerId, taskRef }: Pick<ToolKey, 'ownerId' | 'taskRef'>): Promise<number> {
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
    const fallen = found.filter(({ state }) => state.ended === null && issuerKeyEnd(state) <= now);
    return fallen.length === 0 ? 0 : this.note(fallen, turn);
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

  private note(found: readonly FoundToolKey[], turn?: Turn): Promise<number> {
    return this.database.write(async (manager) => {
      await this.database.lock(
        manager,
        ToolKey,
        found.map(({ key }) => key.id),
      );
      let noted = 0;
      for (const { key, state } of found) {
        const { event, ...end } = endOf(key, state);
        // Another process may have been faster, or a beat may have come.
        const { affected } = await manager.update(
          ToolKey,
          { id: key.id, endedAt: IsNull(), endsAt: key.endsAt },
          end,
        );
        if (affected !== 1) continue;
        noted += 1;
        if (event === null) continue;
        const entry = { ...eventOfToolKey(event, key), time: end.endedAt };
        await this.audit.record(manager, { user: null, origin: null }, entry);
      }
      return noted;
    }, turn);
  }
}

/** How the key ended; `event` for an end of its own, and not for one that came with its task or a key above it. */
function endOf({ endsAt, expiresAt }: ToolKey, state: ToolKeyState) {
  const above = ancestorsEnd(state);
  const endedAt = new Date(Math.min(above, endsAt.getTime()));
  if (state.ended === 'REVOKED') return { endedAt, endReason: 'revoked', event: null } as const;
  if (state.ended !== null || above < endsAt.getTime())
    return { endedAt, endReason: 'above', event: null } as const;
  const event = endsAt.getTime() < expiresAt.getTime() ? 'lease_lost' : 'expired';
  return { endedAt, endReason: event, event } as const;
}
