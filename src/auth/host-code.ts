import { Injectable, Logger } from '@nestjs/common';
import { inTime } from '../limits/in-time.js';
import { AuthError } from '../principal/auth-error.js';
import { causeOf } from '../principal/cause-of.js';
import { Clock } from '../principal/clock.js';
import { redact, redacted } from '../principal/redact.js';
import { ThrottledLog } from '../principal/throttled-log.js';

const limit = 3_000;

/** Asks what the application itself has given, and takes what goes wrong there for a fault of ours. */
@Injectable()
export class HostCode {
  private readonly logger = new Logger('Gatehouse');
  private readonly log: ThrottledLog;

  constructor(clock: Clock) {
    this.log = new ThrottledLog(clock);
  }

  /**
   * The answer, within 3 s. Rejects with an `AuthError` of 503 and with nothing else; why is logged, of each `name` at
   * most once a minute and without credentials, `secret` among them.
   */
  async ask<T>(name: string, question: () => Promise<T>, secret?: string): Promise<T> {
    try {
      return await inTime(question(), limit);
    } catch (error) {
      this.log.note(name, (more) => this.logger.error(`${name} failed: ${reasonOf(error, secret)}${more}`));
      if (error instanceof AuthError && error.getStatus() === 503) throw error;
      throw new AuthError('AUTH_UNAVAILABLE', {
        message: 'Who is calling cannot be found out at the moment.',
        cause: new Error(`${name} failed`),
      });
    }
  }
}

function reasonOf(error: unknown, secret: string | undefined): string {
  if (!(error instanceof Error)) return `it threw a ${typeof error}`;
  const reason = causeOf(error);
  return redact(secret === undefined ? reason : reason.replaceAll(secret, redacted)).slice(0, 1_000);
}
