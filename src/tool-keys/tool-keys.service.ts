import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 } from 'uuid';
import { AuditTrail } from '../audit/audit-trail.js';
import { Database } from '../database/database.js';
import type { ApiKey } from '../key-store/api-key.entity.js';
import { requireActive } from '../identity/require-active.js';
import { ApiKeyStore } from '../key-store/api-key.store.js';
import { KeyFormat } from '../key-store/key-format.js';
import { KnownKeys } from '../key-store/known-keys.js';
import { requireLiveKey } from '../key-store/require-live-key.js';
import { ToolKey } from '../key-store/tool-key.entity.js';
import { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import { Clock } from '../principal/clock.js';
import type { RequestOrigin } from '../principal/request-origin.js';
import { delegableScopes } from '../principal/scopes.js';

/** What a tool key is to be. */
export interface ToolKeyWish {
  readonly taskId: string;
  readonly ttlSeconds: number;
}

/** A tool key just issued, and the only chance to learn it. */
export interface IssuedToolKey {
  readonly stored: ToolKey;
  readonly key: string;
}

/** Short-lived keys for one task each. */
@Injectable()
export class ToolKeysService {
  constructor(
    private readonly database: Database,
    private readonly apiKeys: ApiKeyStore,
    private readonly knownKeys: KnownKeys,
    private readonly audit: AuditTrail,
    private readonly format: KeyFormat,
    private readonly clock: Clock,
  ) {}

  /** A key of the issuer's owner that can do no more and live no longer than the issuer. */
  async issue(user: AuthenticatedUser, wish: ToolKeyWish, origin: RequestOrigin): Promise<IssuedToolKey> {
    const { key, hash, prefix } = this.format.mintToolKey();
    const now = this.clock.now();
    // Its check need not be part of the transaction: a tool key whose issuer has ended is refused anyway.
    const issuer = await this.requireLive(user);
    const stored = await this.database.write(async (manager) => {
      const issued = manager.create(ToolKey, { ...toolKeyOf(user, wish, issuer, now), hash, prefix });
      await manager.insert(ToolKey, issued);
      await this.record(manager, user, origin, 'issued', issued);
      return issued;
    });
    return { stored, key };
  }

  /** Ends a tool key of the owner for ever; one that has ended stays as it is. `NOT_FOUND` for anybody else's. */
  async revoke(user: AuthenticatedUser, id: string, origin: RequestOrigin): Promise<ToolKey> {
    await this.requireLive(user);
    const revoked = await this.database.write(async (manager) => {
      await this.database.lock(manager, ToolKey, id);
      const found = await manager.findOneBy(ToolKey, { id, ownerId: user.ownerId });
      if (found === null) throw new AuthError('NOT_FOUND');
      if (found.revokedAt !== null) return found;
      found.revokedAt = new Date(this.clock.now());
      await manager.update(ToolKey, { id }, { revokedAt: found.revokedAt });
      await this.record(manager, user, origin, 'revoked', found);
      return found;
    });
    this.knownKeys.forgetToolKey(revoked.hash);
    return revoked;
  }

  private requireLive(user: AuthenticatedUser): Promise<ApiKey | null> {
    const find = (id: string) => this.apiKeys.find(id);
    const isActive = (ownerId: string, userId: string | null) =>
      this.database.read((manager) => requireActive(manager, ownerId, userId));
    return requireLiveKey({ find, requireActive: isActive }, user, this.clock.now());
  }

  private record(
    manager: EntityManager,
    user: AuthenticatedUser,
    origin: RequestOrigin,
    type: 'issued' | 'revoked',
    { id, ownerId, issuerUserId, taskId, prefix }: ToolKey,
  ): Promise<void> {
    const subject = { subjectType: 'tool_key', subjectId: id, ownerId, userId: issuerUserId } as const;
    return this.audit.record(manager, { user, origin }, { type, ...subject, details: { taskId, prefix } });
  }
}

function toolKeyOf(
  user: AuthenticatedUser,
  { taskId, ttlSeconds }: ToolKeyWish,
  issuer: ApiKey | null,
  now: number,
) {
  const id = v7();
  const expiresAt = Math.min(now + ttlSeconds * 1000, issuer?.expiresAt?.getTime() ?? Infinity);
  return {
    id,
    ownerId: user.ownerId,
    taskId,
    issuerUserId: user.userId,
    issuerKeyId: issuer?.id ?? null,
    environment: user.environment,
    scopes: delegableScopes(user.scopes),
    actorChain: [...user.actorChain, { type: 'tool_key', id } as const],
    expiresAt: new Date(expiresAt),
    revokedAt: null,
    lastUsedAt: null,
    createdAt: new Date(now),
  };
}
