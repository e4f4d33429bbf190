import { isJsonObject } from './is-json-object.js';
import { KeyError } from './key-error.js';
import { readJwk } from './read-jwk.js';
import { refuseDuplicateKids } from './refuse-duplicate-kids.js';
import type { JwtAlgorithm, VerificationKey } from './verification-key.js';

/**
 * The usable keys of a JWKS document that an issuer publishes; there may be none. Keys of other types, algorithms and
 * uses are skipped, as RFC 7517 §5 asks: an issuer may add an encryption key or an RS512 key at any time, and that must
 * not lock its users out. Two usable keys with one `kid` refuse the whole document. Throws {@link KeyError}.
 */
export function readJwks(document: unknown, assumed?: JwtAlgorithm): VerificationKey[] {
  if (!isJsonObject(document) || !Array.isArray(document.keys))
    throw new KeyError('set is not a JWKS document');
  const keys = document.keys.flatMap((jwk) => readOrSkip(jwk, assumed));
  refuseDuplicateKids(keys);
  return keys;
}

function readOrSkip(jwk: unknown, assumed?: JwtAlgorithm): VerificationKey[] {
  try {
    return [readJwk(jwk, assumed).key];
  } catch (error) {
    if (error instanceof KeyError) return [];
    throw error;
  }
}
