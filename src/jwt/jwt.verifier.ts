import { hash } from 'node:crypto';
import { Logger, type LoggerService } from '@nestjs/common';
import { AuthError } from '../principal/auth-error.js';
import type { Clock } from '../support/clock.js';
import { recentEntries } from '../support/lru.js';
import { Signal } from '../support/instrumentation.js';
import type { IssuerOptions } from './issuer-options.js';
import type { JwksFetch } from './keys/jwks-fetch.js';
import { isJwtAlgorithm, type VerificationKey } from './keys/verification-key.js';
import type { VerifiedJwt } from './verified-jwt.js';
import { explainAlgorithm } from './explain-algorithm.js';
import { invalidToken } from './invalid-token.js';
import { isSignedByOneOf } from './is-signed-by.js';
import { type Jws, parseJws } from './parse-jws.js';
import { type Claims, readClaims } from './read-claims.js';
import { type RefusalKind, JwtRefusalLog } from './jwt-refusal-log.js';
import { trustIssuers } from './trust-issuers.js';
import type { TrustedIssuer } from './trusted-issuer.js';

/** For so many milliseconds a token counts as genuine that had expired when its signature was verified. */
const expiredFor = 60_000;

/**
 * Verifies JWTs of the configured issuers (RFC 7519 §7.2, RFC 8725). The constructor checks the issuers and loads their
 * pasted keys; it throws an `Error` that names the variable at fault.
 */
export class JwtVerifier {
  /** Tells of each fetch of an issuer's keys once it has ended. */
  readonly fetches = new Signal<JwksFetch>();
  private readonly issuers: ReadonlyMap<string, TrustedIssuer>;
  private readonly refusals: JwtRefusalLog;
  /** Expired tokens with a good signature, by digest, and until when that is believed, in ticks of the clock. */
  private readonly expired = recentEntries<string, number>(5_000);

  constructor(
    issuers: readonly IssuerOptions[],
    private readonly clock: Clock,
    logger: Pick<LoggerService, 'log' | 'warn'> = new Logger(JwtVerifier.name),
  ) {
    this.issuers = trustIssuers(issuers, clock, logger, this.fetches);
    this.refusals = new JwtRefusalLog(clock, logger);
  }

  /**
   * What a good token says; a promise only when keys have to be fetched first. Throws, or rejects with, an `AuthError`:
   * `INVALID_TOKEN`; `EXPIRED_TOKEN` when nothing else is wrong; `AUTH_NOT_CONFIGURED` without issuers;
   * `AUTH_UNAVAILABLE` when the keys are out of reach.
   */
  verify(token: string): VerifiedJwt | Promise<VerifiedJwt> {
    if (this.issuers.size === 0) throw new AuthError('AUTH_NOT_CONFIGURED');
    const jws = parseJws(token);
    const claims = readClaims(jws.payload);
    const issuer = this.issuerOf(claims);
    // Clients go on sending an expired token, and it is not limited like a guess, so its signature is verified seldom.
    const expired = this.clock.now() < claims.validUntil ? undefined : hash('sha256', token, 'base64');
    if (expired !== undefined && this.clock.ticks() < (this.expired.get(expired) ?? -Infinity))
      throw new AuthError('EXPIRED_TOKEN');
    const accept = (keys: readonly VerificationKey[]) => this.accept(jws, claims, issuer, keys, expired);
    const keys = this.keysFor(jws, issuer);
    return keys instanceof Promise ? keys.then(accept) : accept(keys);
  }

  /** Gets remote keys ahead of the first token. Never rejects; what fails is logged and tried again with a token. */
  async warm(): Promise<void> {
    await Promise.all([...this.issuers.values()].map(({ keys }) => keys.warm()));
  }

  /** For health checks: whether the tokens of each issuer can be verified now. Asking retries when a retry is due. */
  state(): readonly { readonly issuer: string; readonly reachable: boolean }[] {
    return [...this.issuers.values()].map(({ issuer, keys }) => ({ issuer, reachable: keys.reachable() }));
  }

  /** Whether UUID subjects of this issuer are user ids as they are. */
  isPrimary(issuer: string): boolean {
    return this.issuers.get(issuer)?.primary === true;
  }

  private issuerOf(claims: Claims): TrustedIssuer {
    const issuer = this.issuers.get(claims.issuer);
    if (issuer === undefined) {
      throw this.refuse(
        'issuer',
        '',
        () => `A token's issuer is none of ${[...this.issuers.keys()].join(', ')}.`,
      );
    }
    if (!claims.audiences.some((audience) => issuer.audiences.includes(audience))) {
      throw this.refuse(
        'audience',
        issuer.issuer,
        () =>
          `A token that names ${issuer.issuer} as its issuer is not for ${issuer.audiences.join(' or ')}.`,
      );
    }
    return issuer;
  }

  private keysFor(
    jws: Jws,
    issuer: TrustedIssuer,
  ): readonly VerificationKey[] | Promise<readonly VerificationKey[]> {
    if (!isJwtAlgorithm(jws.algorithm)) throw this.refuseAlgorithm(jws, issuer);
    return issuer.keys.candidates(jws.kid, jws.algorithm);
  }

  private accept(
    jws: Jws,
    claims: Claims,
    issuer: TrustedIssuer,
    keys: readonly VerificationKey[],
    expired: string | undefined,
  ): VerifiedJwt {
    if (keys.length === 0) throw this.refuseKey(jws, issuer);
    if (!isSignedByOneOf(jws, keys)) {
      throw this.refuse(
        'signature',
        issuer.issuer,
        () =>
          `A token that names ${issuer.issuer} as its issuer is not signed by a key in ${issuer.keys.origin}.`,
      );
    }
    const now = this.clock.now();
    if (now < claims.validFrom) throw invalidToken('not valid yet');
    if (expired !== undefined) this.expired.set(expired, this.clock.ticks() + expiredFor);
    if (now >= claims.validUntil) throw new AuthError('EXPIRED_TOKEN');
    const { subject, email, validUntil } = claims;
    return { issuer: issuer.issuer, primary: issuer.primary, subject, email, validUntil };
  }

  private refuseKey(jws: Jws, issuer: TrustedIssuer): AuthError {
    const { algorithms, origin } = issuer.keys;
    if (!algorithms.some((algorithm) => algorithm === jws.algorithm))
      return this.refuseAlgorithm(jws, issuer);
    return this.refuse(
      'key',
      issuer.issuer,
      () =>
        `A token that names ${issuer.issuer} as its issuer names a key ("kid") that is not in ${origin}, or is there for another algorithm.`,
    );
  }

  private refuseAlgorithm(jws: Jws, issuer: TrustedIssuer): AuthError {
    return this.refuse('algorithm', issuer.issuer, () => explainAlgorithm(issuer, jws.algorithm));
  }

  private refuse(kind: RefusalKind, issuer: string, explain: () => string): AuthError {
    this.refusals.note(kind, issuer, explain);
    return invalidToken(kind);
  }
}
