import type { KeyObject } from 'node:crypto';

/** The JWS algorithms that are accepted (RFC 7518 §3.1, RFC 8037 §3.1). HMAC and `none` are not, and never will be. */
export const jwtAlgorithms = ['ES256', 'RS256', 'EdDSA'] as const;

export type JwtAlgorithm = (typeof jwtAlgorithms)[number];

/** A public key that was checked when it was loaded, bound to one algorithm (RFC 8725 §3.1). */
export interface VerificationKey {
  readonly kid: string | undefined;
  readonly algorithm: JwtAlgorithm;
  readonly key: KeyObject;
}

export function isJwtAlgorithm(name: string): name is JwtAlgorithm {
  return (jwtAlgorithms as readonly string[]).includes(name);
}
