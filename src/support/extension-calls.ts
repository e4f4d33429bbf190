import { Injectable, Logger } from '@nestjs/common';
import { AuthError } from '../principal/auth-error.js';
import { Clock } from './clock.js';
import { causeOf } from './errors.js';
import { redact, redacted } from './redact.js';
import { ThrottledLog } from './throttle.js';
import { withTimeout } from './timers.js';

const limitMs = 3_000;

interface FailureOptions {
  /** `AUTH_UNAVAILABLE` by default. */
  readonly code?: 'AUTH_UNAVAILABLE' | 'DB_UNAVAILABLE';
  /** The message in the response. */
  readonly message?: string;
  /** Text that must not be logged, whatever it looks like. */
  readonly secret?: string;
}

/**
 * Calls to code that the application provides, such as an `OwnerResolver` or a key store. What goes wrong there is
 * answered with 503 and logged at most once a minute under each name, without credentials.
 */
@Injectable()
export class ExtensionCalls {
  private readonly logger = new Logger('Gatehouse');
  private readonly log: ThrottledLog;

  constructor(clock: Clock) {
    this.log = new ThrottledLog(clock);
  }

  /** The result of `work`. Rejects with an `AuthError` of status 503 if `work` fails or takes longer than 3 s. */
  async call<T>(
    name: string,
    work: () => Promise<T>,
    { secret, message = 'The caller cannot be identified at the moment.' }: Omit<FailureOptions, 'code'> = {},
  ): Promise<T> {
    try {
      return await withTimeout(work(), limitMs);
    } catch (error) {
      throw this.failure(name, error, { message, secret });
    }
  }

  /** Logs the error and returns the 503 to respond with; an `AuthError` of status 503 is returned as it is. */
  failure(
    name: string,
    error: unknown,
    { code = 'AUTH_UNAVAILABLE', message, secret }: FailureOptions = {},
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
