import type { DynamicModule } from '@nestjs/common';
import { type Clock, CUSTOM_CLOCK } from '../../src/support/clock.js';

/** Gives a service this clock in place of that of the machine. */
export function ownClockModule(clock: Clock): DynamicModule {
  return {
    module: class OwnClockModule {},
    global: true,
    providers: [{ provide: CUSTOM_CLOCK, useValue: clock }],
    exports: [CUSTOM_CLOCK],
  };
}
