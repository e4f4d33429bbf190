import { Module } from '@nestjs/common';
import { Clock } from './clock.js';
import { ownClock } from './own-clock.js';

@Module({
  providers: [
    {
      provide: Clock,
      useFactory: (own?: Clock) => own ?? new Clock(),
      inject: [{ token: ownClock, optional: true }],
    },
  ],
  exports: [Clock],
})
export class ClockModule {}
