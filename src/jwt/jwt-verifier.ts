import { hash } from 'node:crypto';
import { Logger, type LoggerService } from '@nestjs/common';
import { AuthError } from '../principal/auth-error.js';
import type { Clock } from '../support/clock.js';
import { boundedLru } from '../support/lru.js';
import { Signal } from '../support/instrumentation.js';
import { type Claims, clockSkewSeconds, readClaims } from './claims.js';
import { type Delegation, delegationOf, MappingError } from './delegation.js';
import { type IssuerOptions, trustIssuers, type TrustedIssuer } from './issuers.js';
import { invalidToken, isSignedByOneOf, type Jws, parseJws } from './jws.js';
import { JwtRejectionLog } from './jwt-rejection-log.js';
import type { JwksFetch } from './remote-jwks.js';
import { isJwtAlgorithm, type VerificationKey } from './verification-key.js';

/** How long the signature of an expired token stays verified. */
const expiredForMs = 60_000;

/** What a verified token says about its bearer. */
export interface VerifiedJwt extends Delegation {
  /** One of the configured issuers, also if the token names it by an alias. */
  readonly issuer: string;
  readonly aliases: readonly string[];
  /** True for the first configured issuer: its UUID subjects are user ids as they are. */
  readonly primary: boolean;
  /** The `sub`, a non-empty string of at most 255 characters. */
  readonly subject: string;
  /** The `email` claim if it is a string of at most 320 characters. */
  readonly email: string | null;
  /**
   * Wall-clock milliseconds of the `iat`, in whole seconds as most issuers write it; `undefined` without one, and for one in
   * the future by more than the clock skew.
   */
  readonly issuedAt: number | undefined;
  /** Wall-clock milliseconds at which the token stops being accepted, including the clock skew. */
  readonly validUntil: number;
  /** `exp` itself, wall-clock milliseconds. */
  readonly expiresAt: number;
}

/**
 * Verifies JWTs of the configured issuers (RFC 7519 §7.2, RFC 8725). The constructor checks the options and loads the
 * configured keys; it throws an `Error` that names the variable at fault.
 */
export class JwtVerifier {
  /** Emits each fetch of an issuer's keys when it has ended. */
  readonly fetches = new Signal<JwksFetch>();
  private readonly issuers: ReadonlyMap<string, TrustedIssuer>;
  private readonly rejections: JwtRejectionLog;
  /** Digests of expired tokens with a good signature, and the ticks until which that counts as verified. */
  private readonly expired = boundedLru<string, number>(5_000);

  constructor(
    issuers: readonly IssuerOptions[],
    private readonly clock: Clock,
    logger: Pick<LoggerService, 'log' | 'warn'> = new Logger(JwtVerifier.name),
  ) {
    this.issuers = trustIssuers(issuers, clock, logger, this.fetches);
    this.rejections = new JwtRejectionLog(clock, logger);
  }

  /**
   * Returns what a good token says; a promise only if keys have to be fetched first. Throws, or rejects with, an
   * `AuthError`: `INVALID_TOKEN`; `EXPIRED_TOKEN` if nothing else is wrong; `AUTH_NOT_CONFIGURED` without issuers;
   * `AUTH_UNAVAILABLE` if the keys are unavailable or `mapScopes` fails.
   */
  verify(token: string): VerifiedJwt | Promise<VerifiedJwt> {
    if (this.issuers.size === 0) throw new AuthError('AUTH_NOT_CONFIGURED');
    const jws = parseJws(token);
    const claims = readClaims(jws);
    const issuer = this.issuerOf(claims);
    // Clients keep sending expired tokens, which are not rate limited as guesses are, so their signatures are cached.
    const expired = this.clock.now() < claims.validUntil ? undefined : hash('sha256', token, 'base64');
    if (expired !== undefined && this.clock.ticks() < (this.expired.get(expired) ?? -Infinity))
      throw new AuthError('EXPIRED_TOKEN');
    if (!isJwtAlgorithm(jws.algorithm)) throw this.rejections.wrongAlgorithm(issuer, jws.algorithm);
    const accept = (keys: readonly VerificationKey[]) => this.accept(jws, claims, issuer, keys, expired);
    const keys = issuer.keys.candidates(jws.kid, jws.algorithm);
    return keys instanceof Promise ? keys.then(accept) : accept(keys);
  }

