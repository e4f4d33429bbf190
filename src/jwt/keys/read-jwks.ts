import { isJsonObject } from '../../support/json.js';
import { KeyError } from './key-error.js';
import { mayVerify, readJwk } from './read-jwk.js';
import { refuseDuplicateKids } from './refuse-duplicate-kids.js';
import type { JwtAlgorithm, VerificationKey } from './verification-key.js';

/** To import a key takes up to half a millisecond, during which nothing else runs. */
export const mostKeys = 100;
/** Looked at for usable ones: whoever publishes more than that publishes no key set. */
const mostEntries = 1_000;

export interface PublishedKeys {
  readonly keys: VerificationKey[];
  /** The `kid`s, or else places, of the first few keys that were left out because there are too many. */
  readonly leftOut: readonly string[];
  readonly leftOutCount: number;
}

/**
 * The usable keys of a JWKS document that an issuer publishes, 100 at most; there may be none. Keys of other types,
 * algorithms and uses are skipped, as RFC 7517 §5 asks: an issuer may add an encryption key or an RS512 key at any time,
 * and that must not lock its users out. Two usable keys with one `kid` refuse the whole document. Throws
 * {@link KeyError}.
 */
export function readJwks(document: unknown, assumed?: JwtAlgorithm): PublishedKeys {
  if (!isJsonObject(document) || !Array.isArray(document.keys))
    throw new KeyError('set is not a JWKS document');
  const entries: readonly unknown[] = document.keys;
  const keys: VerificationKey[] = [];
  let imports = 0;
  let next = 0;
  for (; next < Math.min(entries.length, mostEntries) && imports < mostKeys; next += 1) {
    const entry = entries[next];
    if (!mayVerify(entry)) continue;
    imports += 1;
    keys.push(...readOrSkip(entry, assumed));
  }
  refuseDuplicateKids(keys);
  const left = entries.slice(next);
  return {
    keys,
    leftOut: left.slice(0, 5).map((entry, index) => nameOf(entry, next + index)),
    leftOutCount: left.length,
  };
}

function nameOf(entry: unknown, index: number): string {
  const kid = isJsonObject(entry) ? entry.kid : undefined;
  return typeof kid === 'string' ? JSON.stringify(kid.slice(0, 32)) : `keys[${index}]`;
}

function readOrSkip(jwk: unknown, assumed?: JwtAlgorithm): VerificationKey[] {
  try {
    return [readJwk(jwk, assumed).key];
  } catch (error) {
    if (error instanceof KeyError) return [];
    throw error;
  }
}
