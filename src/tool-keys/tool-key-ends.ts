import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { AuditTrail } from '../audit/audit-trail.js';
import { Database } from '../database/database.js';
import type { Turn } from '../database/fair-queue.js';
import { rowOfTask } from '../key-store/task.entity.js';
import { ToolKey } from '../key-store/tool-key.entity.js';
import { endAbove, endOfOrigin, type ToolKeyState } from '../key-store/tool-key-state.js';
import { type FoundToolKey, ToolKeyStore } from '../key-store/tool-key.store.js';
import { Clock } from '../support/clock.js';
import { RecurringJob } from '../support/recurring-job.js';
import { eventOfToolKey } from './tool-key-events.js';

const batchSize = 100;

/**
 * Writes down that tool keys have expired or lost their lease, once for each however many processes do it. The keys need
 * none of this to end: that is judged on every request.
 */
@Injectable()
export class ToolKeyEnds extends RecurringJob {
  protected readonly every = 5_000;

  constructor(
    private readonly database: Database,
    private readonly store: ToolKeyStore,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {
    super();
  }

  protected override async doAll(): Promise<number> {
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
    const fallen = found.filter(({ state }) => state.ended === null && endOfOrigin(state) <= now);
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
  const above = endAbove(state);
  const endedAt = new Date(Math.min(above, endsAt.getTime()));
  if (state.ended === 'REVOKED') return { endedAt, endReason: 'revoked', event: null } as const;
  if (state.ended !== null || above < endsAt.getTime())
    return { endedAt, endReason: 'above', event: null } as const;
  const event = endsAt.getTime() < expiresAt.getTime() ? 'lease_lost' : 'expired';
  return { endedAt, endReason: event, event } as const;
}
