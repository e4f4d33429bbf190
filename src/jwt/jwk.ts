import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { isJsonObject, type JsonObject } from '../support/json.js';
import { algorithmOfKey } from './key-strength.js';
import { algorithmNamed, type JwtAlgorithm, KeyError, type VerificationKey } from './verification-key.js';

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const base64url = /^[\w-]+$/;
/** 8192 bits and a leading zero byte in base64url. */
const maxModulusLength = Math.ceil((1025 * 8) / 6);
/** 64 bits and more: a long exponent makes each signature slow to verify. */
const maxExponentLength = 12;

export interface ReadKey {
  readonly key: VerificationKey;
  /** True if the source held a private part, which was dropped. */
  readonly hadPrivatePart: boolean;
}

/**
 * Reads one public JWK (RFC 7517 §4). `assumed` is the only algorithm that a key without `alg` may have.
 * Throws {@link KeyError} for a key that is damaged, weak, or meant for another use.
 */
export function readJwk(document: unknown, assumed?: JwtAlgorithm): ReadKey {
  const jwk = withoutNulls(document);
  const members = publicMembersOf(jwk);
  checkUse(jwk);
  const key = importKey(members);
  const algorithm = algorithmOfKey(key);
  checkAlgorithm(algorithm, jwk.alg, assumed);
  return {
    key: { kid: kidOf(jwk), algorithm, key },
    hadPrivatePart: privateMembers.some((member) => jwk[member] !== undefined),
  };
}

/** False for a JWK of another type or use. Cheap, as the key is not imported. */
export function canVerify(jwk: unknown): boolean {
  try {
    const members = withoutNulls(jwk);
    publicMembersOf(members);
    checkUse(members);
    return true;
  } catch {
    return false;
  }
}

/** Some issuers write `null` for a member that a key does not have. */
function withoutNulls(jwk: unknown): JsonObject {
  if (!isJsonObject(jwk)) throw new KeyError('is not a JSON object');
  return Object.fromEntries(Object.entries(jwk).filter(([, value]) => value !== null));
}

/** RFC 7518 §6, RFC 8037 §2. Only these members reach node:crypto, so a private part never does. */
function publicMembersOf(jwk: JsonObject): JsonWebKey {
  switch (jwk.kty) {
    case 'EC':
      if (jwk.crv !== 'P-256') throw new KeyError('is an EC key that is not on the curve P-256 (ES256)');
      return { kty: 'EC', crv: 'P-256', x: textOf(jwk, 'x'), y: textOf(jwk, 'y') };
    case 'RSA':
      return { kty: 'RSA', n: modulusOf(jwk), e: textOf(jwk, 'e', maxExponentLength) };
    case 'OKP':
      if (jwk.crv !== 'Ed25519') throw new KeyError('is an OKP key that is not Ed25519 (EdDSA)');
      return { kty: 'OKP', crv: 'Ed25519', x: textOf(jwk, 'x') };
    case 'oct':
      throw new KeyError('is a shared secret; a token signed with one (HS256) is never accepted');
    default:
      throw new KeyError('has no key type ("kty") of EC, RSA or OKP');
  }
}

/** The cost of each token grows with the length. */
function modulusOf(jwk: JsonObject): string {
  const modulus = textOf(jwk, 'n');
  if (modulus.length > maxModulusLength) throw new KeyError('is an RSA key of over 8192 bits');
  return modulus;
}

function textOf(jwk: JsonObject, member: string, maxLength = Infinity): string {
  const value = jwk[member];
  if (typeof value === 'string' && value.length > maxLength)
    throw new KeyError(`has a member "${member}" that is too long`);
  // Buffer skips what is not base64, so a damaged key would load as another one.
  if (typeof value !== 'string' || !base64url.test(value))
    throw new KeyError(`has no base64url member "${member}"`);
  return value;
}

function kidOf({ kid }: JsonObject): string | undefined {
  if (kid !== undefined && typeof kid !== 'string') throw new KeyError('has a "kid" that is not a string');
  return kid;
}

/** RFC 7517 §4.2 and §4.3. */
function checkUse({ use, key_ops: operations }: JsonObject): void {
  if (use !== undefined && use !== 'sig') throw new KeyError('is not for signatures ("use" is not "sig")');
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    throw new KeyError('is not for verifying ("key_ops" lacks "verify")');
  }
}

function importKey(jwk: JsonWebKey): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    throw new KeyError('is damaged: not a valid public key of its type');
  }
}

function checkAlgorithm(algorithm: JwtAlgorithm, named: unknown, assumed: JwtAlgorithm | undefined): void {
  if (named !== undefined && algorithmNamed(named) !== algorithm) {
    throw new KeyError(`names another algorithm ("alg") than ${algorithm}, the one for its type`);
  }
  if (named === undefined && assumed !== undefined && assumed !== algorithm) {
    throw new KeyError(`is a key for ${algorithm}, but one for ${assumed} is expected here`);
  }
}
