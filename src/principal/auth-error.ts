import { HttpException } from '@nestjs/common';
import { type ErrorCode, messageOfCode, statusOfCode } from './error-codes.js';

/** What an error says beside its code. */
export interface AuthErrorOptions {
  /** Replaces the code's own message. Never put a credential or a cause in it. */
  readonly message?: string;
  /** Facts for the caller, part of the answer's body. */
  readonly details?: unknown;
  /** Seconds after which a retry makes sense; sent as `Retry-After` (RFC 9110 §10.2.3). */
  readonly retryAfterSeconds?: number;
  /** Kept for the log, never sent. */
  readonly cause?: unknown;
}

/**
 * The one error of this package: a public code, its HTTP status, and a body `{ code, message, details? }`. Only a fault
 * of ours (5xx) has a stack.
 */
export class AuthError extends HttpException {
  readonly retryAfterSeconds: number | undefined;

  constructor(
    readonly code: ErrorCode,
    { message = messageOfCode[code], details, retryAfterSeconds, cause }: AuthErrorOptions = {},
  ) {
    // A refusal is no fault to be traced, and a stack would be most of what it costs.
    const { stackTraceLimit } = Error;
    if (statusOfCode[code] < 500) Error.stackTraceLimit = 0;
    super(details === undefined ? { code, message } : { code, message, details }, statusOfCode[code], {
      cause,
    });
    Error.stackTraceLimit = stackTraceLimit;
    this.message = message;
    this.retryAfterSeconds = retryAfterSeconds ?? (statusOfCode[code] === 503 ? 5 : undefined);
  }
}
