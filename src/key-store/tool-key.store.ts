import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { ApiKey } from './api-key.entity.js';
import { ApiKeyStore } from './api-key.store.js';
import { stateOfApiKey, type ToolKeyState } from './key-state.js';
import { ToolKey } from './tool-key.entity.js';

/** Where tool keys are kept. */
@Injectable()
export class ToolKeyStore {
  constructor(
    private readonly database: Database,
    private readonly apiKeys: ApiKeyStore,
  ) {}

  async findByHash(hash: string): Promise<ToolKeyState | undefined> {
    const key = await this.database.read((manager) => manager.findOneBy(ToolKey, { hash }));
    if (key === null) return undefined;
    const issuer = key.issuerKeyId === null ? null : await this.apiKeys.find(key.issuerKeyId);
    return stateOf(key, issuer);
  }
}

function stateOf(key: ToolKey, issuer: ApiKey | null): ToolKeyState {
  return {
    id: key.id,
    ownerId: key.ownerId,
    taskId: key.taskId,
    userId: key.issuerUserId,
    issuerKey: issuer === null ? null : stateOfApiKey(issuer),
    environment: key.environment,
    scopes: key.scopes,
    actorChain: key.actorChain,
    expiresAt: key.expiresAt.getTime(),
    revokedAt: key.revokedAt?.getTime() ?? null,
  };
}
