import { Logger } from '@nestjs/common';
import { causeOf } from '../../support/errors.js';
import type { Clock } from '../../support/clock.js';
import { RecurringJob } from '../../support/timers.js';
import { ThrottledLog } from '../../support/throttle.js';
import type { BuiltinIssuer } from './builtin-issuer.js';
import type { SigningKeyEvents } from './signing-key-events.js';

/**
 * Notices within two seconds that the signing key was rotated. While the file cannot be read, the keys stay as they are.
 * A first key, and one that was put there by hand, leave an audit event.
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
      // Whole, some of them look like a secret and would be kept out of the log.
      const kids = this.issuer.jwksAt(this.clock.now()).keys.map(({ kid }) => `${kid.slice(0, 8)}…`);
      this.log.log(
        `The signing keys were changed; now published, the one that signs first: ${kids.join(', ')}`,
      );
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

  /** Tried again until it succeeds. */
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
