import { type EntityManager, In, IsNull } from 'typeorm';
import type { AuditActor } from '../audit/audit-event.js';
import type { AuditTrail } from '../audit/audit-trail.js';
import type { Database } from '../database/database.js';
import { eventOfToolKey } from './key-events.js';
import { ToolKey } from './tool-key.entity.js';

interface ToolKeysEnd {
  readonly actor: AuditActor;
  readonly userId: string;
  readonly reason: string;
  readonly now: number;
}

const mostAtOnce = 1_000;

/**
 * Inside a transaction: ends the tool keys that a user issued, with an event for each, and resolves with their ids. Those
 * below end with them. Keys are locked in the order of ids, as all transactions do.
 */
export async function endToolKeysOf(
  { database, audit, manager }: { database: Database; audit: AuditTrail; manager: EntityManager },
  { actor, userId, reason, now }: ToolKeysEnd,
): Promise<string[]> {
  const top = { issuerUserId: userId, parentId: IsNull(), endedAt: IsNull() };
  const ended: string[] = [];
  for (;;) {
    const found = await manager.find(ToolKey, {
      select: { id: true },
      where: top,
      order: { id: 'ASC' },
      take: mostAtOnce,
    });
    if (found.length === 0) return ended;
    const ids = found.map(({ id }) => id);
    await database.lock(manager, ToolKey, ids);
    const keys = await manager.findBy(ToolKey, { ...top, id: In(ids) });
    if (keys.length === 0) continue;
    const end = { endedAt: new Date(now), endReason: 'revoked' } as const;
    await manager.update(ToolKey, { id: In(keys.map(({ id }) => id)) }, end);
    await audit.recordAll(
      manager,
      actor,
      keys.map((key) => eventOfToolKey('revoked', key, { reason })),
    );
    ended.push(...keys.map(({ id }) => id));
  }
}
