import { type EntityManager, In } from 'typeorm';
import type { Database } from '../database/database.js';
import type { LeaseOutages } from '../key-store/lease-outages.js';
import { ancestorIds, ancestriesOf } from '../key-store/tool-key-ancestry.js';
import { ToolKey } from '../key-store/tool-key.entity.js';
import type { Clock } from '../support/clock.js';

/** Returns the calls that ended tool keys did not use to the key that granted them (its payer). */
export class UnusedCalls {
  constructor(
    private readonly database: Database,
    private readonly outages: LeaseOutages,
    private readonly clock: Clock,
  ) {}

  /** Inside a transaction. Locks in the order of ids, as all transactions do, and decides under the lock. */
  async returnTo(manager: EntityManager, payerId: string): Promise<void> {
    const candidates = await this.endedOf(manager, await childrenHoldingCalls(manager, [payerId]));
    if (candidates.length === 0) return;
    const below = await this.lockTree(manager, payerId, candidates);
    const locked = await manager.findBy(ToolKey, { id: In(candidates.map(({ id }) => id)) });
    const holding = locked.filter(({ settledAt }) => settledAt === null);
    await this.returnUnused(manager, payerId, await this.endedOf(manager, holding), below);
  }

  /** Resolves with the keys below `keys`. Searches again until the lock was taken with no key added meanwhile. */
  private async lockTree(
    manager: EntityManager,
    payerId: string,
    keys: readonly ToolKey[],
    lockedCount = 0,
  ): Promise<ToolKey[]> {
    const below = await descendantsHoldingCalls(manager, keys);
    const tree = [...keys, ...below];
    if (tree.length === lockedCount) return below;
    const ids = new Set([payerId, ...tree.flatMap((key) => [...idsBetween(payerId, key), key.id])]);
    await this.database.lock(manager, ToolKey, [...ids]);
    return this.lockTree(manager, payerId, keys, tree.length);
  }

  private async endedOf(manager: EntityManager, keys: readonly ToolKey[]): Promise<ToolKey[]> {
    const ancestries = await ancestriesOf(manager, keys);
    const now = this.clock.now();
    // After an outage a lease that has run out may be extended still: its calls are returned when that is decided.
    const isDecided = this.outages.period !== undefined;
    return keys.filter(({ endsAt, expiresAt }, index) => {
      const { ended = null, ancestorsEndAt = 0 } = ancestries[index] ?? {};
      const end = isDecided ? Math.min(endsAt.getTime(), ancestorsEndAt) : expiresAt.getTime();
      return ended !== null || now >= end;
    });
  }

  /** Returns the unused calls of ended keys, and of everything below them, which ended with them. */
  private async returnUnused(
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
    let granted = 0;
    let used = 0;
    for (const key of ended) {
      granted += key.maxCalls ?? 0;
      used += await close(key);
    }
    if (granted === 0) return;
    await manager
      .createQueryBuilder()
      .update(ToolKey)
      .set({ callsGiven: () => 'calls_given - :granted', callsUsed: () => 'calls_used + :used' })
      .where('id = :id AND settled_at IS NULL')
      .setParameters({ id: payerId, granted, used })
      .execute();
  }
}

/** The keys between the payer and `key`. */
function idsBetween(payerId: string, key: ToolKey): string[] {
  const ids = ancestorIds(key);
  return ids.slice(ids.indexOf(payerId) + 1);
}

/** Keys with calls granted by one of `payers` whose unused calls were not returned yet. */
function childrenHoldingCalls(manager: EntityManager, payers: readonly string[]): Promise<ToolKey[]> {
  return manager
    .createQueryBuilder(ToolKey, 'key')
    .where('key.budgetId IN (:...payers) AND key.maxCalls IS NOT NULL AND key.settledAt IS NULL', { payers })
    .orderBy('key.id')
    .getMany();
}

async function descendantsHoldingCalls(manager: EntityManager, keys: readonly ToolKey[]): Promise<ToolKey[]> {
  const below: ToolKey[] = [];
  let level = keys;
  while (level.length > 0) {
    level = await childrenHoldingCalls(
      manager,
      level.map(({ id }) => id),
    );
    below.push(...level);
  }
  return below;
}
