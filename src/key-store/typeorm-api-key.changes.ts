import { type EntityManager, type FindOptionsWhere, IsNull } from 'typeorm';
import { type AuditActor, type AuditEntry } from '../audit/audit-event.js';
import { AuditTrail } from '../audit/audit-trail.js';
import { isUniqueViolation } from '../database/unique-violation.js';
import { Database } from '../database/database.js';
import { requireActive } from '../identity/active-holders.js';
import { User } from '../identity/user.entity.js';
import { AuthError } from '../principal/auth-error.js';
import { ApiKey } from './api-key.entity.js';
import { type ApiKeyChanges, erasedReason, type KeyUse } from './api-key.store.js';
import {
  claimRequests,
  countRequests,
  hasRoom,
  IdempotentRequest,
  withoutRoom,
} from './idempotent-request.js';
import { Clock } from '../support/clock.js';
import { hourOf, withNotices } from './key-notices.js';

export class TypeOrmApiKeyChanges implements ApiKeyChanges {
  constructor(
    private readonly database: Database,
    private readonly manager: EntityManager,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  lockUser(userId: string): Promise<void> {
    return this.database.lock(this.manager, User, userId);
  }

  lockKey(id: string): Promise<void> {
    return this.database.lock(this.manager, ApiKey, id);
  }

  requireActive(ownerId: string, userId: string | null, issuedAt?: number): Promise<void> {
    return requireActive(this.manager, ownerId, userId, issuedAt);
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

  findAccessKeys(userId: string, now: number): Promise<ApiKey[]> {
    return this.manager
      .createQueryBuilder(ApiKey, 'key')
      .where('key.userId = :userId AND key.kind = :kind', { userId, kind: 'access' })
      .andWhere('key.revokedAt IS NULL AND (key.expiresAt IS NULL OR key.expiresAt > :now)', { now })
      .orderBy('key.id')
      .getMany();
  }

  async insert(key: ApiKey): Promise<void> {
    try {
      // A copy, as TypeORM writes what the database returns into what it is given.
      await this.manager.insert(ApiKey, { ...key });
    } catch (error) {
      if (isUniqueViolation(error, 'uq_api_keys_active_personal')) throw new AuthError('KEY_EXISTS');
      throw error;
    }
  }

  async update(id: string, settings: Partial<ApiKey>): Promise<void> {
    // TypeORM throws when no column is set.
    if (Object.values(settings).every((value) => value === undefined)) return;
    await this.manager.update(ApiKey, { id }, withNotices(settings, this.clock.now()));
  }

  async touch(id: string, { at, ip, userAgent }: KeyUse): Promise<void> {
    await this.manager
      .createQueryBuilder()
      .update(ApiKey)
      .set({
        lastUsedAt: at,
        lastUsedIp: ip,
        lastUsedUserAgent: userAgent,
        idleSince: () => 'CASE WHEN idle_since < :hour THEN :hour ELSE idle_since END',
        unusedNotedAt: null,
      })
      .where('id = :id AND (last_used_at IS NULL OR last_used_at <= :at)', { id, at: at.getTime() })
      .andWhere('(revoke_reason IS NULL OR revoke_reason <> :erasedReason)', { erasedReason })
      .setParameter('hour', hourOf(at).getTime())
      .execute();
  }

  findRequest(id: string): Promise<IdempotentRequest | null> {
    return this.manager.findOneBy(IdempotentRequest, { id });
  }

  async insertRequest(request: IdempotentRequest): Promise<void> {
    const { ownerId, createdAt } = request;
    const kept = await countRequests(this.manager, ownerId, createdAt.getTime());
    // No agent manages API keys.
    if (!hasRoom(kept, false)) throw withoutRoom();
    if ((await claimRequests(this.manager, [request])).size === 0) throw new AuthError('REQUEST_IN_PROGRESS');
  }

  record(actor: AuditActor, entry: AuditEntry): Promise<void> {
    return this.audit.record(this.manager, actor, entry);
  }
}

export function activePersonal(userId: string): FindOptionsWhere<ApiKey> {
  return { userId, kind: 'personal', revokedAt: IsNull() };
}
