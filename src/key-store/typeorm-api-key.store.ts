import { Injectable } from '@nestjs/common';
import type { SelectQueryBuilder } from 'typeorm';
import { AuditTrail } from '../audit/audit-trail.js';
import { Database } from '../database/database.js';
import { ApiKey } from './api-key.entity.js';
import {
  type ApiKeyChanges,
  ApiKeyStore,
  type KeyFilter,
  type KeyPage,
  type KeyStatus,
} from './api-key.store.js';
import { activePersonal, TypeOrmApiKeyChanges } from './typeorm-api-key.changes.js';

/** Keeps API keys in the application's database; a change and its events are one transaction. */
@Injectable()
export class TypeOrmApiKeyStore extends ApiKeyStore {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
  ) {
    super();
  }

  findByHash(hash: string): Promise<ApiKey | null> {
    return this.database.read((manager) => manager.findOneBy(ApiKey, { hash }));
  }

  find(id: string): Promise<ApiKey | null> {
    return this.database.read((manager) => manager.findOneBy(ApiKey, { id }));
  }

  findActivePersonal(userId: string): Promise<ApiKey | null> {
    return this.database.read((manager) => manager.findOneBy(ApiKey, activePersonal(userId)));
  }

  list(filter: KeyFilter, { limit, after }: KeyPage): Promise<ApiKey[]> {
    return this.database.read((manager) => {
      const query = filtered(manager.createQueryBuilder(ApiKey, 'key'), filter);
      if (after !== undefined) query.andWhere('key.id < :after', { after });
      return query.orderBy('key.id', 'DESC').limit(limit).getMany();
    });
  }

  count(filter: KeyFilter): Promise<number> {
    return this.database.read((manager) =>
      filtered(manager.createQueryBuilder(ApiKey, 'key'), filter).getCount(),
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

  change<T>(work: (changes: ApiKeyChanges) => Promise<T>): Promise<T> {
    return this.database.write((manager) =>
      work(new TypeOrmApiKeyChanges(this.database, manager, this.audit)),
    );
  }
}

const conditionOf: Record<KeyStatus, string> = {
  revoked: 'key.revokedAt IS NOT NULL',
  disabled: 'key.revokedAt IS NULL AND key.enabled = :disabled',
  expired: 'key.revokedAt IS NULL AND key.enabled = :enabled AND key.expiresAt <= :now',
  active:
    'key.revokedAt IS NULL AND key.enabled = :enabled AND (key.expiresAt IS NULL OR key.expiresAt > :now)',
};

function filtered(query: SelectQueryBuilder<ApiKey>, filter: KeyFilter): SelectQueryBuilder<ApiKey> {
  const { status, ...equal } = filter;
  for (const [column, value] of Object.entries(equal)) {
    if (value !== undefined) query.andWhere(`key.${column} = :${column}`, { [column]: value });
  }
  if (status === undefined) return query;
  return query.andWhere(conditionOf[status.is], { enabled: true, disabled: false, now: status.now });
}
