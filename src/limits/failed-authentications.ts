import { hash, randomBytes } from 'node:crypto';
import { AuthError, type ErrorCode } from '../principal/auth-error.js';
import type { Clock } from '../support/clock.js';
import { boundedLru } from '../support/lru.js';
import { addressGroupOf, FailingAddress } from './failing-address.js';

/** A credential to check, which can be a guess. */
export interface CredentialAttempt {
  /** The kind of credential, such as `jwt` or `api_key`. */
  readonly place: string;
  /** As sent; `null` when it was sent more than once. */
  readonly value: string | null;
}

/** A bad credential that an address sent within its current window. */
interface KnownBad {
  readonly code: ErrorCode;
  readonly cause: unknown;
  /** Ticks of the clock, as `lookedUpAt`. */
  readonly until: number;
  lookedUpAt: number;
  lookups: number;
}

/** A known bad credential is looked up this often in a window, then every 5 s, because it may have become valid. */
const freeLookups = 10;
const lookupEveryMs = 5_000;

/**
 * Limits the bad credentials of one address to `perMinute` (0: no limit). The same credential counts once in a window, and
 * an expired token never, because an issuer signed it. Over the limit, bad credentials get `RATE_LIMITED` and cause no
 * database query. Good ones are still accepted. A key that this process has not found yet needs a lookup, and an address
 * over its limit gets one lookup a second, so such a key may need a retry.
 */
export class FailedAuthentications {
  private readonly addresses = boundedLru<string, FailingAddress>(50_000);
  /** By digest of address and credential. An entry that is dropped early counts again. */
  private readonly knownBad = boundedLru<string, KnownBad>(50_000);
  /** Short credentials, such as passwords, must not be guessed from their digests. */
  private readonly salt = randomBytes(16).toString('hex');
  private readonly ticks: () => number;

  constructor(
    private readonly perMinute: number,
    clock: Clock,
  ) {
    if (!Number.isInteger(perMinute) || perMinute < 0)
      throw new Error('failuresPerMinute must be a whole number, 0 or more.');
    this.ticks = () => clock.ticks();
  }

  /**
   * Runs the check of one credential and counts a 401 against the address; a 503 does not count. `isLookup`: the check
   * queries the database for a key that might not exist.
   */
  async check<T>(
    ip: string | null,
    attempt: CredentialAttempt,
    isLookup: boolean,
    verify: () => Promise<T>,
  ): Promise<T> {
    if (this.perMinute === 0) return verify();
    return isLookup ? this.checkLookup(ip, attempt, verify) : this.countFailureOf(ip, attempt, verify);
  }

  private async checkLookup<T>(
    ip: string | null,
    attempt: CredentialAttempt,
    verify: () => Promise<T>,
  ): Promise<T> {
    const address = this.clientAddress(ip);
    const rejectKnownBad = () => {
      const known = this.knownBadOf(ip, attempt);
      if (known !== undefined && !this.mayLookUp(known))
        throw answerTo(address, new AuthError(known.code, known));
      return known;
    };
    rejectKnownBad();
    if (!(await address.enter())) throw tooMany(address);
    try {
      // The same credential may have been rejected while this request waited.
      const known = rejectKnownBad();
      if (known !== undefined) Object.assign(known, { lookups: known.lookups + 1, lookedUpAt: this.ticks() });
      return await this.countFailureOf(ip, attempt, verify);
    } finally {
      address.leave();
    }
  }

  private async countFailureOf<T>(
    ip: string | null,
    attempt: CredentialAttempt,
    verify: () => Promise<T>,
  ): Promise<T> {
    try {
      return await verify();
    } catch (error) {
      const isBad = error instanceof AuthError && error.getStatus() === 401;
      if (!isBad || (attempt.place === 'jwt' && error.code === 'EXPIRED_TOKEN')) throw error;
      throw this.countFailure(ip, attempt, error);
    }
  }

  /** Counts a 401 against the address. Returns the error to respond with: `error`, or `RATE_LIMITED` over the limit. */
  countFailure(ip: string | null, attempt: CredentialAttempt, error: AuthError): AuthError {
    if (this.perMinute === 0) return error;
    const address = this.clientAddress(ip);
    const answer = answerTo(address, error);
    // Over the limit nothing is stored, so that one address uses no more than its share of the memory.
    if (address.left === 0 || this.knownBadOf(ip, attempt) !== undefined) return answer;
    address.fail();
    const { code, cause } = error;
    const bad = { code, cause, until: address.windowEnd, lookedUpAt: this.ticks(), lookups: 1 };
    this.knownBad.set(this.digestOf(ip, attempt), bad);
    return answer;
  }

  /** The error to respond with now in place of a 401. Counts nothing. */
  responseFor(ip: string, error: AuthError): AuthError {
    const address = this.addresses.peek(addressGroupOf(ip));
    return address === undefined ? error : answerTo(address, error);
  }

  private knownBadOf(ip: string | null, attempt: CredentialAttempt): KnownBad | undefined {
    const known = this.knownBad.get(this.digestOf(ip, attempt));
    return known !== undefined && this.ticks() < known.until ? known : undefined;
  }

  private mayLookUp({ lookups, lookedUpAt }: KnownBad): boolean {
    return lookups < freeLookups || this.ticks() - lookedUpAt >= lookupEveryMs;
  }

  private digestOf(ip: string | null, { place, value }: CredentialAttempt): string {
    return hash('sha256', `${this.salt} ${addressGroupOf(ip)} ${place} ${value ?? ''}`, 'base64');
  }

  private clientAddress(ip: string | null): FailingAddress {
    const group = addressGroupOf(ip);
    let address = this.addresses.get(group);
    if (address === undefined)
      this.addresses.set(group, (address = new FailingAddress(this.perMinute, this.ticks)));
    return address;
  }
}

function answerTo(address: FailingAddress, error: AuthError): AuthError {
  return address.left === 0 ? tooMany(address, error.cause) : error;
}

function tooMany({ secondsLeft }: FailingAddress, cause?: unknown): AuthError {
  return new AuthError('RATE_LIMITED', { retryAfterSeconds: secondsLeft, cause });
}
