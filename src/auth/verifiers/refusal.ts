import type { Outcome } from '../../key-store/outcome.js';

/** Why a key was refused: the `cause` of the error, for the log, and never part of an answer. */
export interface Refusal {
  readonly outcome: Outcome;
  readonly keyId?: string;
}
