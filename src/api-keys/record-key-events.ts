import type { AuditEventType } from '../audit/audit-event.entity.js';
import type { AuditActor } from '../audit/audit-trail.js';
import type { ApiKey } from '../key-store/api-key.entity.js';
import type { ApiKeyChanges } from '../key-store/api-key.store.js';

/** Writes events about one key, in the order given, as part of its change. */
export async function recordKeyEvents(
  keys: ApiKeyChanges,
  actor: AuditActor,
  { id, ownerId, userId, prefix, name }: ApiKey,
  types: readonly AuditEventType[],
  details: object = {},
): Promise<void> {
  const subject = { subjectType: 'api_key', subjectId: id, ownerId, userId } as const;
  for (const type of types)
    await keys.record(actor, { type, ...subject, details: { prefix, name, ...details } });
}
