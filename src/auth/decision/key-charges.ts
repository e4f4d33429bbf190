import { Injectable } from '@nestjs/common';
import { CallBudgets } from '../../limits/call-budgets.js';
import { KeyLimits, type LimitState } from '../../limits/key-limits.js';
import type { KeyTerms } from '../verifiers/verified-credential.js';

/** Where a key stands after, or without, one more request. */
export interface Allowance {
  readonly limit: LimitState | null;
  /** What it has too little of for the request; `null` if the request may pass. */
  readonly lacks: 'RATE_LIMITED' | 'BUDGET_EXCEEDED' | null;
  /** Only of a preview, and only where calls are counted. */
  readonly callsLeft: number | null;
}

/** What was charged already: the fields of a GraphQL operation share it. */
export interface Charged {
  limitCharge?: Promise<LimitState | null> | undefined;
  budgetCharge?: Promise<boolean> | undefined;
}

/** Charges requests to the limits and budgets of keys. */
@Injectable()
export class KeyCharges {
  constructor(
    private readonly limits: KeyLimits,
    private readonly budgets: CallBudgets,
  ) {}

  /** Charges one request; without `isMetered` the budget of a tool key is left alone. */
  async charge(
    { key, limit: of, payerId }: KeyTerms,
    isMetered: boolean,
    charged: Charged = {},
  ): Promise<Allowance> {
    const limit = of === null ? null : await (charged.limitCharge ??= this.limits.charge(of.lineageId, of));
    if (limit?.exceeded === true) return { limit, lacks: 'RATE_LIMITED', callsLeft: null };
    const isPaid =
      payerId === null ||
      !isMetered ||
      (await (charged.budgetCharge ??= this.budgets.charge({ id: payerId, ownerId: key.ownerId })));
    return { limit, lacks: isPaid ? null : 'BUDGET_EXCEEDED', callsLeft: null };
  }

  /** What `charge` would find. Charges nothing. */
  async preview(terms: KeyTerms, isMetered: boolean): Promise<Allowance> {
    const { key, payerId } = terms;
    const limit = await this.limitOf(terms);
    if (limit?.exceeded === true) return { limit, lacks: 'RATE_LIMITED', callsLeft: null };
    const callsLeft =
      payerId === null || !isMetered
        ? null
        : await this.budgets.callsLeft({ id: payerId, ownerId: key.ownerId });
    return { limit, lacks: callsLeft === null || callsLeft > 0 ? null : 'BUDGET_EXCEEDED', callsLeft };
  }

  /** Where the key stands with its limit. Charges nothing. */
  async limitOf({ limit: of }: KeyTerms): Promise<LimitState | null> {
    return of === null ? null : this.limits.read(of.lineageId, of);
  }
}
