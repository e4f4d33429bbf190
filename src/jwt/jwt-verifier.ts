import { hash } from 'node:crypto';
import { Logger, type LoggerService } from '@nestjs/common';
import { AuthError } from '../principal/auth-error.js';
import type { Clock } from '../support/clock.js';
import type { RequestOrigin } from '../principal/authenticated-user.js';
import { ExtensionCalls } from '../support/extension-calls.js';
import { boundedLru } from '../support/lru.js';
import { Signal } from '../support/instrumentation.js';
import { type Claims, readClaims } from './claims.js';
import { completeClaims } from './custom-verification.js';
import { IssuerRules } from './issuer-rules.js';
import { type IssuerOptions, trustIssuers, type TrustedIssuer } from './issuers.js';
import {
  invalidToken,
  isSigned,
  isAccepted,
  isSignedByOneOf,
  parseJws,
  payloadOf,
  type SignedJws,
} from './jws.js';
import { JwtRejectionLog } from './jwt-rejection-log.js';
import type { JwksFetch } from './remote-jwks.js';
import { TrustedIssuers } from './trusted-issuers.js';
import type { VerifiedJwt } from './verified-jwt.js';
import type { VerificationKey } from './verification-key.js';

/** How long the signature of an expired token stays verified. */
const expiredForMs = 60_000;
const nowhere: RequestOrigin = { ip: null, userAgent: null, requestId: null };

/**
 * Verifies JWTs of the configured issuers (RFC 7519 §7.2, RFC 8725). The constructor checks the options and loads the
 * configured keys; it throws an `Error` that names the variable at fault.
 */
export class JwtVerifier {
  /** Emits each fetch of an issuer's keys when it has ended. */
  readonly fetches = new Signal<JwksFetch>();
  private readonly issuers: TrustedIssuers;
  private readonly rejections: JwtRejectionLog;
  private readonly rules: IssuerRules;
  /** Digests of expired tokens with a good signature, and the ticks until which that counts as verified. */
  private readonly expired = boundedLru<string, number>(5_000);

  constructor(
    issuers: readonly IssuerOptions[],
    private readonly clock: Clock,
    logger: Pick<LoggerService, 'log' | 'warn'> = new Logger(JwtVerifier.name),
  ) {
    const calls = new ExtensionCalls(clock);
    this.issuers = new TrustedIssuers(trustIssuers(issuers, clock, logger, calls, this.fetches));
    this.rejections = new JwtRejectionLog(clock, logger);
    this.rules = new IssuerRules(this.rejections);
  }

  /**
   * Returns what a good token says; a promise only if keys have to be fetched first, or the application verifies it. Throws,
   * or rejects with, an `AuthError`: `INVALID_TOKEN`; `EXPIRED_TOKEN` if nothing else is wrong; `AUTH_NOT_CONFIGURED` without
   * issuers; `AUTH_UNAVAILABLE` if the keys are unavailable, or code of the application fails.
   */
  verify(token: string, origin: RequestOrigin = nowhere): VerifiedJwt | Promise<VerifiedJwt> {
    if (this.issuers.all.length === 0) throw new AuthError('AUTH_NOT_CONFIGURED');
    const opaque = this.issuers.ofOpaque(token);
    if (opaque !== undefined) return this.ask(opaque, token, origin, false);
    const jws = parseJws(token);
    const unverified = payloadOf(jws);
    const custom = this.issuers.customOf(jws, unverified);
    if (custom !== undefined) {
      if (!isSigned(jws)) throw this.rejections.wrongAlgorithm(custom, jws.algorithm);
      return this.ask(custom, token, origin, jws.isAccessToken);
    }
    const claims = readClaims(unverified);
    const issuer = this.issuerOf(claims);
    // Clients keep sending expired tokens, which are not rate limited as guesses are, so their signatures are cached.
    const expired = this.clock.now() < claims.validUntil ? undefined : hash('sha256', token, 'base64');
    if (expired !== undefined && this.clock.ticks() < (this.expired.get(expired) ?? -Infinity))
      throw new AuthError('EXPIRED_TOKEN');
    if (!isAccepted(jws)) throw this.rejections.wrongAlgorithm(issuer, jws.algorithm);
    const accept = (keys: readonly VerificationKey[]) => this.accept(jws, claims, issuer, keys, expired);
    const keys = issuer.keys.candidates(jws.kid, jws.algorithm);
    return keys instanceof Promise ? keys.then(accept) : accept(keys);
  }

