import { Injectable } from '@nestjs/common';
import { Clock } from './clock.js';
import { HostFaults } from './host-faults.js';
import { withTimeout } from './with-timeout.js';

const limit = 3_000;
const usualMessage = 'Who is calling cannot be found out at the moment.';

/** Asks what the application itself has given, and takes what goes wrong there for a fault of ours. */
@Injectable()
export class HostCode {
  private readonly faults: HostFaults;

  constructor(clock: Clock) {
    this.faults = new HostFaults(clock);
  }

  /** The answer, within 3 s. Rejects with an `AuthError` of 503 and with nothing else; see `HostFaults`. */
  async ask<T>(
    name: string,
    question: () => Promise<T>,
    { secret, message = usualMessage }: { secret?: string; message?: string } = {},
  ): Promise<T> {
    try {
      return await withTimeout(question(), limit);
    } catch (error) {
      throw this.faults.noted(name, error, { message, secret });
    }
  }
}
