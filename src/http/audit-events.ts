import { z } from 'zod';
import { toAuditEvent } from '../audit/audit-event.js';
import type { AuditPage } from '../audit/audit-trail.js';
import { pageOf } from './paging.js';
import { actorLink, nextCursor, pageSize, time } from './schemas.js';

export const auditEvent = z
  .object({
    id: z.string(),
    time,
    type: z.string().meta({ examples: ['created'] }),
    subject: z.object({ type: z.string(), id: z.string() }),
    ownerId: z.string(),
    actor: z.object({ type: z.string(), chain: z.array(actorLink) }),
    ip: z.string().nullable(),
    userAgent: z.string().nullable(),
    requestId: z.string().nullable(),
    traceparent: z.string().nullable().meta({ description: 'The trace of the request (W3C Trace Context).' }),
    details: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({ id: 'AuditEvent' });

export const auditEvents = z.object({ events: z.array(auditEvent), nextCursor }).meta({ id: 'AuditEvents' });

export const eventsQuery = z.strictObject({ limit: pageSize, cursor: z.string().max(64).optional() });
export type EventsQuery = z.infer<typeof eventsQuery>;

/** `list` names the list that the events are a page of. */
export function toAuditEvents({ events, hasMore }: AuditPage, list: string) {
  const { rows, nextCursor } = pageOf(events.map(toAuditEvent), hasMore, list);
  return { events: rows, nextCursor };
}
