import { AuthError } from '../principal/auth-error.js';
import type { Clock } from '../principal/clock.js';
import { recentEntries } from '../principal/recent-entries.js';
import { addressGroupOf } from './address-group.js';
import { FailingAddress } from './failing-address.js';

/**
 * Bounds the bad credentials of one address to `perMinute` (0: no bound). Over it every further one is `RATE_LIMITED`
 * and finds no way to the database. A good one still passes, with one reservation: a key that this process has never
 * found has to be looked up, for which an address over its bound is given one lookup a second, so it may need a retry.
 */
export class FailedAuthentications {
  private readonly addresses = recentEntries<string, FailingAddress>(50_000);
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
  async watch<T>(ip: string | null, isLookup: boolean, check: () => Promise<T>): Promise<T> {
    if (this.perMinute === 0) return check();
    return isLookup ? this.watchLookup(ip, check) : this.count(ip, check);
  }

  private async watchLookup<T>(ip: string | null, check: () => Promise<T>): Promise<T> {
    const address = this.addressOf(ip);
    if (!(await address.enter())) throw tooMany(address);
    try {
      return await this.count(ip, check);
    } finally {
      address.leave();
    }
  }

  private async count<T>(ip: string | null, check: () => Promise<T>): Promise<T> {
    try {
      return await check();
    } catch (error) {
      throw error instanceof AuthError && error.getStatus() === 401 ? this.noted(ip, error) : error;
    }
  }

  /** Counts a 401 against the address; gives it back, or what is answered in its place. */
  noted(ip: string | null, error: AuthError): AuthError {
    if (this.perMinute === 0) return error;
    const address = this.addressOf(ip);
    const answer = answerTo(address, error);
    address.fail();
    return answer;
  }

  /** What is answered in place of a 401 now; counts nothing. */
  look(ip: string, error: AuthError): AuthError {
    const address = this.addresses.peek(addressGroupOf(ip));
    return address === undefined ? error : answerTo(address, error);
  }

  private addressOf(ip: string | null): FailingAddress {
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
