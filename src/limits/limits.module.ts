import { Module } from '@nestjs/common';
import { KeyLimits } from './key-limits.js';
import { MemoryRateLimiter } from './memory-rate-limiter.js';
import { RateLimiter } from './rate-limiter.js';

@Module({
  providers: [KeyLimits, { provide: RateLimiter, useFactory: () => new MemoryRateLimiter() }],
  exports: [KeyLimits],
})
export class LimitsModule {}
