import { Injectable } from '@nestjs/common';
import { AuthError } from '../../principal/auth-error.js';
import { Clock } from '../../support/clock.js';
import { type Health, HealthCheck } from './health-check.js';
import type { HealthChecks } from './health.schemas.js';

const rememberMs = 1_000;
const patienceMs = 2_500;

/**
 * Whether requests should be sent here. However many ask, there is one look at a time, and what it found is good for a
 * second: to ask is no way to keep the database busy.
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

  /** From now on not ready: the balancer is to send nobody here any more. */
  drain(): void {
    this.draining = true;
  }

  /**
   * What was checked, within 3 s. Throws `SHUTTING_DOWN`, `DB_UNAVAILABLE` or `AUTH_UNAVAILABLE` when not ready, the last
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
    return this.withinTime(this.looking);
  }

  private async withinTime(looking: Promise<Health>): Promise<Health> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Health>((resolve) => {
      const giveUp = () => resolve(this.health.withoutDatabase('It does not answer in time.'));
      timer = setTimeout(giveUp, patienceMs);
    });
    try {
      return await Promise.race([looking, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
