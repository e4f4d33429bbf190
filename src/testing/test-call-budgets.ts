import { Injectable } from '@nestjs/common';
import type { CallBudgets, Payer } from '../limits/call-budgets.js';
import { testCredentials } from './test-credentials.js';

/** The calls that tool keys were given with `asToolKey({ maxCalls })`. */
@Injectable()
export class TestCallBudgets implements Pick<CallBudgets, 'consume' | 'left'> {
  async consume(payer: Payer): Promise<boolean> {
    const left = await this.left(payer);
    if (left > 0) testCredentials.callsLeft.set(payer.id, left - 1);
    return left > 0;
  }

  async left({ id }: Payer): Promise<number> {
    return testCredentials.callsLeft.get(id) ?? 0;
  }
}
