import { Injectable } from '@nestjs/common';
import { LeaseOutages, storeEveryMs } from '../key-store/lease-outages.js';
import { RecurringJob, withTimeout } from '../support/timers.js';

const startMs = 5_000;

/** Notices outages, during which no lease runs out. The first check is made before the first request, if possible. */
@Injectable()
export class LeaseWatch extends RecurringJob {
  protected readonly intervalMs = storeEveryMs;
  private isFailing = false;

  constructor(private readonly outages: LeaseOutages) {
    super();
  }

  override async onApplicationBootstrap(): Promise<void> {
    this.outages.start();
    await withTimeout(this.outages.check(), startMs).catch(() => undefined);
    super.onApplicationBootstrap();
  }

  /** Rejects once per outage: each rejection is logged. */
  protected override async runOnce(): Promise<number> {
    try {
      await this.outages.check();
      this.isFailing = false;
    } catch (error) {
      if (!this.isFailing) {
        this.isFailing = true;
        throw error;
      }
    }
    return 0;
  }
}
