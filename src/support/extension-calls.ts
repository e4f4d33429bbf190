import { Injectable, Logger } from '@nestjs/common';
import { Clock } from './clock.js';
import { withTimeout } from './timers.js';
import { AuthError } from '../principal/auth-error.js';
import { causeOf } from './errors.js';
import { redact, redacted } from './redact.js';
import { ThrottledLog } from './throttle.js';

const limit = 3_000;
const usualMessage = 'Who is calling cannot be found out at the moment.';

/** Asks what the application itself has given, and takes what goes wrong there for a fault of ours. */
@Injectable()
export class HostCode {
  private readonly faults: HostFaults;

  constructor(clock: Clock) {
    this.faults = new HostFaults(clock);
  }

  /** The answer, within 3 s. Rejects with an `AuthError` of 503 and with nothing else; see `HostFaults`. */
  async ask<T>(
    name: string,
    question: () => Promise<T>,
    { secret, message = usualMessage }: { secret?: string; message?: string } = {},
  ): Promise<T> {
    try {
      return await withTimeout(question(), limit);
    } catch (error) {
      throw this.faults.noted(name, error, { message, secret });
    }
  }
}

interface HostFaultOptions {
  /** `AUTH_UNAVAILABLE` by default. */
  readonly code?: 'AUTH_UNAVAILABLE' | 'DB_UNAVAILABLE';
  /** What the caller reads. */
  readonly message?: string;
  /** What must not be logged, whatever it looks like. */
  readonly secret?: string;
}

/** Takes what goes wrong in the code of an application, or makes no sense, for a fault of ours. */
export class HostFaults {
  private readonly logger = new Logger('Gatehouse');
  private readonly log: ThrottledLog;

  constructor(clock: Clock) {
    this.log = new ThrottledLog(clock);
  }

  /**
   * The 503 to answer with; an `AuthError` of 503 is passed on as it is. Why is logged, of each `name` at most once a
   * minute and without credentials.
   */
  noted(
    name: string,
    error: unknown,
    { code = 'AUTH_UNAVAILABLE', message, secret }: HostFaultOptions = {},
  ): AuthError {
    this.log.note(name, (more) => this.logger.error(`${name} failed: ${reasonOf(error, secret)}${more}`));
    if (error instanceof AuthError && error.getStatus() === 503) return error;
    return new AuthError(code, { message, cause: new Error(`${name} failed`) });
  }
}

function reasonOf(error: unknown, secret: string | undefined): string {
  if (!(error instanceof Error)) return `it threw a ${typeof error}`;
  const reason = causeOf(error);
  return redact(secret === undefined ? reason : reason.replaceAll(secret, redacted)).slice(0, 1_000);
}
