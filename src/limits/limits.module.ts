import { Module } from '@nestjs/common';
import { ClockModule } from '../principal/clock.module.js';
import { CallBudgets } from './call-budgets.js';
import { KeyLimits } from './key-limits.js';
import { MemoryRateLimiter } from './memory-rate-limiter.js';
import { RateLimiter } from './rate-limiter.js';

@Module({
  imports: [ClockModule],
  providers: [CallBudgets, KeyLimits, { provide: RateLimiter, useFactory: () => new MemoryRateLimiter() }],
  exports: [CallBudgets, KeyLimits],
})
export class LimitsModule {}
