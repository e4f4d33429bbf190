import { type EntityManager, type FindOptionsWhere, IsNull } from 'typeorm';
import type { AuditActor, AuditEntry, AuditTrail } from '../audit/audit-trail.js';
import { isUniqueViolation } from '../database/database-errors.js';
import type { Database } from '../database/database.js';
import { requireActive } from '../identity/require-active.js';
import { User } from '../identity/user.entity.js';
import { AuthError } from '../principal/auth-error.js';
import { ApiKey } from './api-key.entity.js';
import type { ApiKeyChanges, KeyUse } from './api-key.store.js';

/** One change in one transaction. */
export class TypeOrmApiKeyChanges implements ApiKeyChanges {
  constructor(
    private readonly database: Database,
    private readonly manager: EntityManager,
    private readonly audit: AuditTrail,
  ) {}

  lockUser(userId: string): Promise<void> {
    return this.database.lock(this.manager, User, userId);
  }

  lockKey(id: string): Promise<void> {
    return this.database.lock(this.manager, ApiKey, id);
  }

  requireActive(ownerId: string, userId: string | null): Promise<void> {
    return requireActive(this.manager, ownerId, userId);
  }

  find(id: string): Promise<ApiKey | null> {
    return this.manager.findOneBy(ApiKey, { id });
  }

  findActivePersonal(userId: string): Promise<ApiKey | null> {
    return this.manager.findOneBy(ApiKey, activePersonal(userId));
  }

  findNewestPersonal(userId: string): Promise<ApiKey | null> {
    return this.manager.findOne(ApiKey, { where: { userId, kind: 'personal' }, order: { id: 'DESC' } });
  }

  async insert(key: ApiKey): Promise<void> {
    try {
      await this.manager.insert(ApiKey, key);
    } catch (error) {
      if (isUniqueViolation(error, 'uq_api_keys_active_personal')) throw new AuthError('KEY_EXISTS');
      throw error;
    }
  }

  async update(id: string, settings: Partial<ApiKey>): Promise<void> {
    // TypeORM throws when there is nothing to set.
    if (Object.values(settings).every((value) => value === undefined)) return;
    await this.manager.update(ApiKey, { id }, settings);
  }

  async touch(id: string, { at, ip, userAgent }: KeyUse): Promise<void> {
    await this.manager
      .createQueryBuilder()
      .update(ApiKey)
      .set({ lastUsedAt: at, lastUsedIp: ip, lastUsedUserAgent: userAgent })
      .where('id = :id AND (last_used_at IS NULL OR last_used_at <= :at)', { id, at: at.getTime() })
      .execute();
  }

  record(actor: AuditActor, entry: AuditEntry): Promise<void> {
    return this.audit.record(this.manager, actor, entry);
  }
}

export function activePersonal(userId: string): FindOptionsWhere<ApiKey> {
  return { userId, kind: 'personal', revokedAt: IsNull() };
}
