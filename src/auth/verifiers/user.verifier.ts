import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { CacheOwner, CacheStats } from '../../database/lookup-cache.js';
import { type Account, AccountsService } from '../../identity/accounts.service.js';
import { isSignedOut, signedOut } from '../../identity/tokens-valid-from.js';
import { AuthError } from '../../principal/auth-error.js';
import { Clock } from '../../support/clock.js';
import { type AuthenticatedUser, type RequestOrigin, withFacts } from '../../principal/authenticated-user.js';
import { boundedLru } from '../../support/lru.js';
import { CredentialVerifier, type VerifiedCredential } from './verified-credential.js';
import { JwtVerifier } from '../../jwt/jwt-verifier.js';
import type { VerifiedJwt } from '../../jwt/verified-jwt.js';
import { principalOfUser } from './principals.js';

interface CachedJwt {
  readonly jwt: VerifiedJwt;
  readonly account: Account;
  readonly verified: VerifiedCredential;
  /** In ticks of the clock: tokens of a key that the issuer withdrew are rejected from then on. */
  readonly until: number;
}

/** A token of an issuer, and the user it stands for, or would stand for without the error. */
export interface ExaminedToken {
  readonly jwt: VerifiedJwt;
  readonly account: Account;
  readonly user: AuthenticatedUser;
  readonly error: AuthError | undefined;
}

/** Verifies the JWTs of people and finds, or on a first login creates, their users. */
@Injectable()
export class UserVerifier extends CredentialVerifier implements CacheOwner {
  private readonly cached = boundedLru<string, CachedJwt>(20_000);
  /** Tokens that the application found good, and so were not made up. */
  private readonly found = boundedLru<string, true>(20_000);
  private hits = 0;
  private misses = 0;

  constructor(
    private readonly jwts: JwtVerifier,
    private readonly accounts: AccountsService,
    private readonly clock: Clock,
  ) {
    super();
  }

  get caches(): Readonly<Record<string, CacheStats>> {
    return { verified_jwts: { hits: this.hits, misses: this.misses, size: this.cached.size } };
  }

  getCached(credential: string): VerifiedCredential | undefined {
    const known = this.cached.get(digestOf(credential));
    if (known === undefined || !this.isGood(known)) return undefined;
    this.hits += 1;
    return known.verified;
  }

  /** What does not look like a JWT is read as another kind of credential. */
  rejectedAtOnce(): undefined {}

  /** Only a token of an issuer leads to a lookup, except where the application verifies it. */
  needsLookup(credential: string): boolean {
    return this.asksApplication(credential) && !this.found.has(digestOf(credential));
  }

  override asksApplication(credential: string): boolean {
    return this.jwts.isCustom(credential);
  }

  async verify(credential: string, origin: RequestOrigin): Promise<VerifiedCredential> {
    this.misses += 1;
    const asked = this.clock.ticks();
    const jwt = await this.jwts.verify(credential, origin);
    const account = await this.accounts.findByLogin(jwt, origin);
    const rejection = rejectionOf(jwt, account);
    if (rejection !== undefined) throw rejection;
    const { issuedAt = -Infinity, expiresAt, audiences, otherAudiences } = jwt;
    const facts = { issuedAt, expiresAt, audiences, otherAudiences };
    const verified = { user: withFacts(principalOfUser(account, jwt), facts) };
    const until = asked + jwt.cachedForMs;
    const digest = digestOf(credential);
    if (until > asked) this.cached.set(digest, { jwt, account, verified, until });
    if (this.asksApplication(credential)) this.found.set(digest, true);
    return verified;
  }

  /**
   * Who a token stands for, and the error that `verify` throws. `undefined` for the first login of a user, which is not
   * created. Rejects as `verify` does for what is no good token of an issuer.
   */
  async examine(token: string): Promise<ExaminedToken | undefined> {
    const jwt = await this.jwts.verify(token);
    const account = await this.accounts.findKnownLogin(jwt);
    return account && { jwt, account, user: principalOfUser(account, jwt), error: rejectionOf(jwt, account) };
  }

  private isGood({ jwt, account, until }: CachedJwt): boolean {
    if (this.clock.ticks() >= until || this.clock.now() >= jwt.validUntil) return false;
    return this.accounts.getCachedByLogin(jwt) === account;
  }
}

function rejectionOf(jwt: VerifiedJwt, { active, tokensValidFrom }: Account): AuthError | undefined {
  if (isSignedOut(jwt, tokensValidFrom)) return signedOut();
  return active ? undefined : new AuthError('USER_NOT_FOUND');
}

/** By digest, so that no token is kept in memory. */
function digestOf(token: string): string {
  return hash('sha256', token, 'base64');
}
