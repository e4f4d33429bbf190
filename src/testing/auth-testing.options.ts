import type { AuthModuleExtras, AuthModuleOptions } from '../auth/auth.options.js';
import type { Clock } from '../support/clock.js';

/** Those of `AuthModule` that do not say where credentials come from. */
export interface AuthTestingOptions
  extends
    Omit<AuthModuleOptions, 'issuers' | 'redisUrl'>,
    Pick<AuthModuleExtras, 'credentials' | 'ownerResolver'> {
  /** The time of the whole application, a `FixedClock` for example; that of the machine unless given. */
  readonly clock?: Clock;
}
