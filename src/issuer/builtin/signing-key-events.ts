import { v5 } from 'uuid';
import { AuditEvent } from '../../audit/audit-event.entity.js';
import { type AuditEntry, AuditTrail } from '../../audit/audit-trail.js';
import type { Database } from '../../database/database.js';
import { Owner, platformOwnerId } from '../../identity/owner.entity.js';

const subject = { subjectType: 'signing_key', ownerId: platformOwnerId } as const;

/** The audit events of the signing key. Their subject is the new key, by a UUID that follows from its `kid`. */
export class SigningKeyEvents {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
  ) {}

  /** Runs `change` after its event has been written, in one transaction: no event, no change. */
  async recordWith<T>(entry: Pick<AuditEntry, 'type'> & { kid: string; details?: object }, change: () => T) {
    return this.database.write(async (manager) => {
      // A process that notices the change waits here, and then finds its event.
      await this.database.lock(manager, Owner, platformOwnerId);
      await this.audit.record(manager, { user: null, origin: null }, entryOf(entry));
      return change();
    });
  }

  /**
   * Records a key that was noticed, unless it has an event already: of several processes one does. So a key that comes back
   * after another one has no second event.
   */
  async recordOnce(type: 'created' | 'rotated', kid: string): Promise<void> {
    await this.database.write(async (manager) => {
      await this.database.lock(manager, Owner, platformOwnerId);
      if (await manager.existsBy(AuditEvent, { subjectId: subjectIdOf(kid) })) return;
      await this.audit.record(manager, { user: null, origin: null }, entryOf({ type, kid }));
    });
  }
}

function entryOf({ type, kid, details }: Pick<AuditEntry, 'type'> & { kid: string; details?: object }) {
  return { type, ...subject, subjectId: subjectIdOf(kid), userId: null, details: { kid, ...details } };
}

function subjectIdOf(kid: string): string {
  return v5(kid, v5.URL);
}
