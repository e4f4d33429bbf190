import { Injectable, Logger } from '@nestjs/common';
import { AuthError } from '../principal/auth-error.js';
import { Clock } from '../support/clock.js';
import type { RequestOrigin } from '../principal/authenticated-user.js';
import { ThrottledLog } from '../support/throttle.js';
import { isRefusal } from './verifiers/verified-credential.js';

/** Logs why credentials were refused: each reason at most once a minute. Faults of ours are for the error filter. */
@Injectable()
export class RefusalLog {
  private readonly logger = new Logger('Gatehouse');
  private readonly log: ThrottledLog;

  constructor(clock: Clock) {
    this.log = new ThrottledLog(clock);
  }

  note(error: unknown, { ip, requestId }: RequestOrigin): void {
    if (!(error instanceof AuthError) || error.getStatus() >= 500) return;
    const reason = reasonOf(error);
    const where = `address ${ip ?? 'unknown'}, request ${requestId ?? 'unknown'}`;
    this.log.note(reason, (more) => this.logger.warn(`Refused: ${reason}; ${where}${more}`));
  }
}

function reasonOf({ code, cause }: AuthError): string {
  if (typeof cause === 'string') return `${code}, ${cause}`;
  if (cause instanceof Error) return `${code}, ${cause.message}`;
  if (!isRefusal(cause)) return code;
  return `${code}, ${cause.outcome}${cause.key === undefined ? '' : `, key ${cause.key.id}`}`;
}