  /** Fetches remote keys ahead of the first token. Never rejects; a failure is logged and retried with a token. */
  async warm(): Promise<void> {
    await Promise.all(this.issuers.keySets.map((keys) => keys.warm()));
  }

  /** Whether the tokens of each issuer can be verified now, for health checks. A call starts a retry if one is due. */
  state(): readonly { readonly issuer: string; readonly reachable: boolean }[] {
    return this.issuers.all.map(({ issuer, keys }) => ({ issuer, reachable: keys.reachable() }));
  }

  /** Each issuer with its keys, for those who run the platform. */
  describe() {
    return this.issuers.all.map(({ issuer, audiences, primary, keys }) => ({
      issuer,
      audiences,
      isPrimary: primary,
      isReachable: keys.reachable(),
      source: keys.origin,
      algorithms: keys.algorithms,
      keys: keys.count,
      refreshedSecondsAgo: keys.refreshes?.secondsAgo ?? null,
      failure: keys.refreshes?.failure ?? null,
      clockSkew: keys.refreshes?.clockSkew ?? null,
    }));
  }

  /** The configured issuer with this name or alias, or an allowed tenant of one. */
  find(name: string): Pick<TrustedIssuer, 'issuer' | 'aliases' | 'tenants' | 'primary'> | undefined {
    const found = this.issuers.named(name);
    if (found?.tenants === undefined) return found;
    return this.rules.isAllowedTenant(found, name) ? { ...found, issuer: name } : undefined;
  }

  /** Whether code of the application verifies the token. */
  isCustom(token: string): boolean {
    return this.issuers.isCustom(token);
  }

  private issuerOf(claims: Claims): TrustedIssuer {
    const issuer = this.issuers.named(claims.issuer);
    if (issuer === undefined) throw this.rejections.unknownIssuer(this.issuers.all);
    this.rules.checkPurpose(issuer, claims);
    return issuer;
  }

  /** What the application says of a token is checked like the claims of any other. */
  private async ask(
    issuer: TrustedIssuer,
    token: string,
    origin: RequestOrigin,
    isAccessToken: boolean,
  ): Promise<VerifiedJwt> {
    const given = await issuer.verification?.claimsOf(token, origin);
    const claims = this.rejections.explainClaims(issuer, () =>
      readClaims(completeClaims(given ?? {}, issuer.issuer)),
    );
    if (this.issuers.named(claims.issuer) !== issuer) throw this.rejections.otherIssuer(issuer);
    this.rules.checkPurpose(issuer, claims);
    return this.acceptClaims(claims, issuer, isAccessToken);
  }

  private accept(
    jws: SignedJws,
    claims: Claims,
    issuer: TrustedIssuer,
    keys: readonly VerificationKey[],
    expired: string | undefined,
  ): VerifiedJwt | Promise<VerifiedJwt> {
    if (keys.length === 0) {
      const hasAlgorithm = issuer.keys.algorithms.some((algorithm) => algorithm === jws.algorithm);
      throw hasAlgorithm
        ? this.rejections.unknownKey(issuer)
        : this.rejections.wrongAlgorithm(issuer, jws.algorithm);
    }
    if (isSignedByOneOf(jws, keys)) return this.acceptClaims(claims, issuer, jws.isAccessToken, expired);
    const refetch = issuer.keys.refetch();
    if (refetch === undefined) throw this.rejections.badSignature(issuer);
    return this.acceptByNewKeys(jws, claims, issuer, refetch, expired);
  }

  private async acceptByNewKeys(
    jws: SignedJws,
    claims: Claims,
    issuer: TrustedIssuer,
    refetch: Promise<boolean>,
    expired: string | undefined,
  ): Promise<VerifiedJwt> {
    const keys = (await refetch) ? await issuer.keys.candidates(jws.kid, jws.algorithm) : [];
    if (!isSignedByOneOf(jws, keys)) throw this.rejections.badSignature(issuer);
    return this.acceptClaims(claims, issuer, jws.isAccessToken, expired);
  }

  private acceptClaims(
    claims: Claims,
    issuer: TrustedIssuer,
    isAccessToken: boolean,
    expired?: string,
  ): VerifiedJwt {
    const now = this.clock.now();
    if (now < claims.validFrom) throw invalidToken('not valid yet');
    if (expired !== undefined) this.expired.set(expired, this.clock.ticks() + expiredForMs);
    if (now >= claims.validUntil) throw new AuthError('EXPIRED_TOKEN');
    return this.rules.read(claims, issuer, isAccessToken, now);
  }
}
