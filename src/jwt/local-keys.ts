import { AuthError } from '../principal/auth-error.js';
import type { Clock } from '../support/clock.js';
import { isJsonObject } from '../support/json.js';
import { type IssuerKeys, KeySet, requireUniqueKids } from './issuer-keys.js';
import { readJwk, type ReadKey } from './jwk.js';
import { maxKeys } from './jwks.js';
import { readDer, readPem } from './pem.js';
import { type JwtAlgorithm, KeyError, type VerificationKey } from './verification-key.js';

/** Keys from the configuration: always available, never changing. */
export class LocalKeys implements IssuerKeys {
  private readonly keySet: KeySet;
  private readonly matchesAnyKid: boolean;

  constructor(
    keys: readonly VerificationKey[],
    readonly origin: string,
  ) {
    this.keySet = new KeySet(keys);
    // A PEM has no place for a kid, but the tokens of its issuer may name one.
    this.matchesAnyKid = keys.length === 1 && keys[0]?.kid === undefined;
  }

  get algorithms(): readonly JwtAlgorithm[] {
    return this.keySet.algorithms;
  }

  get count(): number {
    return this.keySet.size;
  }

  candidates(kid: string | undefined, algorithm: JwtAlgorithm): readonly VerificationKey[] {
    return this.keySet.candidates(this.matchesAnyKid ? undefined : kid, algorithm);
  }

  refetch(): undefined {}

  warm(): Promise<void> {
    return Promise.resolve();
  }

  reachable(): boolean {
    return true;
  }
}

/** Keys that the application provides and may change at any time. The constructor throws {@link KeyError} for bad keys. */
export class ChangingKeys implements IssuerKeys {
  private loaded: object;
  private keySet: KeySet;

  constructor(
    private readonly source: (now: number) => object,
    readonly origin: string,
    private readonly clock: Clock,
    private readonly algorithm?: JwtAlgorithm,
  ) {
    this.loaded = source(clock.now());
    this.keySet = this.load(this.loaded);
  }

  get algorithms(): readonly JwtAlgorithm[] {
    return this.current().algorithms;
  }

  get count(): number {
    return this.keySet.size;
  }

  /** Throws `AUTH_UNAVAILABLE` while the keys of the source are bad. */
  candidates(kid: string | undefined, algorithm: JwtAlgorithm): readonly VerificationKey[] {
    return this.current().candidates(kid, algorithm);
  }

  refetch(): undefined {}

  warm(): Promise<void> {
    return Promise.resolve();
  }

  reachable(): boolean {
    try {
      return this.current().size > 0;
    } catch {
      return false;
    }
  }

  private current(): KeySet {
    try {
      const keys = this.source(this.clock.now());
      if (keys !== this.loaded) {
        this.keySet = this.load(keys);
        this.loaded = keys;
      }
      return this.keySet;
    } catch (cause) {
      throw new AuthError('AUTH_UNAVAILABLE', { cause });
    }
  }

  private load(keys: object): KeySet {
    return new KeySet(loadKeys(keys, this.origin, this.algorithm).keys);
  }
}

export interface LoadedKeys {
  /** At least one. */
  readonly keys: readonly VerificationKey[];
  /** For the log; free of key material. */
  readonly warnings: readonly string[];
}

/**
 * Reads the keys that an operator configured: JWK, JWKS, PEM or base64 DER. One bad key rejects all, so that a mistake
 * shows at start. Throws {@link KeyError} that names `setBy` and the fault, but nothing of the value.
 */
export function loadKeys(source: string | object, setBy: string, assumed?: JwtAlgorithm): LoadedKeys {
  try {
    const read = readSource(source, assumed);
    const keys = read.map(({ key }) => key);
    requireUniqueKids(keys);
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
  if (value.keys.length > maxKeys) throw new KeyError(`set has over ${maxKeys} keys`);
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
  return `${setBy} holds a private key. Only its public part is used; replace it with the public key, as anyone who reads this one can sign tokens.`;
}
