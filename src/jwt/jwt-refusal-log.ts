import type { LoggerService } from '@nestjs/common';
import type { Clock } from '../support/clock.js';
import { ThrottledLog } from '../support/throttle.js';

export type RefusalKind = 'algorithm' | 'audience' | 'issuer' | 'key' | 'signature';

/** Tells the operator what to mend when tokens are refused: each kind of each issuer once a minute at most. */
export class JwtRefusalLog {
  private readonly log: ThrottledLog;

  constructor(
    clock: Clock,
    private readonly logger: Pick<LoggerService, 'warn'>,
  ) {
    this.log = new ThrottledLog(clock);
  }

  /** `issuer` must be a configured one, or empty: nothing of an unverified token belongs in a log. */
  note(kind: RefusalKind, issuer: string, explain: () => string): void {
    this.log.note(`${kind} ${issuer}`, (more) => this.logger.warn(explain() + more));
  }
}
