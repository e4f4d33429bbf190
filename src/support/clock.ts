import { Injectable, Module } from '@nestjs/common';

/** A day, in milliseconds. */
export const dayMs = 86_400_000;

/** The one source of time. Tests replace it. */
@Injectable()
export class Clock {
  /** Wall-clock time in milliseconds since 1970-01-01 UTC: for expiry and for what is stored. */
  now(): number {
    return Date.now();
  }

  /** Monotonic milliseconds: for cache ages and pauses, which must not follow a clock that is set back. */
  ticks(): number {
    return performance.now();
  }
}

/** Token of an application's `Clock`, which replaces the default. */
export const CUSTOM_CLOCK = Symbol('own Clock');

@Module({
  providers: [
    {
      provide: Clock,
      useFactory: (own?: Clock) => own ?? new Clock(),
      inject: [{ token: CUSTOM_CLOCK, optional: true }],
    },
  ],
  exports: [Clock],
})
export class ClockModule {}
