import { isJsonObject } from '../../support/json.js';
import { KeyError } from './key-error.js';
import { readJwk, type ReadKey } from './read-jwk.js';
import { mostKeys } from './read-jwks.js';
import { readDer, readPem } from './read-pem.js';
import { refuseDuplicateKids } from './refuse-duplicate-kids.js';
import type { JwtAlgorithm, VerificationKey } from './verification-key.js';

export interface LoadedKeys {
  /** At least one. */
  readonly keys: readonly VerificationKey[];
  /** For the log; free of key material. */
  readonly warnings: readonly string[];
}

/**
 * The keys an operator configured: JWK, JWKS, PEM or base64 DER. One bad key among them refuses all, as a mistake is
 * best found at start. Throws {@link KeyError} that names `setBy` and the fault, and nothing of the value.
 */
export function loadKeys(source: string | object, setBy: string, assumed?: JwtAlgorithm): LoadedKeys {
  try {
    const read = readSource(source, assumed);
    const keys = read.map(({ key }) => key);
    refuseDuplicateKids(keys);
    return {
      keys,
      warnings: read.some(({ hadPrivatePart }) => hadPrivatePart) ? [privateKeyWarning(setBy)] : [],
    };
  } catch (error) {
    if (error instanceof KeyError) throw new KeyError(`${setBy}: the key ${error.message}.`);
    throw error;
  }
}

function readSource(source: string | object, assumed?: JwtAlgorithm): ReadKey[] {
  if (typeof source !== 'string') return readJson(source, assumed);
  const text = source.trim();
  if (text === '') throw new KeyError('is empty');
  if (text.startsWith('{')) return readJson(parseJson(text), assumed);
  if (!text.includes('-----BEGIN')) return [readJwk(readDer(text), assumed)];
  const { jwk, hadPrivatePart } = readPem(text);
  return [{ key: readJwk(jwk, assumed).key, hadPrivatePart }];
}

function readJson(value: unknown, assumed?: JwtAlgorithm): ReadKey[] {
  if (!isJsonObject(value) || !('keys' in value)) return [readJwk(value, assumed)];
  if (!Array.isArray(value.keys) || value.keys.length === 0) throw new KeyError('set has no "keys" in it');
  if (value.keys.length > mostKeys) throw new KeyError(`set has over ${mostKeys} keys`);
  return value.keys.map((jwk, index) => readMember(jwk, index, assumed));
}

function readMember(jwk: unknown, index: number, assumed?: JwtAlgorithm): ReadKey {
  try {
    return readJwk(jwk, assumed);
  } catch (error) {
    throw error instanceof KeyError ? new KeyError(`at keys[${index}] ${error.message}`) : error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not chained: JSON.parse quotes its input.
    throw new KeyError('begins like JSON but is not JSON');
  }
}

function privateKeyWarning(setBy: string): string {
  return `${setBy} holds a private key. Only its public part is used; put the public key there, for whoever reads this one can sign tokens.`;
}
