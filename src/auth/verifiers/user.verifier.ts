import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { CacheOwner, CacheStats } from '../../database/lookup-cache.js';
import { type Account, AccountsService } from '../../identity/accounts.service.js';
import { AuthError } from '../../principal/auth-error.js';
import { Clock } from '../../support/clock.js';
import type { RequestOrigin } from '../../principal/authenticated-user.js';
import { boundedLru } from '../../support/lru.js';
import { CredentialVerifier, type VerifiedCredential } from './verified-credential.js';
import { JwtVerifier, type VerifiedJwt } from '../../jwt/jwt-verifier.js';
import { principalOfUser } from './principals.js';

interface Remembered {
  readonly jwt: VerifiedJwt;
  readonly account: Account;
  readonly verified: VerifiedCredential;
  /** In ticks of the clock: a key that the issuer withdrew ends its tokens no later than this. */
  readonly until: number;
}

const rememberFor = 60_000;

/** Verifies the JWTs of people and finds, or on a first login creates, their users. */
@Injectable()
export class UserVerifier extends CredentialVerifier implements CacheOwner {
  private readonly remembered = boundedLru<string, Remembered>(20_000);
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
    return { verified_jwts: { hits: this.hits, misses: this.misses, size: this.remembered.size } };
  }

  recall(credential: string): VerifiedCredential | undefined {
    const known = this.remembered.get(digestOf(credential));
    if (known === undefined || !this.holds(known)) {
      this.misses += 1;
      return undefined;
    }
    this.hits += 1;
    return known.verified;
  }

  /** Nobody but an issuer can invent a token whose user is then looked up. */
  /** A bearer that does not look like a JWT is no JWT to begin with. */
  refuse(): undefined {}

  isStranger(): boolean {
    return false;
  }

  async verify(credential: string, origin: RequestOrigin): Promise<VerifiedCredential> {
    const jwt = await this.jwts.verify(credential);
    const account = await this.accounts.findByLogin(jwt, origin);
    if (!account.active) throw new AuthError('USER_NOT_FOUND');
    const verified = { user: principalOfUser(account) };
    const until = this.clock.ticks() + rememberFor;
    this.remembered.set(digestOf(credential), { jwt, account, verified, until });
    return verified;
  }

  private holds({ jwt, account, until }: Remembered): boolean {
    if (this.clock.ticks() >= until || this.clock.now() >= jwt.validUntil) return false;
    return this.accounts.getCachedByLogin(jwt) === account;
  }
}

/** By digest, so that no token is kept in memory. */
function digestOf(token: string): string {
  return hash('sha256', token, 'base64');
}
