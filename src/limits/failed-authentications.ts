import { hash, randomBytes } from 'node:crypto';
import { AuthError, type ErrorCode } from '../principal/auth-error.js';
import type { Clock } from '../support/clock.js';
import { boundedLru } from '../support/lru.js';
import { addressGroupOf, FailingAddress } from './failing-address.js';

/** A credential that is checked, and may be a guess. */
export interface Attempt {
  /** Which credential of a request it is, such as `jwt` or `api_key`. */
  readonly place: string;
  /** As sent; `null` when it was sent more than once. */
  readonly value: string | null;
}

/** A credential that was bad at one address within the window of that address. */
interface KnownBad {
  readonly code: ErrorCode;
  readonly cause: unknown;
  /** In ticks of the clock, as the next. */
  readonly until: number;
  lookedUpAt: number;
  lookups: number;
}

/** A known bad credential is looked up as often as this in a window; then every few seconds, as it may have become good. */
const freeLookups = 10;
const lookupEvery = 5_000;

/**
 * Bounds the bad credentials of one address to `perMinute` (0: no bound). The same one counts once in a window, however
 * often it is sent, and an expired token not at all, as an issuer signed it. Over the bound every further one is
 * `RATE_LIMITED` and finds no way to the database. A good one still passes, with one reservation: a key that this process
 * has never found has to be looked up, for which an address over its bound is given one lookup a second, so it may need a
 * retry.
 */
export class FailedAuthentications {
  private readonly addresses = boundedLru<string, FailingAddress>(50_000);
  /** By digest of address and credential. One that is dropped early counts again. */
  private readonly knownBad = boundedLru<string, KnownBad>(50_000);
  /** What may be short, such as a password, must not be found out from its digest. */
  private readonly salt = randomBytes(16).toString('hex');
  private readonly ticks: () => number;

  constructor(
    private readonly perMinute: number,
    clock: Clock,
  ) {
    if (!Number.isInteger(perMinute) || perMinute < 0)
      throw new Error('failuresPerMinute is a whole number, 0 or more.');
    this.ticks = () => clock.ticks();
  }

  /**
   * Runs the check of one credential and counts its 401 against the address; faults of ours (503) count for nobody.
   * `isLookup`: the check asks the database about a key that nobody may ever have been given.
   */
  async watch<T>(
    ip: string | null,
    attempt: Attempt,
    isLookup: boolean,
    check: () => Promise<T>,
  ): Promise<T> {
    if (this.perMinute === 0) return check();
    return isLookup ? this.watchLookup(ip, attempt, check) : this.count(ip, attempt, check);
  }

  private async watchLookup<T>(ip: string | null, attempt: Attempt, check: () => Promise<T>): Promise<T> {
    const address = this.clientAddress(ip);
    const refuseRepeat = () => {
      const known = this.knownBadOf(ip, attempt);
      if (known !== undefined && !this.mayLookUp(known))
        throw answerTo(address, new AuthError(known.code, known));
      return known;
    };
    refuseRepeat();
    if (!(await address.enter())) throw tooMany(address);
    try {
      // Others like it may have been refused while this one waited.
      const known = refuseRepeat();
      if (known !== undefined) Object.assign(known, { lookups: known.lookups + 1, lookedUpAt: this.ticks() });
      return await this.count(ip, attempt, check);
    } finally {
      address.leave();
    }
  }

  private async count<T>(ip: string | null, attempt: Attempt, check: () => Promise<T>): Promise<T> {
    try {
      return await check();
    } catch (error) {
      const isBad = error instanceof AuthError && error.getStatus() === 401;
      if (!isBad || (attempt.place === 'jwt' && error.code === 'EXPIRED_TOKEN')) throw error;
      throw this.noted(ip, attempt, error);
    }
  }

  /** Counts a 401 against the address; gives it back, or what is answered in its place. */
  noted(ip: string | null, attempt: Attempt, error: AuthError): AuthError {
    if (this.perMinute === 0) return error;
    const address = this.clientAddress(ip);
    const answer = answerTo(address, error);
    // Over the bound nothing is remembered, so that one address takes no more than its share of the memory.
    if (address.left === 0 || this.knownBadOf(ip, attempt) !== undefined) return answer;
    address.fail();
    const { code, cause } = error;
    const bad = { code, cause, until: address.windowEnd, lookedUpAt: this.ticks(), lookups: 1 };
    this.knownBad.set(this.digestOf(ip, attempt), bad);
    return answer;
  }

  /** What is answered in place of a 401 now; counts nothing. */
  look(ip: string, error: AuthError): AuthError {
    const address = this.addresses.peek(addressGroupOf(ip));
    return address === undefined ? error : answerTo(address, error);
  }

  private knownBadOf(ip: string | null, attempt: Attempt): KnownBad | undefined {
    const known = this.knownBad.get(this.digestOf(ip, attempt));
    return known !== undefined && this.ticks() < known.until ? known : undefined;
  }

  private mayLookUp({ lookups, lookedUpAt }: KnownBad): boolean {
    return lookups < freeLookups || this.ticks() - lookedUpAt >= lookupEvery;
  }

  private digestOf(ip: string | null, { place, value }: Attempt): string {
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
