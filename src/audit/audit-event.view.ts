import type { ActorLink } from '../principal/authenticated-user.js';
import type { AuditEvent, AuditEventType, AuditSubject } from './audit-event.entity.js';

/** An event as the API and a sink give it. */
export interface AuditEventView {
  /** A UUIDv7. An event that is sent twice has the same one. */
  readonly id: string;
  readonly time: Date;
  readonly type: AuditEventType;
  readonly subject: { readonly type: AuditSubject; readonly id: string };
  readonly ownerId: string;
  readonly actor: {
    /** `system` for what no request did. */
    readonly type: 'jwt' | 'api_key' | 'tool_key' | 'custom' | 'system';
    readonly chain: readonly ActorLink[];
  };
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly requestId: string | null;
  readonly details: object | null;
}

export function toAuditEvent(event: AuditEvent): AuditEventView {
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
