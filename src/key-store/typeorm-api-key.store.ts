import { type EntityManager, type FindOptionsWhere, In, IsNull, type SelectQueryBuilder } from 'typeorm';
import { type AuditActor, type AuditEntry } from '../audit/audit-event.js';
import { AuditTrail } from '../audit/audit-trail.js';
import { isUniqueViolation } from '../database/unique-violation.js';
import { Database, type ReadOptions } from '../database/database.js';
import { requireActive } from '../identity/accounts.service.js';
import { User } from '../identity/user.entity.js';
import { AuthError } from '../principal/auth-error.js';
import { ApiKey } from './api-key.entity.js';
import {
  type ApiKeyChanges,
  type EndedKey,
  ApiKeyStore,
  erasedReason,
  type KeyFilter,
  type KeyPage,
  type KeyStatus,
  type KeyUse,
  type UserKeysEnd,
} from './api-key.store.js';
import {
  claimRequests,
  countRequests,
  hasRoom,
  IdempotentRequest,
  withoutRoom,
} from './idempotent-request.js';
import { KeysOfUser } from './keys-of-user.js';
import { Injectable } from '@nestjs/common';
import type { QueueOptions } from '../database/fair-queue.js';
import { platformOwnerId } from '../identity/owner.entity.js';
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

/** Stores API keys in the application's database. A change and its events are one transaction. */
@Injectable()
export class TypeOrmApiKeyStore extends ApiKeyStore {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {
    super();
  }

  findByHash(hash: string, options: ReadOptions = { lane: 'lookups' }): Promise<ApiKey | null> {
    return this.database.read((manager) => manager.findOneBy(ApiKey, { hash }), options);
  }

  find(id: string, options?: ReadOptions): Promise<ApiKey | null> {
    return this.database.read((manager) => manager.findOneBy(ApiKey, { id }), options);
  }

  override async findAll(ids: readonly string[], options?: ReadOptions): Promise<ApiKey[]> {
    if (ids.length === 0) return [];
    return this.database.read((manager) => manager.findBy(ApiKey, { id: In([...ids]) }), options);
  }

  override async findAllByHash(hashes: readonly string[], options?: ReadOptions): Promise<ApiKey[]> {
    if (hashes.length === 0) return [];
    return this.database.read((manager) => manager.findBy(ApiKey, { hash: In([...hashes]) }), options);
  }

  override findRequest(id: string, options?: ReadOptions): Promise<IdempotentRequest | null> {
    return this.database.read((manager) => manager.findOneBy(IdempotentRequest, { id }), options);
  }

  findActivePersonal(userId: string, options?: ReadOptions): Promise<ApiKey | null> {
    return this.database.read((manager) => manager.findOneBy(ApiKey, activePersonal(userId)), options);
  }

  list(filter: KeyFilter, { limit, after }: KeyPage): Promise<ApiKey[]> {
    return this.database.read((manager) => {
      const query = filtered(manager.createQueryBuilder(ApiKey, 'key'), filter);
      if (after !== undefined) query.andWhere('key.id < :after', { after });
      return query.orderBy('key.id', 'DESC').limit(limit).getMany();
    }, readOptionsOf(filter));
  }

  count(filter: KeyFilter): Promise<number> {
    return this.database.read(
      (manager) => filtered(manager.createQueryBuilder(ApiKey, 'key'), filter).getCount(),
      readOptionsOf(filter),
    );
  }

  findExpired(now: number, limit: number): Promise<ApiKey[]> {
    return this.database.read((manager) =>
      manager
        .createQueryBuilder(ApiKey, 'key')
        .where('key.expiresAt <= :now AND key.expiryNotedAt IS NULL', { now })
        .orderBy('key.expiresAt')
        .limit(limit)
        .getMany(),
    );
  }

  override findExpiring(now: number, limit: number): Promise<ApiKey[]> {
    return this.database.read((manager) =>
      manager
        .createQueryBuilder(ApiKey, 'key')
        .where('key.expiringAt <= :now', { now })
        .orderBy('key.expiringAt')
        .limit(limit)
        .getMany(),
    );
  }

  override findUnused(before: number, limit: number): Promise<ApiKey[]> {
    return this.database.read((manager) =>
      manager
        .createQueryBuilder(ApiKey, 'key')
        .where('key.unusedNotedAt IS NULL AND key.revokedAt IS NULL AND key.enabled')
        .andWhere(`key.idleSince <= :before AND ${unusedSince('before')}`, { before })
        .orderBy('key.idleSince')
        .limit(limit)
        .getMany(),
    );
  }

  override revokeAllOf(userId: string, end: UserKeysEnd): Promise<EndedKey[]> {
    return new KeysOfUser(this.database, userId).revoke(end, this.audit);
  }

  override updateAllOf(userId: string, settings: Partial<ApiKey>): Promise<void> {
    return new KeysOfUser(this.database, userId).update(settings);
  }

  change<T>(work: (changes: ApiKeyChanges) => Promise<T>, options?: QueueOptions): Promise<T> {
    return this.database.write(
      (manager) => work(new TypeOrmApiKeyChanges(this.database, manager, this.audit, this.clock)),
      options,
    );
  }
}

/** Only an admin of the platform lists the keys of all owners. */
const readOptionsOf = ({ ownerId: owner = platformOwnerId }: KeyFilter): ReadOptions => ({ owner });

const conditionOf: Record<KeyStatus, string> = {
  revoked: 'key.revokedAt IS NOT NULL',
  disabled: 'key.revokedAt IS NULL AND key.enabled = :disabled',
  expired: 'key.revokedAt IS NULL AND key.enabled = :enabled AND key.expiresAt <= :now',
  active:
    'key.revokedAt IS NULL AND key.enabled = :enabled AND (key.expiresAt IS NULL OR key.expiresAt > :now)',
};

/** `idleSince`, which has an index, is of the hour of the last use. */
const unusedSince = (parameter: string) => `(key.lastUsedAt IS NULL OR key.lastUsedAt <= :${parameter})`;

function filtered(query: SelectQueryBuilder<ApiKey>, filter: KeyFilter): SelectQueryBuilder<ApiKey> {
  const { status, expiresBefore, unusedSince: since, ...equal } = filter;
  if (expiresBefore !== undefined) query.andWhere('key.expiresAt < :expiresBefore', { expiresBefore });
  if (since !== undefined) query.andWhere(`key.idleSince <= :since AND ${unusedSince('since')}`, { since });
  for (const [column, value] of Object.entries(equal)) {
    if (value !== undefined) query.andWhere(`key.${column} = :${column}`, { [column]: value });
  }
  if (status === undefined) return query;
  return query.andWhere(conditionOf[status.is], { enabled: true, disabled: false, now: status.now });
}
