import { Injectable } from '@nestjs/common';
import { JwtVerifier } from '../../jwt/jwt.verifier.js';
import { Database } from '../../database/database.js';
import { pendingMigrations } from '../../database/migrations/pending-migrations.js';
import { AuthError } from '../../principal/auth-error.js';
import type { HealthChecks } from './health.schemas.js';

/** What was found; `error` is that of the first check that failed. */
export interface Health {
  readonly checks: HealthChecks;
  readonly error?: AuthError;
}

type Check = HealthChecks['database'];

const ok: Check = { status: 'ok' };
const unknown: Check = { status: 'unknown' };

/** Looks at what requests need: the database, its schema, the keys of token issuers. Causes hold nothing secret. */
@Injectable()
export class HealthCheck {
  private hadKeys = false;

  constructor(
    private readonly database: Database,
    private readonly jwts: JwtVerifier,
  ) {}

  /** Never rejects. May take as long as the database takes to fail. */
  async look(): Promise<Health> {
    try {
      await this.database.ping();
      return this.judge(await this.database.read(pendingMigrations));
    } catch (error) {
      return this.withoutDatabase('It cannot be read.', error);
    }
  }

  /** What to say when the database does not answer in time. */
  withoutDatabase(cause: string, error?: unknown): Health {
    const checks = {
      database: { status: 'failed', cause },
      migrations: unknown,
      ...this.ofIssuers(),
    } as const;
    return { checks, error: new AuthError('DB_UNAVAILABLE', { cause: error ?? cause }) };
  }

  private judge(pending: readonly string[]): Health {
    const issuers = this.ofIssuers();
    if (pending.length > 0) {
      const cause = `${pending.length} migrations of this build are not applied.`;
      const checks = { database: ok, migrations: { status: 'failed', cause }, ...issuers } as const;
      return {
        checks,
        error: new AuthError('DB_UNAVAILABLE', { cause: `not applied: ${pending.join(', ')}` }),
      };
    }
    const checks = { database: ok, migrations: ok, ...issuers };
    if (issuers.issuers?.status !== 'failed') return { checks };
    return { checks, error: new AuthError('AUTH_UNAVAILABLE', { cause: issuers.issuers.cause }) };
  }

  /**
   * Failed until the first keys of any issuer are at hand, so that a mistake in the configuration stops a roll-out. After
   * that an issuer that is down takes no replica down with it: keys and other issuers' tokens are good all the same.
   */
  private ofIssuers(): { issuers?: Check } {
    const states = this.jwts.state();
    if (states.length === 0) return {};
    const missing = states.filter(({ reachable }) => !reachable).length;
    this.hadKeys ||= missing < states.length;
    if (missing === 0) return { issuers: ok };
    const cause = `${missing} of ${states.length} have no keys at hand.`;
    return { issuers: { status: this.hadKeys ? 'degraded' : 'failed', cause } };
  }
}
