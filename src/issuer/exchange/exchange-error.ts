import { AuthError } from '../../principal/auth-error.js';

/** `VALIDATION_FAILED` for a reason that OAuth has a name for (RFC 6749 §5.2, RFC 8693 §2.2.2). */
export class ExchangeError extends AuthError {
  constructor(
    readonly error: 'invalid_request' | 'invalid_scope' | 'invalid_target' | 'unsupported_grant_type',
    path: string,
    message: string,
  ) {
    super('VALIDATION_FAILED', { message, details: [{ path, message }] });
  }
}
