import { isJsonObject } from '../support/json.js';
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
  /** The first few keys that are damaged, weak or odd: each is named, with the reason. */
  readonly rejected: readonly string[];
}

const mostNamed = 5;

/**
 * The usable keys of a JWKS that an issuer publishes: 100 at most, possibly none. Keys of other types, algorithms and
 * uses are skipped (RFC 7517 §5): an issuer may add an encryption key or an RS512 key at any time, and that must not lock
 * its users out. A key that is listed twice is one key; different keys with one `kid` are all tried. Throws
 * {@link KeyError} if the document is not a JWKS.
 */
export function readJwks(document: unknown, assumed?: JwtAlgorithm): PublishedKeys {
  if (!isJsonObject(document) || !Array.isArray(document.keys))
    throw new KeyError('set is not a JWKS document');
  const entries: readonly unknown[] = document.keys;
  const keys: VerificationKey[] = [];
  const rejected: string[] = [];
  let imports = 0;
  let next = 0;
  for (; next < Math.min(entries.length, maxEntries) && imports < maxKeys; next += 1) {
    const entry = entries[next];
    if (!canVerify(entry)) continue;
    imports += 1;
    try {
      const { key } = readJwk(entry, assumed);
      if (!keys.some((other) => isSame(key, other))) keys.push(key);
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      if (rejected.length < mostNamed) rejected.push(`${nameOf(entry, next)} ${error.message}`);
    }
  }
  const rest = entries.slice(next);
  return {
    keys,
    ignored: rest.slice(0, mostNamed).map((entry, index) => nameOf(entry, next + index)),
    ignoredCount: rest.length,
    rejected,
  };
}

function isSame(one: VerificationKey, other: VerificationKey): boolean {
  return one.kid === other.kid && one.key.equals(other.key);
}

function nameOf(entry: unknown, index: number): string {
  const kid = isJsonObject(entry) ? entry.kid : undefined;
  return typeof kid === 'string' ? JSON.stringify(kid.slice(0, 32)) : `keys[${index}]`;
}
