import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database } from '../database/database.js';
import { Batcher, type BatchResult } from '../database/batcher.js';
import { LeaseOutages } from '../key-store/lease-outages.js';
import { rowOfToolKey, ToolKey } from '../key-store/tool-key.entity.js';
import { Clock } from '../support/clock.js';
import { UnusedCalls } from './unused-calls.js';

/** A tool key with a budget of calls, which its own calls and those of the keys below it are charged to. */
export interface Payer {
  readonly id: string;
  readonly ownerId: string;
}

type Column = 'callsUsed' | 'callsGiven';

const maxGroupedCalls = 1_000;

/**
 * Budgets of calls of tool keys. Exact across processes and restarts, because every call is charged in the database.
 * Simultaneous calls are charged in one transaction.
 */
@Injectable()
export class CallBudgets {
  private readonly charges: Batcher<Payer, boolean>;
  private readonly unusedCalls: UnusedCalls;

  constructor(
    private readonly database: Database,
    outages: LeaseOutages,
    clock: Clock,
  ) {
    this.unusedCalls = new UnusedCalls(database, outages, clock);
    this.charges = new Batcher((calls) => this.chargeTogether(calls), {
      laneOf: ({ id }) => id,
      max: maxGroupedCalls,
      mostWaiting: maxGroupedCalls,
    });
  }

  /**
   * Charges one call; resolves with false, and charges nothing, when none is left. Rejects with `RATE_LIMITED` when too
   * many requests wait for the same key or owner.
   */
  charge(payer: Payer): Promise<boolean> {
    return this.charges.run(payer);
  }

  /** Inside a transaction: reserves `calls` for a child; false when the payer has fewer left. */
  async grant(manager: EntityManager, payerId: string, calls: number): Promise<boolean> {
    return (await this.take(manager, payerId, 'callsGiven', calls)) === calls;
  }

  /** Inside a transaction that has locked the key: true when calls are left, including those that ended children return. */
  async hasCallsLeft(manager: EntityManager, payerId: string): Promise<boolean> {
    const find = () => manager.findOneBy(ToolKey, { id: payerId });
    const key = await find();
    if (callsLeftOf(key) > 0) return true;
    if (key === null || key.callsGiven === 0) return false;
    await this.unusedCalls.returnTo(manager, payerId);
    return callsLeftOf(await find()) > 0;
  }

  /** Number of calls left for the key and for further children, including those that ended children return. */
  async callsLeft({ id, ownerId: owner }: Payer): Promise<number> {
    const find = () => this.database.read((manager) => manager.findOneBy(ToolKey, { id }), { owner });
    const key = await find();
    if (key === null || key.callsGiven === 0) return callsLeftOf(key);
    await this.database.write((manager) => this.unusedCalls.returnTo(manager, id), {
      owner,
      rows: [rowOfToolKey(id)],
    });
    return callsLeftOf(await find());
  }

  /** All calls have the same payer: a transaction locks one tree, from its top down, so no two deadlock. */
  private async chargeTogether(calls: readonly Payer[]): Promise<BatchResult<boolean>[]> {
    const [payer] = calls;
    if (payer === undefined) return [];
    const { id, ownerId: owner } = payer;
    const taken = await this.database.write(
      (manager) => this.take(manager, id, 'callsUsed', calls.length, { orFewer: true }),
      { owner, rows: [rowOfToolKey(id)] },
    );
    return calls.map((_, index) => ({ result: index < taken }));
  }

  /** Resolves with the number of calls taken: all or none, or with `orFewer` as many as are left. */
  private async take(
    manager: EntityManager,
    id: string,
    column: Column,
    calls: number,
    { orFewer = false } = {},
  ): Promise<number> {
    if (await this.add(manager, id, column, calls)) return calls;
    await this.unusedCalls.returnTo(manager, id);
    const key = await manager.findOneBy(ToolKey, { id });
    const some = orFewer ? Math.min(calls, callsLeftOf(key)) : calls;
    return some > 0 && (await this.add(manager, id, column, some)) ? some : 0;
  }

  private async add(manager: EntityManager, id: string, column: Column, calls: number): Promise<boolean> {
    const { affected } = await manager
      .createQueryBuilder()
      .update(ToolKey)
      .set({ [column]: () => `${column === 'callsUsed' ? 'calls_used' : 'calls_given'} + :calls` })
      .where('id = :id AND settled_at IS NULL AND calls_used + calls_given + :calls <= max_calls')
      .setParameters({ id, calls })
      .execute();
    return affected === 1;
  }
}

function callsLeftOf(key: ToolKey | null): number {
  if (key === null || key.maxCalls === null || key.settledAt !== null) return 0;
  return key.maxCalls - key.callsUsed - key.callsGiven;
}
