import type { AuditedSubject } from '../audit/audit-trail.js';
import type { KeyRef } from '../key-store/api-key.state.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';

/** The principal as what an event is about: its key, the person who came without one, or else its owner. */
export function subjectOf({ source, ownerId, userId }: AuthenticatedUser): AuditedSubject {
  if (source.type === 'jwt' || source.type === 'custom')
    return { subjectType: userId === null ? 'owner' : 'user', subjectId: userId ?? ownerId, ownerId, userId };
  return subjectOfKey({ type: source.type, id: source.keyId, ownerId, userId });
}

export function subjectOfKey({ type, id, ownerId, userId }: KeyRef): AuditedSubject {
  return { subjectType: type, subjectId: id, ownerId, userId };
}
