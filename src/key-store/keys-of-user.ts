import { type EntityManager, type FindOptionsWhere, In, IsNull, MoreThan } from 'typeorm';
import type { AuditTrail } from '../audit/audit-trail.js';
import type { Database } from '../database/database.js';
import { platformOwnerId } from '../identity/owner.entity.js';
import { User } from '../identity/user.entity.js';
import { ApiKey } from './api-key.entity.js';
import type { UserKeysEnd } from './api-key.store.js';

const mostAtOnce = 1_000;

/** The keys of one user in the application's database, changed many at a time. */
export class KeysOfUser {
  constructor(
    private readonly database: Database,
    private readonly userId: string,
  ) {}

  /** In one transaction. Resolves with the keys as they were. */
  revoke({ actor, at, reason, entryOf }: UserKeysEnd, audit: AuditTrail): Promise<ApiKey[]> {
    const { userId } = this;
    return this.database.write(
      async (manager) => {
        await this.database.lock(manager, User, userId);
        const ended: ApiKey[] = [];
        for (;;) {
          const keys = await this.lockSome(manager, { userId, revokedAt: IsNull() });
          if (keys.length === 0) return ended;
          await manager.update(
            ApiKey,
            { id: In(keys.map(({ id }) => id)) },
            { revokedAt: at, revokeReason: reason },
          );
          await audit.recordAll(manager, actor, keys.map(entryOf));
          ended.push(...keys);
        }
      },
      { owner: platformOwnerId, rows: [`users ${userId}`] },
    );
  }

  async update(settings: Partial<ApiKey>): Promise<void> {
    const updateSome = (after: string) =>
      this.database.write(
        async (manager) => {
          const keys = await this.lockSome(manager, { userId: this.userId, id: MoreThan(after) });
          const ids = keys.map(({ id }) => id);
          if (ids.length > 0) await manager.update(ApiKey, { id: In(ids) }, settings);
          return ids.at(-1);
        },
        { owner: platformOwnerId },
      );
    for (let last: string | undefined = ''; last !== undefined;) last = await updateSome(last);
  }

  /**
   * Some of the keys that match once they are locked; none only if none is left. In the order of ids, as other transactions
   * lock several of them.
   */
  private async lockSome(manager: EntityManager, where: FindOptionsWhere<ApiKey>): Promise<ApiKey[]> {
    for (;;) {
      const order = { id: 'ASC' } as const;
      const found = await manager.find(ApiKey, { select: { id: true }, where, order, take: mostAtOnce });
      const ids = found.map(({ id }) => id);
      if (ids.length === 0) return [];
      await this.database.lock(manager, ApiKey, ids);
      const keys = await manager.find(ApiKey, { where: { ...where, id: In(ids) }, order });
      if (keys.length > 0) return keys;
    }
  }
}
