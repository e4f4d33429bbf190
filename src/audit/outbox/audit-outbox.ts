import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { insertAll } from '../../database/insert-all.js';
import { AuditOutboxEntry } from './audit-outbox-entry.entity.js';

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
