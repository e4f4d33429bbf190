import { isJsonObject } from '../support/json.js';
import { requireUniqueKids } from './issuer-keys.js';
import { canVerify, readJwk } from './jwk.js';
import { type JwtAlgorithm, KeyError, type VerificationKey } from './verification-key.js';

/** Importing a key blocks the process for up to half a millisecond. */
export const maxKeys = 100;
/** How many entries at most are searched for usable keys. */
const maxEntries = 1_000;

export interface PublishedKeys {
  readonly keys: VerificationKey[];
  /** The `kid`s, or positions, of the first few keys beyond the limit. */
  readonly ignored: readonly string[];
  readonly ignoredCount: number;
}

/**
 * The usable keys of a JWKS that an issuer publishes: 100 at most, possibly none. Keys of other types, algorithms and
 * uses are skipped (RFC 7517 §5): an issuer may add an encryption key or an RS512 key at any time, and that must not lock
 * its users out. Throws {@link KeyError} if the document is not a JWKS or two usable keys share a `kid`.
 */
export function readJwks(document: unknown, assumed?: JwtAlgorithm): PublishedKeys {
  if (!isJsonObject(document) || !Array.isArray(document.keys))
    throw new KeyError('set is not a JWKS document');
  const entries: readonly unknown[] = document.keys;
  const keys: VerificationKey[] = [];
  let imports = 0;
  let next = 0;
  for (; next < Math.min(entries.length, maxEntries) && imports < maxKeys; next += 1) {
    const entry = entries[next];
    if (!canVerify(entry)) continue;
    imports += 1;
    keys.push(...readOrSkip(entry, assumed));
  }
  requireUniqueKids(keys);
  const rest = entries.slice(next);
  return {
    keys,
    ignored: rest.slice(0, 5).map((entry, index) => nameOf(entry, next + index)),
    ignoredCount: rest.length,
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
