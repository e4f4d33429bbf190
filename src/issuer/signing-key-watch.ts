import { Logger } from '@nestjs/common';
import { v5 } from 'uuid';
import { AuditEvent } from '../audit/audit-event.entity.js';
import { type AuditEntry, subjectOf } from '../audit/audit-event.js';
import { AuditTrail } from '../audit/audit-trail.js';
import type { Database } from '../database/database.js';
import { Owner, platformOwnerId } from '../identity/owner.entity.js';
import type { Clock } from '../support/clock.js';
import { causeOf, listed } from '../support/errors.js';
import { ThrottledLog } from '../support/throttle.js';
import { RecurringJob } from '../support/timers.js';
import type { BuiltinIssuer } from './builtin-issuer.js';

interface SigningKeyEvent extends Pick<AuditEntry, 'type'> {
  readonly kid: string;
  readonly details?: object;
}

/** The audit events of signing keys. Their subject is the new key, by a UUID derived from its `kid`. */
export class SigningKeyEvents {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
  ) {}

  /** Records the event and then runs `change`, in one transaction: no event, no change. */
  async recordWith<T>(event: SigningKeyEvent, change: () => T): Promise<T> {
    return this.database.write(async (manager) => {
      // A process that notices the change waits for this lock, and then finds the event.
      await this.database.lock(manager, Owner, platformOwnerId);
      await this.audit.record(manager, { user: null, origin: null }, entryOf(event));
      return change();
    });
  }

  /** Records a key once, however many processes notice it. A key that comes back after another one has no second event. */
  async recordOnce(type: 'created' | 'rotated', kid: string): Promise<void> {
    await this.database.write(async (manager) => {
      await this.database.lock(manager, Owner, platformOwnerId);
      if (await manager.existsBy(AuditEvent, { subjectId: subjectIdOf(kid) })) return;
      await this.audit.record(manager, { user: null, origin: null }, entryOf({ type, kid }));
    });
  }
}

/**
 * Notices a changed key file within two seconds and records new keys that have no audit event: the first one, and those
 * put there by hand. While the file cannot be read, the keys stay as they are.
 */
export class SigningKeyWatch extends RecurringJob {
  protected readonly intervalMs = 1_000;
  private readonly log = new Logger('Gatehouse');
  private readonly failures: ThrottledLog;
  private recordedKid: string | undefined;

  constructor(
    private readonly issuer: BuiltinIssuer,
    private readonly events: SigningKeyEvents,
    private readonly clock: Clock,
  ) {
    super();
    this.recordedKid = issuer.isNew ? undefined : issuer.newestKid;
    this.failures = new ThrottledLog(clock);
  }

  protected override async runOnce(): Promise<number> {
    const changed = await this.refresh();
    await this.record();
    return changed;
  }

  private async refresh(): Promise<number> {
    try {
      if (!(await this.issuer.refresh())) return 0;
      // Shortened, as some whole ids look like secrets and would be redacted.
      const kids = this.issuer.jwksAt(this.clock.now()).keys.map(({ kid }) => `${kid.slice(0, 8)}…`);
      this.log.log(`The signing keys have changed. Published now, the signing key first: ${listed(kids)}`);
      return 1;
    } catch (error) {
      this.failures.note('unreadable', (more) =>
        this.log.error(
          `The signing keys cannot be read again, and stay as they are: ${causeOf(error)}${more}`,
        ),
      );
      return 0;
    }
  }

  /** Retried with each run until it succeeds. */
  private async record(): Promise<void> {
    const kid = this.issuer.newestKid;
    if (kid === this.recordedKid) return;
    try {
      await this.events.recordOnce(this.recordedKid === undefined ? 'created' : 'rotated', kid);
      this.recordedKid = kid;
    } catch (error) {
      this.failures.note('unrecorded', (more) =>
        this.log.error(
          `The change of the signing keys is not in the audit trail yet: ${causeOf(error)}${more}`,
        ),
      );
    }
  }
}

function entryOf({ type, kid, details }: SigningKeyEvent) {
  const subject = subjectOf('signing_key', { id: subjectIdOf(kid), ownerId: platformOwnerId });
  return { type, ...subject, details: { kid, ...details } };
}

function subjectIdOf(kid: string): string {
  return v5(kid, v5.URL);
}
