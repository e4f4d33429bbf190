import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { ApiKey } from './api-key.entity.js';
import { stateOfApiKey } from './api-key.store.js';
import type { ToolKeyState } from './key-state.js';
import { ToolKey } from './tool-key.entity.js';

/** Where tool keys are kept. */
@Injectable()
export class ToolKeyStore {
  constructor(private readonly database: Database) {}

  findByHash(hash: string): Promise<ToolKeyState | undefined> {
    return this.database.read(async (manager) => {
      const key = await manager.findOneBy(ToolKey, { hash });
      if (key === null) return undefined;
      const issuer =
        key.issuerKeyId === null ? null : await manager.findOneBy(ApiKey, { id: key.issuerKeyId });
      return stateOf(key, issuer);
    });
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
