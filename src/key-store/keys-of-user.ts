import { type EntityManager, type FindOptionsWhere, In, MoreThan } from 'typeorm';
import type { AuditTrail } from '../audit/audit-trail.js';
import { isPostgres } from '../database/data-source-of.js';
import type { Database } from '../database/database.js';
import { tableIn } from '../database/tables/entities.js';
import { platformOwnerId } from '../identity/owner.entity.js';
import { User } from '../identity/user.entity.js';
import { ApiKey } from './api-key.entity.js';
import type { EndedKey, UserKeysEnd } from './api-key.store.js';

const mostAtOnce = 1_000;

/** The keys of one user in the application's database, changed many at a time. */
export class KeysOfUser {
  constructor(
    private readonly database: Database,
    private readonly userId: string,
  ) {}

  /** In one transaction: new keys of the user wait for it. */
  revoke({ actor, at, reason, entryOf }: UserKeysEnd, audit: AuditTrail): Promise<EndedKey[]> {
    const { userId } = this;
    return this.database.write(
      async (manager) => {
        await this.database.lock(manager, User, userId);
        const ended: EndedKey[] = [];
        for (;;) {
          const keys: EndedKey[] = await manager.query(revokeStatement(manager), [
            at.getTime(),
            reason,
            userId,
          ]);
          // A key that replaced one of them was not to be seen before that was locked.
          if (keys.length === 0) return ended;
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
          const ids = await this.lockSome(manager, { userId: this.userId, id: MoreThan(after) });
          if (ids.length > 0) await manager.update(ApiKey, { id: In(ids) }, settings);
          return ids.at(-1);
        },
        { owner: platformOwnerId },
      );
    for (let last: string | undefined = ''; last !== undefined;) last = await updateSome(last);
  }

  /** In the order of ids, as other transactions lock several of them. */
  private async lockSome(manager: EntityManager, where: FindOptionsWhere<ApiKey>): Promise<string[]> {
    const found = await manager.find(ApiKey, {
      select: { id: true },
      where,
      order: { id: 'ASC' },
      take: mostAtOnce,
    });
    const ids = found.map(({ id }) => id);
    if (ids.length > 0) await this.database.lock(manager, ApiKey, ids);
    return ids;
  }
}

/** Revokes those that are not revoked, locked in the order of ids, and returns them. */
function revokeStatement(manager: EntityManager): string {
  const table = tableIn(manager, ApiKey);
  const ofUser = 'revoked_at IS NULL AND user_id =';
  const shown = `id, key_hash AS "hash", key_prefix AS "prefix", name, owner_id AS "ownerId", user_id AS "userId"`;
  if (!isPostgres(manager))
    return `UPDATE ${table} SET revoked_at = ?, revoke_reason = ? WHERE ${ofUser} ? RETURNING ${shown}`;
  const locked = `SELECT id FROM ${table} WHERE ${ofUser} $3 ORDER BY id FOR NO KEY UPDATE`;
  return `WITH locked AS (${locked}), ended AS (
    UPDATE ${table} api_key SET revoked_at = $1, revoke_reason = $2 FROM locked
      WHERE api_key.id = locked.id RETURNING api_key.*
  ) SELECT ${shown} FROM ended`;
}
