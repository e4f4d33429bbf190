import { Injectable } from '@nestjs/common';
import type { CallBudgets } from '../limits/call-budgets.js';
import { testCredentials } from './test-credentials.js';

/** The calls that tool keys were given with `asToolKey({ maxCalls })`. */
@Injectable()
export class TestCallBudgets implements Pick<CallBudgets, 'consume' | 'left'> {
  async consume(payerId: string): Promise<boolean> {
    const left = await this.left(payerId);
    if (left > 0) testCredentials.callsLeft.set(payerId, left - 1);
    return left > 0;
  }

  async left(payerId: string): Promise<number> {
    return testCredentials.callsLeft.get(payerId) ?? 0;
  }
}
