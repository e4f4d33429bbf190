import { isUtf8 } from 'node:buffer';
import { verify } from 'node:crypto';
import { AuthError } from '../principal/auth-error.js';
import { isJsonObject, type JsonObject } from '../support/json.js';
import { hasJwtShape } from '../support/redact.js';
import {
  algorithmNamed,
  isJwtAlgorithm,
  type JwtAlgorithm,
  type VerificationKey,
} from './verification-key.js';

const maxTokenLength = 16 * 1024;
const accessTokenType = 'at+jwt';
const acceptedTypes = ['jwt', accessTokenType];
/** Of ES256 and of EdDSA with Ed25519. */
const ellipticSignatureLength = 64;

/** A JWS in compact form (RFC 7515 §7.1), parsed but not verified. */
export interface Jws {
  /** Any text: whatever the header says. */
  readonly algorithm: string;
  readonly kid: string | undefined;
  /** Its `typ` is `at+jwt`: an OAuth access token (RFC 9068 §2.1). */
  readonly isAccessToken: boolean;
  readonly payload: Buffer;
  /** Header and payload as they were signed (RFC 7515 §5.1). */
  readonly signedText: string;
  readonly signature: Buffer;
}

/** A JWS whose algorithm is accepted. */
export type SignedJws = Jws & { readonly algorithm: JwtAlgorithm };

export function isAccepted(jws: Jws): jws is SignedJws {
  return isJwtAlgorithm(jws.algorithm);
}

/** The 401 for a bad token. `reason` goes to the log: a fixed text, never a part of the token. */
export function invalidToken(reason: string): AuthError {
  return new AuthError('INVALID_TOKEN', { cause: reason });
}

/**
 * Parses a token. Throws `INVALID_TOKEN` if it is longer than 16 KiB, is not canonical base64url, or has a header with
 * extensions. Keys and key addresses in the header (`jwk`, `jku`, `x5u`, `x5c`) are never read.
 */
export function parseJws(token: string): Jws {
  if (token.length > maxTokenLength) throw invalidToken('too long');
  if (!hasJwtShape(token)) throw invalidToken('not three base64url segments');
  const headerEnd = token.indexOf('.');
  const payloadEnd = token.lastIndexOf('.');
  const headerBytes = decodeSegment(token.slice(0, headerEnd));
  const payload = decodeSegment(token.slice(headerEnd + 1, payloadEnd));
  const signature = decodeSegment(token.slice(payloadEnd + 1));
  if (!headerBytes || !payload || !signature) throw invalidToken('base64url is not canonical');
  return { ...readHeader(headerBytes), payload, signedText: token.slice(0, payloadEnd), signature };
}

/** The claims, not yet verified. Throws `INVALID_TOKEN` if they are no JSON object. */
export function payloadOf({ payload }: Pick<Jws, 'payload'>): JsonObject {
  const claims = parseJsonObject(payload);
  if (claims === undefined) throw invalidToken('payload is not a JSON object');
  return claims;
}

/** Parses the JSON object in the bytes of a segment; `undefined` if it is not one. Of duplicate names the last counts (RFC 7515 §4). */
function parseJsonObject(bytes: Buffer): JsonObject | undefined {
  if (!isUtf8(bytes)) return undefined;
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isJsonObject(value) ? value : undefined;
  } catch {
    // Not chained: JSON.parse quotes its input, which is the token.
    return undefined;
  }
}

/**
 * True if one of the keys made the signature and the token names exactly the algorithm of that key (RFC 8725 §3.1).
 * An ES256 signature has two valid forms (s and n − s), so the text of a token does not identify it.
 */
export function isSignedByOneOf(jws: Jws, keys: readonly VerificationKey[]): boolean {
  const text = Buffer.from(jws.signedText, 'latin1');
  return keys.some((key) => key.algorithm === jws.algorithm && isSignedBy(text, jws.signature, key));
}

/** Names an algorithm of RFC 7518 §3.1 or of a later registration, and not `none`. */
export function isSigned({ algorithm }: Pick<Jws, 'algorithm'>): boolean {
  return algorithm !== 'none' && registeredAlgorithm.test(algorithm);
}

export const registeredAlgorithm = /^(?:none|(?:HS|RS|PS|ES)(?:256|384|512)|ES256K|EdDSA|Ed25519|Ed448)$/;

function isSignedBy(text: Buffer, signature: Buffer, { algorithm, key }: VerificationKey): boolean {
  switch (algorithm) {
    case 'ES256':
      // RFC 7518 §3.4: R and S of 32 octets each, and nothing else; DER is rejected.
      if (signature.length !== ellipticSignatureLength) return false;
      return verify('sha256', text, { key, dsaEncoding: 'ieee-p1363' }, signature);
    case 'RS256':
      return verify('sha256', text, key, signature);
    case 'EdDSA':
      return signature.length === ellipticSignatureLength && verify(null, text, key, signature);
  }
}

/** RFC 7515 §2. Stray bits at the end would give one token two texts (RFC 4648 §3.5), so they yield `undefined`. */
function decodeSegment(segment: string): Buffer | undefined {
  const bytes = Buffer.from(segment, 'base64url');
  return bytes.toString('base64url') === segment ? bytes : undefined;
}

function readHeader(bytes: Buffer): Pick<Jws, 'algorithm' | 'kid' | 'isAccessToken'> {
  const header = parseJsonObject(bytes);
  if (header === undefined) throw invalidToken('header is not a JSON object');
  const { alg, kid } = header;
  if (typeof alg !== 'string') throw invalidToken('header has no "alg"');
  if (kid !== undefined && typeof kid !== 'string')
    throw invalidToken('header has a "kid" that is not a string');
  rejectExtensions(header);
  return { algorithm: algorithmNamed(alg), kid, isAccessToken: typeOf(header) === accessTokenType };
}

function rejectExtensions({ crit, b64, typ }: JsonObject): void {
  // RFC 7515 §4.1.11: critical extensions must be understood, and none is.
  if (crit !== undefined) throw invalidToken('header has "crit"');
  // RFC 7797 §6 requires `crit` with it; without, verifiers disagree about what was signed.
  if (b64 !== undefined && b64 !== true) throw invalidToken('header has "b64"');
  // RFC 8725 §3.11: tokens for other purposes (logout+jwt, dpop+jwt, …) say so here.
  if (typ !== undefined && !acceptedTypes.includes(typeOf({ typ }) ?? ''))
    throw invalidToken('header has another "typ" than JWT or at+jwt');
}

/** RFC 7515 §4.1.9: a media type, its `application/` optional, compared case-insensitively. */
function typeOf({ typ }: JsonObject): string | undefined {
  return typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : undefined;
}
