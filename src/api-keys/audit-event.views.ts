import type { AuditEvent } from '../audit/audit-event.entity.js';
import type { AuditPage } from '../audit/audit-trail.js';
import { nextCursorOf } from '../auth/http/page-of.js';

export function toAuditEvent(event: AuditEvent) {
  return {
    id: event.id,
    time: event.time,
    type: event.type,
    subject: { type: event.subjectType, id: event.subjectId },
    ownerId: event.ownerId,
    actor: { type: event.actorType, chain: event.actorChain },
    ip: event.ip,
    userAgent: event.userAgent,
    requestId: event.requestId,
    details: event.details,
  };
}

/** `list` names the list that the events are a page of. */
export function toAuditEvents({ events, hasMore }: AuditPage, list: string) {
  return { events: events.map(toAuditEvent), nextCursor: nextCursorOf(events, hasMore, list) };
}
