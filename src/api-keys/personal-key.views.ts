import type { AuditPage } from '../audit/audit-trail.js';
import type { ApiKey } from '../key-store/api-key.entity.js';
import type { NewPersonalKey, RefreshedKey } from './personal-keys.service.js';

export function toCreated({ stored: { id, prefix, name, createdAt }, key }: NewPersonalKey) {
  return { id, key, prefix, name, createdAt };
}

export function toRefreshed(refreshed: RefreshedKey) {
  return { ...toCreated(refreshed), previousKeyRevoked: refreshed.previousKeyRevoked };
}

export function toPersonalKey({ id, prefix, name, lastUsedAt, createdAt }: ApiKey) {
  return { id, prefix, name, lastUsedAt, createdAt };
}

export function toRevoked({ prefix }: ApiKey) {
  return { message: 'The API key was revoked.', revokedKeyPrefix: prefix };
}

export function toAuditEvents({ events, nextCursor }: AuditPage) {
  return {
    events: events.map(({ id, time, type, subjectType, subjectId, actorType, actorChain, ...rest }) => ({
      id,
      time,
      type,
      subject: { type: subjectType, id: subjectId },
      actor: { type: actorType, chain: actorChain },
      ip: rest.ip,
      userAgent: rest.userAgent,
      requestId: rest.requestId,
      details: rest.details,
    })),
    nextCursor,
  };
}
