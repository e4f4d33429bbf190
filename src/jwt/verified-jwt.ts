import type { JsonObject } from '../support/json.js';
import { type Claims, clockSkewSeconds } from './claims.js';
import { isNamedAudience } from './audience.js';
import type { Delegation } from './delegation.js';
import type { TrustedIssuer } from './issuers.js';
import type { Tenants } from './tenants.js';
import type { MappedPerson } from './token-person.js';

/** What a verified token says about its bearer. */
export interface VerifiedJwt extends Delegation, MappedPerson {
  /** One of the configured issuers, also if the token names it by an alias; with tenants, the `iss` of the tenant. */
  readonly issuer: string;
  readonly aliases: readonly string[];
  /** With tenants: `issuer` is one of those that fit. */
  readonly template?: Tenants;
  /** True for the first configured issuer: its UUID subjects are user ids as they are. */
  readonly primary: boolean;
  /** The `sub`, or what the application maps it to: a non-empty string of at most 255 characters. */
  readonly subject: string;
  /** A tenant without an owner gets one. */
  readonly createOwners: boolean;
  /** Those that the options name. */
  readonly claims: JsonObject;
  /** The `email` claim if it is a string of at most 320 characters. */
  readonly email: string | null;
  /**
   * Wall-clock milliseconds of the `iat`, in whole seconds as most issuers write it; `undefined` without one, and for one in
   * the future by more than the clock skew.
   */
  readonly issuedAt: number | undefined;
  /** Wall-clock milliseconds at which the token stops being accepted, including the clock skew. */
  readonly validUntil: number;
  /** How long the answer may be cached, milliseconds. */
  readonly cachedForMs: number;
  /** `exp` itself, wall-clock milliseconds. */
  readonly expiresAt: number;
  readonly audiences: readonly string[];
  /** Those of `audiences` that the options of the issuer do not name. */
  readonly otherAudiences: readonly string[];
}

/** What the claims of a good token say at wall-clock `now`. */
export function verifiedJwt(
  claims: Claims,
  trusted: TrustedIssuer,
  mapped: Delegation & MappedPerson & Pick<VerifiedJwt, 'claims'>,
  now: number,
): VerifiedJwt {
  const { issuer, aliases, tenants, primary, cachedForMs, person } = trusted;
  const { email, validUntil, expiresAt, audiences } = claims;
  const issuedAt = issueTime(claims, now);
  return {
    issuer: tenants === undefined ? issuer : claims.issuer,
    aliases,
    template: tenants,
    primary,
    email,
    issuedAt,
    validUntil,
    expiresAt,
    audiences,
    otherAudiences: audiences.filter((audience) => !isNamedAudience(audience, trusted)),
    cachedForMs,
    createOwners: person.createOwners ?? false,
    ...mapped,
  };
}

/**
 * A token from the future, such as one with an `iat` in milliseconds, would outlast every sign-out. Within the clock skew it
 * counts as what it says: a new login at an issuer whose clock is ahead would otherwise be rejected after a sign-out.
 */
function issueTime({ issuedAt = Infinity }: Claims, now: number): number | undefined {
  return issuedAt > now + clockSkewSeconds * 1000 ? undefined : issuedAt;
}
