import type { KeyObject } from 'node:crypto';

/** The JWS algorithms that are accepted (RFC 7518 §3.1, RFC 8037 §3.1). HMAC and `none` never are. */
const jwtAlgorithms = ['ES256', 'RS256', 'EdDSA'] as const;

export type JwtAlgorithm = (typeof jwtAlgorithms)[number];

/** A public key that passed all checks when it was loaded, bound to one algorithm (RFC 8725 §3.1). */
export interface VerificationKey {
  readonly kid: string | undefined;
  readonly algorithm: JwtAlgorithm;
  readonly key: KeyObject;
}

/** A key that must not be used. The message follows `the key` and holds nothing of the key itself. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
}

export function isJwtAlgorithm(name: string): name is JwtAlgorithm {
  return (jwtAlgorithms as readonly string[]).includes(name);
}

/** `Ed25519` is `EdDSA` with a key on that curve, the only one that is accepted (RFC 9864 §2.2). */
export function algorithmNamed<T>(name: T): T | 'EdDSA' {
  return name === 'Ed25519' ? 'EdDSA' : name;
}
