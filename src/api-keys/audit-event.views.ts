import { toAuditEvent } from '../audit/audit-event.view.js';
import type { AuditPage } from '../audit/audit-trail.js';
import { pageOf } from '../http/paging.js';

/** `list` names the list that the events are a page of. */
export function toAuditEvents({ events, hasMore }: AuditPage, list: string) {
  const { rows, nextCursor } = pageOf(events.map(toAuditEvent), hasMore, list);
  return { events: rows, nextCursor };
}
