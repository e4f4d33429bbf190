import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { AuthError } from '../../principal/auth-error.js';

/** Whether requests should be sent here. */
@Injectable()
export class Readiness {
  private draining = false;

  constructor(private readonly database: Database) {}

  /** From now on not ready: the balancer is to send nobody here any more. */
  drain(): void {
    this.draining = true;
  }

  /** Throws `SHUTTING_DOWN` or `DB_UNAVAILABLE` when not ready. */
  async check(): Promise<void> {
    if (this.draining) throw new AuthError('SHUTTING_DOWN');
    await this.database.ping();
  }
}
