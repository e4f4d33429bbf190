import { AuthError } from '../principal/auth-error.js';

/** The 401 for a bad token. `reason` is for the log: a fixed text, never a piece of the token. */
export function invalidToken(reason: string): AuthError {
  return new AuthError('INVALID_TOKEN', { cause: reason });
}
