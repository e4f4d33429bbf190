import type { KeyRef } from '../../key-store/api-key.state.js';
import type { Outcome } from '../../key-store/outcome.js';
import { AuthError } from '../../principal/auth-error.js';

/** Why a key was refused: the `cause` of the error, for the log, and never part of an answer. */
export interface Refusal {
  readonly outcome: Outcome;
  /** Where the key is known. */
  readonly key?: KeyRef;
}

export function isRefusal(cause: unknown): cause is Refusal {
  return typeof cause === 'object' && cause !== null && 'outcome' in cause;
}

/** Why the key was refused, when that is what the error tells of. */
export function refusalOf(error: unknown): Refusal | undefined {
  return error instanceof AuthError && isRefusal(error.cause) ? error.cause : undefined;
}
