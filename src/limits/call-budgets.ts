import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { Database } from '../database/database.js';
import { Batcher, type BatchResult } from '../database/batcher.js';
import { rowOfToolKey, ToolKey } from '../key-store/tool-key.entity.js';
import { ancestorIds, ancestriesOf } from '../key-store/tool-key.store.js';
import { Clock } from '../support/clock.js';

type Column = 'callsUsed' | 'callsGiven';

/** A tool key with calls of its own, which its own calls and those of the keys below it are taken from. */
export interface Payer {
  readonly id: string;
  readonly ownerId: string;
}

const mostCallsAtOnce = 1_000;

/**
 * The calls that tool keys were given. Exact across processes and restarts, because each is taken in the database:
 * requests that come at the same time in one transaction.
 */
@Injectable()
export class CallBudgets {
  private readonly calls: Batcher<Payer, boolean>;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {
    this.calls = new Batcher((calls) => this.takeTogether(calls), {
      laneOf: ({ id }) => id,
      max: mostCallsAtOnce,
      mostWaiting: mostCallsAtOnce,
    });
  }

  /**
   * Takes one call out of what the key was given; false when there is none left, and nothing is taken. `RATE_LIMITED`
   * when too many requests wait for calls of the same key, or of the same owner.
   */
  consume(payer: Payer): Promise<boolean> {
    return this.calls.run(payer);
  }

  /** Inside a change: takes `calls` for a child, out of what the key was given; false when it has not that many left. */
  async give(manager: EntityManager, payerId: string, calls: number): Promise<boolean> {
    return (await this.take(manager, payerId, 'callsGiven', calls)) === calls;
  }

  /** Inside a change that has locked the key: whether it has calls left, what ended children did not use included. */
  async hasCallsLeft(manager: EntityManager, payerId: string): Promise<boolean> {
    const find = () => manager.findOneBy(ToolKey, { id: payerId });
    const key = await find();
    if (callsLeftOf(key) > 0) return true;
    if (key === null || key.callsGiven === 0) return false;
    await this.settleIn(manager, payerId);
    return callsLeftOf(await find()) > 0;
  }

  /** How many calls the key has left for itself and for further children; what ended children did not use is back. */
  async left({ id, ownerId: owner }: Payer): Promise<number> {
    const find = () => this.database.read((manager) => manager.findOneBy(ToolKey, { id }), { owner });
    const key = await find();
    if (key === null || key.callsGiven === 0) return callsLeftOf(key);
    await this.database.write((manager) => this.settleIn(manager, id), { owner, rows: [rowOfToolKey(id)] });
    return callsLeftOf(await find());
  }

  /** One transaction for each payer, which locks from its top down: so no two lock crosswise. */
  private async takeTogether(calls: readonly Payer[]): Promise<BatchResult<boolean>[]> {
    const [payer] = calls;
    if (payer === undefined) return [];
    const { id, ownerId: owner } = payer;
    const taken = await this.database.write(
      (manager) => this.take(manager, id, 'callsUsed', calls.length, { orFewer: true }),
      { owner, rows: [rowOfToolKey(id)] },
    );
    return calls.map((_, index) => ({ result: index < taken }));
  }

  /** Resolves with how many were taken: all of them or none, unless fewer will do. */
  private async take(
    manager: EntityManager,
    id: string,
    column: Column,
    calls: number,
    { orFewer = false } = {},
  ): Promise<number> {
    if (await this.add(manager, id, column, calls)) return calls;
    await this.settleIn(manager, id);
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

  /** Locks in the order of ids, as everybody does; what is judged is judged under the lock. */
  private async settleIn(manager: EntityManager, payerId: string): Promise<void> {
    const children = await unsettledOf(manager, [payerId]);
    const seeming = await this.endedOf(manager, children);
    if (seeming.length === 0) return;
    const below = await this.lockTree(manager, payerId, seeming);
    const fresh = await manager.findBy(ToolKey, { id: In(seeming.map(({ id }) => id)) });
    const ended = await this.endedOf(
      manager,
      fresh.filter(({ settledAt }) => settledAt === null),
    );
    await this.bringBack(manager, payerId, ended, below);
  }

  /** Resolves with what is below `keys`. It is looked for again until nothing was added before the lock was had. */
  private async lockTree(
    manager: EntityManager,
    payerId: string,
    keys: readonly ToolKey[],
    known = 0,
  ): Promise<ToolKey[]> {
    const below = await unsettledBelow(manager, keys);
    const tree = [...keys, ...below];
    if (tree.length === known) return below;
    const ids = new Set([payerId, ...tree.flatMap((key) => [...idsBelow(payerId, key), key.id])]);
    await this.database.lock(manager, ToolKey, [...ids]);
    return this.lockTree(manager, payerId, keys, tree.length);
  }

  private async endedOf(manager: EntityManager, keys: readonly ToolKey[]): Promise<ToolKey[]> {
    const lines = await ancestriesOf(manager, keys);
    const now = this.clock.now();
    return keys.filter(({ endsAt }, index) => {
      const { ended = null, ancestorsEndAt = 0 } = lines[index] ?? {};
      return ended !== null || now >= Math.min(endsAt.getTime(), ancestorsEndAt);
    });
  }

  /** All that is below an ended key has ended with it. */
  private async bringBack(
    manager: EntityManager,
    payerId: string,
    ended: readonly ToolKey[],
    below: readonly ToolKey[],
  ): Promise<void> {
    const settledAt = new Date(this.clock.now());
    const close = async (key: ToolKey): Promise<number> => {
      let used = key.callsUsed;
      for (const child of below.filter(({ budgetId }) => budgetId === key.id)) used += await close(child);
      await manager.update(ToolKey, { id: key.id }, { callsUsed: used, callsGiven: 0, settledAt });
      return used;
    };
    let given = 0;
    let used = 0;
    for (const key of ended) {
      given += key.maxCalls ?? 0;
      used += await close(key);
    }
    if (given === 0) return;
    await manager
      .createQueryBuilder()
      .update(ToolKey)
      .set({ callsGiven: () => 'calls_given - :given', callsUsed: () => 'calls_used + :used' })
      .where('id = :id AND settled_at IS NULL')
      .setParameters({ id: payerId, given, used })
      .execute();
  }
}

/** Those of the keys above `key` that are below the payer. */
function idsBelow(payerId: string, key: ToolKey): string[] {
  const above = ancestorIds(key);
  return above.slice(above.indexOf(payerId) + 1);
}

function callsLeftOf(key: ToolKey | null): number {
  if (key === null || key.maxCalls === null || key.settledAt !== null) return 0;
  return key.maxCalls - key.callsUsed - key.callsGiven;
}

/** Keys with calls of their own, taken out of those of `payers`, that did not give back what they did not use. */
function unsettledOf(manager: EntityManager, payers: readonly string[]): Promise<ToolKey[]> {
  return manager
    .createQueryBuilder(ToolKey, 'key')
    .where('key.budgetId IN (:...payers) AND key.maxCalls IS NOT NULL AND key.settledAt IS NULL', { payers })
    .orderBy('key.id')
    .getMany();
}

async function unsettledBelow(manager: EntityManager, keys: readonly ToolKey[]): Promise<ToolKey[]> {
  const below: ToolKey[] = [];
  let level = keys;
  while (level.length > 0) {
    level = await unsettledOf(
      manager,
      level.map(({ id }) => id),
    );
    below.push(...level);
  }
  return below;
}
