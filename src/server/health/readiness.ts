import { z } from 'zod';
import { Injectable } from '@nestjs/common';
import { JwtVerifier } from '../../jwt/jwt-verifier.js';
import { Database } from '../../database/database.js';
import { ReadOnlyError } from '../../database/database-errors.js';
import { pendingMigrations } from '../../database/migrations/gatehouse-migrations.js';
import { TableNames } from '../../database/tables/table-names.js';
import { AuthError } from '../../principal/auth-error.js';
import { Clock } from '../../support/clock.js';
import { withTimeout } from '../../support/timers.js';

const check = z
  .object({
    status: z.enum(['ok', 'degraded', 'failed', 'unknown']),
    cause: z.string().optional().meta({ description: 'The problem, if there is one.' }),
  })
  .meta({ id: 'HealthCheck' });

export const liveness = z.object({ status: z.literal('live') }).meta({ id: 'Liveness' });

const checks = z.object({
  database: check,
  migrations: check,
  issuers: check.optional().meta({ description: 'The keys of the token issuers, if any is configured.' }),
});

export const readiness = z.object({ status: z.literal('ready'), checks }).meta({ id: 'Readiness' });

type HealthChecks = z.infer<typeof checks>;

/** The result of the checks; `error` is that of the first one that failed. */
interface Health {
  readonly checks: HealthChecks;
  readonly error?: AuthError;
}

type Check = HealthChecks['database'];

const ok: Check = { status: 'ok' };
const unknown: Check = { status: 'unknown' };

/** Checks what requests need: the database, its schema, the keys of token issuers. Causes contain no secrets. */
@Injectable()
export class HealthCheck {
  private hadKeys = false;

  constructor(
    private readonly database: Database,
    private readonly jwts: JwtVerifier,
    private readonly names: TableNames,
  ) {}

  /** Never rejects. May take as long as the database takes to fail. */
  async look(): Promise<Health> {
    try {
      await this.database.ping();
      return this.judge(await this.database.read((manager) => pendingMigrations(manager, this.names)));
    } catch (error) {
      const isReadOnly = error instanceof AuthError && error.cause instanceof ReadOnlyError;
      return this.withoutDatabase(isReadOnly ? 'It is read-only.' : 'It cannot be read.', error);
    }
  }

  /** The result if the database does not answer in time. */
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
   * Failed until the keys of any issuer are available, so that a mistake in the configuration stops a roll-out. After
   * that, an issuer that is down does not make a replica unready: API keys and other issuers' tokens still work.
   */
  private ofIssuers(): { issuers?: Check } {
    const states = this.jwts.state();
    if (states.length === 0) return {};
    const missing = states.filter(({ reachable }) => !reachable).length;
    this.hadKeys ||= missing < states.length;
    if (missing === 0) return { issuers: ok };
    const cause = `${missing} of ${states.length} have no signing keys.`;
    return { issuers: { status: this.hadKeys ? 'degraded' : 'failed', cause } };
  }
}

const rememberMs = 1_000;
const patienceMs = 2_500;

/**
 * Whether the service is ready for requests. One check runs at a time, and its result is kept for a second, so that
 * frequent probes do not load the database.
 */
@Injectable()
export class Readiness {
  private draining = false;
  private looking: Promise<Health> | undefined;
  private found: Health | undefined;
  private foundAt = -Infinity;

  constructor(
    private readonly health: HealthCheck,
    private readonly clock: Clock,
  ) {}

  /** Not ready from now on, so that the load balancer sends no more requests. */
  drain(): void {
    this.draining = true;
  }

  /**
   * The result of the checks, within 3 s. Throws `SHUTTING_DOWN`, `DB_UNAVAILABLE` or `AUTH_UNAVAILABLE` if not ready, the last
   * two with the checks as details.
   */
  async check(): Promise<HealthChecks> {
    if (this.draining) throw new AuthError('SHUTTING_DOWN');
    const { checks, error } = await this.look();
    if (error !== undefined) throw new AuthError(error.code, { details: { checks }, cause: error.cause });
    return checks;
  }

  private async look(): Promise<Health> {
    if (this.found !== undefined && this.clock.ticks() - this.foundAt < rememberMs) return this.found;
    this.looking ??= this.health.look().then((health) => {
      this.found = health;
      this.foundAt = this.clock.ticks();
      this.looking = undefined;
      return health;
    });
    return withTimeout(this.looking, patienceMs, { clock: this.clock }).catch(() =>
      this.health.withoutDatabase('It does not answer in time.'),
    );
  }
}
