import { Column, Index, PrimaryColumn } from 'typeorm';
import { GatehouseEntity, InstantColumn } from '../database/tables/entities.js';
import type { ActorLink } from '../principal/authenticated-user.js';

/** What can be recorded about a key, a user, an owner, an issuer or the signing key. */
export const auditEventTypes = [
  'created',
  'used',
  'refused',
  'refreshed',
  'rotated',
  'updated',
  'narrowed',
  'enabled',
  'disabled',
  'revoked',
  'expired',
  'expiring',
  'unused',
  'imported',
  'issued',
  'lease_lost',
  'exchanged',
  'signed_out',
  'erased',
  'leaked',
  'called',
] as const;

export type AuditEventType = (typeof auditEventTypes)[number];

export type AuditSubject = 'api_key' | 'tool_key' | 'task' | 'user' | 'owner' | 'issuer' | 'signing_key';

/** One line of the audit trail. Rows are only ever added. */
@GatehouseEntity('audit_events')
@Index('ix_audit_events_subject', ['subjectId', 'id'])
@Index('ix_audit_events_owner', ['ownerId', 'id'])
@Index('ix_audit_events_user', ['userId', 'id'])
@Index('ix_audit_events_type', ['type', 'id'])
@Index('ix_audit_events_request', ['requestId', 'id'], { where: `"request_id" IS NOT NULL` })
// Of the first and the last id in `actorChain`, with the id of the event; TypeORM cannot describe them.
@Index('ix_audit_events_origin', { synchronize: false })
@Index('ix_audit_events_actor', { synchronize: false })
// Of events whose time is not that of their id.
@Index('ix_audit_events_displaced', { synchronize: false })
export class AuditEvent {
  /** A UUIDv7: events sort by it in the order of their time. */
  @PrimaryColumn({ type: 'varchar', length: 36, primaryKeyConstraintName: 'pk_audit_events' })
  id!: string;

  @InstantColumn({ name: 'time' })
  time!: Date;

  @Column({ type: 'varchar', length: 16 })
  type!: AuditEventType;

  @Column({ name: 'subject_type', type: 'varchar', length: 16 })
  subjectType!: AuditSubject;

  @Column({ name: 'subject_id', type: 'varchar', length: 36 })
  subjectId!: string;

  @Column({ name: 'owner_id', type: 'varchar', length: 36 })
  ownerId!: string;

  /** The user the subject belongs to; null for what belongs to the owner alone. */
  @Column({ name: 'user_id', type: 'varchar', length: 36, nullable: true })
  userId!: string | null;

  /** `jwt`, `api_key`, `tool_key` or `custom`; `system` for what no request did. */
  @Column({ name: 'actor_type', type: 'varchar', length: 16 })
  actorType!: 'jwt' | 'api_key' | 'tool_key' | 'custom' | 'system';

  @Column({ name: 'actor_chain', type: 'simple-json' })
  actorChain!: readonly ActorLink[];

  @Column({ type: 'varchar', length: 45, nullable: true })
  ip!: string | null;

  @Column({ name: 'user_agent', type: 'varchar', length: 255, nullable: true })
  userAgent!: string | null;

  @Column({ name: 'request_id', type: 'varchar', length: 64, nullable: true })
  requestId!: string | null;

  @Column({ type: 'varchar', length: 55, nullable: true })
  traceparent!: string | null;

  @Column({ type: 'simple-json', nullable: true })
  details!: object | null;
}
