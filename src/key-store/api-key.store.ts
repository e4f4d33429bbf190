import { Injectable } from '@nestjs/common';
import { IsNull, type EntityManager } from 'typeorm';
import { Database } from '../database/database.js';
import { ApiKey } from './api-key.entity.js';
import type { ApiKeyState } from './key-state.js';

/** Where API keys are kept. */
@Injectable()
export class ApiKeyStore {
  constructor(private readonly database: Database) {}

  async findByHash(hash: string): Promise<ApiKeyState | undefined> {
    const key = await this.database.read((manager) => manager.findOneBy(ApiKey, { hash }));
    return key === null ? undefined : stateOfApiKey(key);
  }

  findActivePersonal(userId: string): Promise<ApiKey | null> {
    return this.database.read((manager) => activePersonal(manager, userId));
  }
}

export function activePersonal(manager: EntityManager, userId: string): Promise<ApiKey | null> {
  return manager.findOneBy(ApiKey, { userId, kind: 'personal', revokedAt: IsNull() });
}

export function stateOfApiKey(key: ApiKey): ApiKeyState {
  return {
    id: key.id,
    kind: key.kind,
    ownerId: key.ownerId,
    userId: key.userId,
    environment: key.environment,
    role: key.role,
    scopes: key.scopes,
    enabled: key.enabled,
    expiresAt: key.expiresAt?.getTime() ?? null,
    revokedAt: key.revokedAt?.getTime() ?? null,
  };
}
