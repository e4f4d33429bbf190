import { Injectable } from '@nestjs/common';
import { CallBudgets } from '../limits/call-budgets.js';
import { KeyLimits, type LimitState } from '../limits/key-limits.js';
import type { KeyTerms } from './verifiers/verified-credential.js';

/** Where a key stands after, or without, one more request. */
export interface Allowance {
  readonly limit: LimitState | null;
  /** What it has not enough of for the request; `null` when there is nothing against it. */
  readonly lacks: 'RATE_LIMITED' | 'BUDGET_EXCEEDED' | null;
}

/** What keys may use up. The last check of all, so that a request which is refused for another reason costs nothing. */
@Injectable()
export class KeyAllowance {
  constructor(
    private readonly limits: KeyLimits,
    private readonly budgets: CallBudgets,
  ) {}

  /** Uses up one request; without `isMetered` none of the calls that a tool key was given. */
  async use({ key, limit: of, payerId }: KeyTerms, isMetered: boolean): Promise<Allowance> {
    const limit = of === null ? null : await this.limits.charge(of.lineageId, of);
    if (limit?.exceeded === true) return { limit, lacks: 'RATE_LIMITED' };
    const isPaid =
      payerId === null || !isMetered || (await this.budgets.charge({ id: payerId, ownerId: key.ownerId }));
    return { limit, lacks: isPaid ? null : 'BUDGET_EXCEEDED' };
  }

  /** What `use` would find. Uses up nothing. */
  async look(terms: KeyTerms, isMetered = true): Promise<Allowance & { readonly callsLeft: number | null }> {
    const { key, payerId } = terms;
    const limit = await this.lookAtLimit(terms);
    if (limit?.exceeded === true) return { limit, lacks: 'RATE_LIMITED', callsLeft: null };
    const callsLeft =
      payerId === null || !isMetered
        ? null
        : await this.budgets.callsLeft({ id: payerId, ownerId: key.ownerId });
    return { limit, lacks: callsLeft === null || callsLeft > 0 ? null : 'BUDGET_EXCEEDED', callsLeft };
  }

  /** Where the key stands with its limit, whatever calls it has left. Uses up nothing. */
  async lookAtLimit({ limit: of }: KeyTerms): Promise<LimitState | null> {
    return of === null ? null : this.limits.read(of.lineageId, of);
  }
}
