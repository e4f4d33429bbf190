import { readJwk } from '../jwt/jwk.js';
import { maxKeys, type PublishedKeys } from '../jwt/jwks.js';
import { readPem } from '../jwt/pem.js';
import { KeyError, type VerificationKey } from '../jwt/verification-key.js';
import { isJsonObject } from '../support/json.js';

const mostNamed = 5;

/**
 * The keys in GitHub's document `{ public_keys: [{ key_identifier, key }] }`, each a PEM of an EC key on P-256: 100 at most.
 * Others are skipped. Throws {@link KeyError} for any other document.
 */
export function readGithubKeys(document: unknown): PublishedKeys {
  if (!isJsonObject(document) || !Array.isArray(document.public_keys))
    throw new KeyError('set has no list "public_keys"');
  const entries: readonly unknown[] = document.public_keys;
  const keys: VerificationKey[] = [];
  const rejected: string[] = [];
  for (const [index, entry] of entries.slice(0, maxKeys).entries()) {
    try {
      keys.push(readKey(entry));
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      if (rejected.length < mostNamed) rejected.push(`public_keys[${index}] ${error.message}`);
    }
  }
  return { keys, ignored: [], ignoredCount: Math.max(0, entries.length - maxKeys), rejected };
}

function readKey(entry: unknown): VerificationKey {
  const { key_identifier: kid, key: pem } = isJsonObject(entry) ? entry : {};
  if (typeof kid !== 'string' || typeof pem !== 'string')
    throw new KeyError('has no "key_identifier" and "key"');
  const { key } = readJwk(readPem(pem).jwk, 'ES256');
  if (key.algorithm !== 'ES256') throw new KeyError('is no EC key on P-256');
  return { ...key, kid };
}
