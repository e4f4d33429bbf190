import type { Logger } from '@nestjs/common';
import type { Clock } from '../support/clock.js';
import { reasonOf } from './reason-of.js';

/** A link that comes and goes must not fill the log. */
const quietMs = 5_000;

/** Says once that Redis is gone, and once that it is back; a loss soon after the last one only when it lasts. */
export class LossLog {
  private isSaid = false;
  private saidAt = -Infinity;

  constructor(
    private readonly clock: Clock,
    private readonly logger: Pick<Logger, 'log' | 'warn'>,
  ) {}

  /** To be called again and again while it is gone. */
  lost(error: unknown): void {
    const now = this.clock.ticks();
    if (this.isSaid || now - this.saidAt < quietMs) return;
    this.isSaid = true;
    this.saidAt = now;
    this.logger.warn(`Redis is gone, and this process counts by itself until it is back: ${reasonOf(error)}`);
  }

  back(): void {
    if (!this.isSaid) return;
    this.isSaid = false;
    this.logger.log('Redis is back: limits are shared again');
  }
}
