import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { hashOfKey } from '../key-store/key-mint.js';
import { addressGroupOf } from '../limits/failing-address.js';
import { MemoryRateLimiter } from '../limits/rate-limiter.js';
import { AuthError } from '../principal/auth-error.js';
import type { RequestOrigin } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import type { LeakReport } from './leak-report.js';
import { LeakedKeysService } from './leaked-keys.service.js';

const windowSeconds = 60;
const mostPerAddress = 60;
const mostAddresses = 50_000;
const mostWaiting = 200;

/** Takes reports from anyone: 60 a minute from one address (IPv6: /64), and 200 at once. More are `RATE_LIMITED`. */
@Injectable()
export class LeakReportsService {
  /** Every answer takes this long or a multiple of it, so that its time does not tell what was found. */
  readonly answerEveryMs: number = 500;
  private readonly limiter: MemoryRateLimiter;
  private waiting = 0;
  /** By the hash of the token: a flood of reports of one key is handled once. */
  private readonly handling = new Map<string, Promise<void>>();

  constructor(
    private readonly leakedKeys: LeakedKeysService,
    clock: Clock,
  ) {
    this.limiter = new MemoryRateLimiter(clock, mostAddresses);
  }

  /** Resolves at the same time for every token. Rejects with `DB_UNAVAILABLE` for a fault, at such a time too. */
  async report(report: LeakReport, origin: RequestOrigin): Promise<void> {
    if (this.waiting >= mostWaiting) throw new AuthError('RATE_LIMITED', { retryAfterSeconds: 1 });
    this.waiting += 1;
    try {
      await this.charge(origin.ip);
      await inSteps(this.answerEveryMs, () => this.handle(report, origin));
    } finally {
      this.waiting -= 1;
    }
  }

  private async charge(ip: string | null): Promise<void> {
    const { count, millisecondsLeft } = await this.limiter.hit(addressGroupOf(ip), windowSeconds);
    if (count <= mostPerAddress) return;
    throw new AuthError('RATE_LIMITED', { retryAfterSeconds: Math.max(1, millisecondsLeft / 1000) });
  }

  private handle(report: LeakReport, origin: RequestOrigin): Promise<void> {
    const hash = hashOfKey(report.token);
    const running = this.handling.get(hash);
    if (running !== undefined) return running;
    const handled = this.leakedKeys
      .handle([report], { source: 'report', origin })
      .finally(() => this.handling.delete(hash));
    this.handling.set(hash, handled);
    return handled;
  }
}

/** Settles as `work` does, after `stepMs` or a multiple of it. */
async function inSteps<T>(stepMs: number, work: () => Promise<T>): Promise<T> {
  // Before the work, whose first part is not asynchronous.
  let step = sleep(stepMs);
  const result = work();
  const end = () => true;
  const isDone = result.then(end, end);
  for (;;) {
    await step;
    if (await Promise.race([isDone, false])) return result;
    step = sleep(stepMs);
  }
}
