import { Logger } from '@nestjs/common';
import { causeOf } from '../../principal/cause-of.js';
import type { Clock } from '../../principal/clock.js';
import { RecurringJob } from '../../principal/recurring-job.js';
import { ThrottledLog } from '../../principal/throttled-log.js';
import type { BuiltinIssuer } from './builtin-issuer.js';

/** Notices within two seconds that the signing key was rotated. While the file cannot be read, the keys stay as they are. */
export class SigningKeyWatch extends RecurringJob {
  protected readonly every = 1_000;
  private readonly log = new Logger('Gatehouse');
  private readonly failures: ThrottledLog;

  constructor(
    private readonly issuer: BuiltinIssuer,
    private readonly clock: Clock,
  ) {
    super();
    this.failures = new ThrottledLog(clock);
  }

  protected override async doAll(): Promise<number> {
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
}
