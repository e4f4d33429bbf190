import { Injectable } from '@nestjs/common';
import { Column, type EntityManager, Index, PrimaryColumn } from 'typeorm';
import { insertAll } from '../database/insert-all.js';
import { GatehouseEntity, InstantColumn } from '../database/tables/entities.js';

/** An event of the audit trail that the sink has not yet taken. The row goes once it has. */
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

  /** How often it was taken up to be sent; also by processes that died of it. */
  @Column({ type: 'integer', default: 0 })
  attempts!: number;

  /** Until then nobody else sends anything: it is being sent, or all wait after a failure. */
  @InstantColumn({ name: 'claimed_until', nullable: true })
  claimedUntil!: Date | null;

  /** Until then it is left out, and those after it go first. */
  @InstantColumn({ name: 'held_until', nullable: true })
  heldUntil!: Date | null;
}

/** Where events wait for the sink. Only an application that has one has this. */
@Injectable()
export class AuditOutbox {
  /** Puts in events by their ids, in the transaction in which they are written. */
  async add(manager: EntityManager, eventIds: readonly string[]): Promise<void> {
    await insertAll(manager, AuditOutboxEntry, entriesOf(eventIds));
  }
}

function* entriesOf(eventIds: readonly string[]): Generator<AuditOutboxEntry> {
  for (const eventId of eventIds) yield { eventId, attempts: 0, claimedUntil: null, heldUntil: null };
}
