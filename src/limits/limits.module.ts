import { Module } from '@nestjs/common';
import { explainMissing } from '../database/module-requirements.js';
import { KeyStoreModule } from '../key-store/key-store.module.js';
import { Clock, ClockModule } from '../support/clock.js';
import { CallBudgets } from './call-budgets.js';
import { KeyLimits } from './key-limits.js';
import { LimiterState, limitsRedisUrl, MemoryRateLimiter, RateLimiter } from './rate-limiter.js';

@Module({
  imports: [ClockModule, KeyStoreModule],
  providers: [
    ...explainMissing([CallBudgets, KeyLimits]),
    {
      provide: RateLimiter,
      useFactory: (clock: Clock, url?: string | null) =>
        url ? onRedis(url, clock) : new MemoryRateLimiter(clock),
      inject: [Clock, { token: limitsRedisUrl, optional: true }],
    },
    { provide: LimiterState, useExisting: RateLimiter },
  ],
  exports: [CallBudgets, KeyLimits, LimiterState],
})
export class LimitsModule {}

/** The client is loaded only where it is used: it takes time to start, and memory. */
async function onRedis(url: string, clock: Clock): Promise<RateLimiter> {
  const { RedisRateLimiter } = await import('./redis-rate-limiter.js');
  return new RedisRateLimiter(url, clock);
}
