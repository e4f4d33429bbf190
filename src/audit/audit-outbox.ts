import { Injectable } from '@nestjs/common';
import { Column, type EntityManager, Index, PrimaryColumn } from 'typeorm';
import { insertAll } from '../database/insert-all.js';
import { GatehouseEntity, InstantColumn } from '../database/tables/entities.js';

/** An event that the sink has not accepted yet. The row is deleted once it has. */
@GatehouseEntity('audit_outbox')
@Index('ix_audit_outbox_claims', ['claimedUntil'], { where: `"claimed_until" IS NOT NULL` })
export class AuditOutboxEntry {
  @PrimaryColumn({
    name: 'event_id',
    type: 'varchar',
    length: 36,
    primaryKeyConstraintName: 'pk_audit_outbox',
  })
  eventId!: string;

  /** How often it was claimed to be sent, also by processes that then crashed. */
  @Column({ type: 'integer', default: 0 })
  attempts!: number;

  /** Until then no other process sends anything: it is being sent, or all wait after a failure. */
  @InstantColumn({ name: 'claimed_until', nullable: true })
  claimedUntil!: Date | null;

  /** Until then it is skipped, and later events go first. */
  @InstantColumn({ name: 'held_until', nullable: true })
  heldUntil!: Date | null;
}

/** Where events wait for the sink. Provided only in an application with a sink. */
@Injectable()
export class AuditOutbox {
  /** Adds events by their ids, in the transaction that writes them. */
  async add(manager: EntityManager, eventIds: readonly string[]): Promise<void> {
    await insertAll(manager, AuditOutboxEntry, entriesOf(eventIds));
  }
}

function* entriesOf(eventIds: readonly string[]): Generator<AuditOutboxEntry> {
  for (const eventId of eventIds) yield { eventId, attempts: 0, claimedUntil: null, heldUntil: null };
}
