import { KeyError } from './key-error.js';
import type { VerificationKey } from './verification-key.js';

/** Throws {@link KeyError} when two keys share a `kid`: which of them a token means would be a guess (RFC 7517 §4.5). */
export function refuseDuplicateKids(keys: readonly VerificationKey[]): void {
  const kids = keys.flatMap(({ kid }) => (kid === undefined ? [] : [kid]));
  if (new Set(kids).size !== kids.length) throw new KeyError('set has two keys with the same "kid"');
}