  /** Fetches remote keys ahead of the first token. Never rejects; a failure is logged and retried with a token. */
  async warm(): Promise<void> {
    await Promise.all(this.all().map(({ keys }) => keys.warm()));
  }

  /** Whether the tokens of each issuer can be verified now, for health checks. A call starts a retry if one is due. */
  state(): readonly { readonly issuer: string; readonly reachable: boolean }[] {
    return this.all().map(({ issuer, keys }) => ({ issuer, reachable: keys.reachable() }));
  }

  /** The configured issuer with this name or alias. */
  find(name: string): Pick<TrustedIssuer, 'issuer' | 'aliases' | 'primary'> | undefined {
    return this.issuers.get(name);
  }

  private all(): readonly TrustedIssuer[] {
    return [...new Set(this.issuers.values())];
  }

  private issuerOf({ issuer: name, audiences, isIdToken }: Claims): TrustedIssuer {
    const issuer = this.issuers.get(name);
    if (issuer === undefined) throw this.rejections.unknownIssuer(this.issuers.keys());
    if (!audiences.some((audience) => issuer.audiences.includes(audience)))
      throw this.rejections.wrongAudience(issuer);
    if (isIdToken && !issuer.acceptsIdTokens) throw this.rejections.idToken(issuer);
    return issuer;
  }

  private accept(
    jws: Jws,
    claims: Claims,
    issuer: TrustedIssuer,
    keys: readonly VerificationKey[],
    expired: string | undefined,
  ): VerifiedJwt {
    if (keys.length === 0) {
      const hasAlgorithm = issuer.keys.algorithms.some((algorithm) => algorithm === jws.algorithm);
      throw hasAlgorithm
        ? this.rejections.unknownKey(issuer)
        : this.rejections.wrongAlgorithm(issuer, jws.algorithm);
    }
    if (!isSignedByOneOf(jws, keys)) throw this.rejections.badSignature(issuer);
    const now = this.clock.now();
    if (now < claims.validFrom) throw invalidToken('not valid yet');
    if (expired !== undefined) this.expired.set(expired, this.clock.ticks() + expiredForMs);
    if (now >= claims.validUntil) throw new AuthError('EXPIRED_TOKEN');
    const { subject, email, validUntil, expiresAt } = claims;
    const delegation = this.delegationOf(jws, claims, issuer);
    return {
      issuer: issuer.issuer,
      aliases: issuer.aliases,
      primary: issuer.primary,
      subject,
      email,
      issuedAt: issueTime(claims, now),
      validUntil,
      expiresAt,
      ...delegation,
    };
  }

  private delegationOf({ isAccessToken }: Jws, { all }: Claims, issuer: TrustedIssuer): Delegation {
    const delegation = this.readDelegation(all, isAccessToken, issuer);
    if (delegation.scopes === null || issuer.delegation.bounded !== 'warn') return delegation;
    this.rejections.wouldBeBounded(issuer, delegation);
    return { ...delegation, scopes: null };
  }

  private readDelegation(all: Claims['all'], isAccessToken: boolean, issuer: TrustedIssuer): Delegation {
    try {
      return delegationOf(all, isAccessToken, issuer.delegation);
    } catch (error) {
      throw error instanceof MappingError ? this.rejections.mappingFailed(issuer, error.cause) : error;
    }
  }
}

/** A token from the future, such as one with an `iat` in milliseconds, would outlast every sign-out. */
function issueTime({ issuedAt = Infinity }: Claims, now: number): number | undefined {
  return issuedAt > now + clockSkewSeconds * 1000 ? undefined : issuedAt;
}
