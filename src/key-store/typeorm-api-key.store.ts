import { In, type SelectQueryBuilder } from 'typeorm';
import { AuditTrail } from '../audit/audit-trail.js';
import { isPostgres } from '../database/data-source-of.js';
import { Database, type ReadOptions } from '../database/database.js';
import { ApiKey } from './api-key.entity.js';
import { activePersonal, TypeOrmApiKeyChanges } from './typeorm-api-key.changes.js';
import {
  type ApiKeyChanges,
  type EndedKey,
  ApiKeyStore,
  type KeyFilter,
  type KeyPage,
  type KeyStatus,
  lowerAscii,
  type UserKeysEnd,
} from './api-key.store.js';
import { IdempotentRequest } from './idempotent-request.js';
import { KeysOfUser } from './keys-of-user.js';
import { Injectable } from '@nestjs/common';
import type { QueueOptions } from '../database/fair-queue.js';
import { platformOwnerId } from '../identity/owner.entity.js';
import { Clock } from '../support/clock.js';

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

/** PostgreSQL lowers more than the letters A to Z, except in the collation C. */
function searched(query: SelectQueryBuilder<ApiKey>, text: string): void {
  const lower = (column: string) => `lower(${column}${isPostgres(query) ? ' COLLATE "C"' : ''})`;
  const pattern = text.replace(/[\\%_]/g, String.raw`\$&`);
  query.andWhere(
    String.raw`(${lower('key.name')} LIKE :within ESCAPE '\' OR ${lower('key.prefix')} LIKE :ahead ESCAPE '\')`,
    { within: `%${pattern}%`, ahead: `${pattern}%` },
  );
}

/** `idleSince`, which has an index, is of the hour of the last use. */
const unusedSince = (parameter: string) => `(key.lastUsedAt IS NULL OR key.lastUsedAt <= :${parameter})`;

function filtered(query: SelectQueryBuilder<ApiKey>, filter: KeyFilter): SelectQueryBuilder<ApiKey> {
  const { status, search, expiresBefore, unusedSince: since, ...equal } = filter;
  if (search !== undefined) searched(query, lowerAscii(search));
  if (expiresBefore !== undefined) query.andWhere('key.expiresAt < :expiresBefore', { expiresBefore });
  if (since !== undefined) query.andWhere(`key.idleSince <= :since AND ${unusedSince('since')}`, { since });
  for (const [column, value] of Object.entries(equal)) {
    if (value !== undefined) query.andWhere(`key.${column} = :${column}`, { [column]: value });
  }
  if (status === undefined) return query;
  return query.andWhere(conditionOf[status.is], { enabled: true, disabled: false, now: status.now });
}
