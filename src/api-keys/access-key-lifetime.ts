import { Inject, Injectable, Optional } from '@nestjs/common';
import { AuthError } from '../principal/auth-error.js';
import { dayMs } from '../support/clock.js';
import { type ApiKeysModuleOptions, apiKeysOptions } from './key-quota.js';

const defaultDays = 90;

/** How long access keys may live: what the operator has set, for everyone who creates or changes them. */
@Injectable()
export class AccessKeyLifetime {
  private readonly maxDays: number;
  private readonly isWithoutExpiry: boolean;

  constructor(
    @Optional()
    @Inject(apiKeysOptions)
    { accessKeyMaxDays = 365, accessKeysWithoutExpiry = false }: ApiKeysModuleOptions = {},
  ) {
    this.maxDays = accessKeyMaxDays;
    this.isWithoutExpiry = accessKeysWithoutExpiry;
  }

  /** Throws `VALIDATION_FAILED` for an expiry that is too late, or for `null` where every key must expire. */
  requireAllowed(expiresAt: Date | null | undefined, now: number): void {
    if (expiresAt === undefined) return;
    if (expiresAt === null ? this.isWithoutExpiry : expiresAt.getTime() <= this.latest(now)) return;
    const latest = `must be at most ${this.maxDays} days ahead`;
    const message = expiresAt === null ? `must not be null: ${latest}` : latest;
    throw new AuthError('VALIDATION_FAILED', { details: [{ path: 'expiresAt', message }] });
  }

  /** Epoch milliseconds. */
  latest(now: number): number {
    return now + this.maxDays * dayMs;
  }

  /** In 90 days, or earlier where that is too late. Epoch milliseconds. */
  defaultEnd(now: number): number {
    return Math.min(now + defaultDays * dayMs, this.latest(now));
  }
}
