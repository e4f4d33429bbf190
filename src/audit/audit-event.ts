import type {
  ActorLink,
  AuthenticatedUser,
  RecordedSource,
  RequestOrigin,
} from '../principal/authenticated-user.js';
import type { AuditEvent, AuditEventType, AuditSubject } from './audit-event.entity.js';

/** Who caused an event, and from where. Both are `null` if the system did. */
export interface AuditActor {
  readonly user: {
    readonly source: RecordedSource;
    readonly actorChain: readonly ActorLink[];
  } | null;
  readonly origin: RequestOrigin | null;
}

/** What an event is about. */
export interface AuditedSubject {
  readonly subjectType: AuditSubject;
  readonly subjectId: string;
  readonly ownerId: string;
  readonly userId: string | null;
}

export interface AuditEntry extends AuditedSubject {
  readonly type: AuditEventType;
  /** When it happened; now by default. */
  readonly time?: Date;
  /** Further facts. Never a key or a token. */
  readonly details?: object;
}

/** An event with its actor. */
export interface AuditRecord {
  readonly actor: AuditActor;
  readonly entry: AuditEntry;
}

/** The subject of an event about `of`. Without `userId` it belongs to the owner alone. */
export function subjectOf(
  subjectType: AuditSubject,
  of: { readonly id: string; readonly ownerId: string; readonly userId?: string | null },
): AuditedSubject {
  return { subjectType, subjectId: of.id, ownerId: of.ownerId, userId: of.userId ?? null };
}

/** The principal as a subject: its key; without a key its user; without a user its owner. */
export function subjectOfPrincipal({ source, ownerId, userId }: AuthenticatedUser): AuditedSubject {
  if ('keyId' in source) return subjectOf(source.type, { id: source.keyId, ownerId, userId });
  return subjectOf(userId === null ? 'owner' : 'user', { id: userId ?? ownerId, ownerId, userId });
}

/** An event as the API and a sink publish it. */
export interface AuditEventView {
  /** A UUIDv7. An event that is sent twice keeps its id. */
  readonly id: string;
  readonly time: Date;
  readonly type: AuditEventType;
  readonly subject: { readonly type: AuditSubject; readonly id: string };
  readonly ownerId: string;
  readonly actor: {
    /** `system` if no request caused it. */
    readonly type: AuditEvent['actorType'];
    readonly chain: readonly ActorLink[];
  };
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly requestId: string | null;
  /** The trace that the request belongs to (W3C Trace Context §3.2); `null` if it named none. */
  readonly traceparent: string | null;
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
    traceparent: event.traceparent,
    details: event.details,
  };
}
