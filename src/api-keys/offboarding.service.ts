import { Injectable } from '@nestjs/common';
import type { AuditActor } from '../audit/audit-event.js';
import { AuditTrail } from '../audit/audit-trail.js';
import { Database } from '../database/database.js';
import { requireId } from '../http/validation.js';
import { platformOwnerId } from '../identity/owner.entity.js';
import type { User } from '../identity/user.entity.js';
import { UsersService } from '../identity/users.service.js';
import { ApiKeyStore, erasedReason } from '../key-store/api-key.store.js';
import { endToolKeysOf } from '../key-store/ended-tool-keys.js';
import { eventOfApiKey } from '../key-store/key-events.js';
import { KeyCache } from '../key-store/key-cache.js';
import { ToolKeyStore } from '../key-store/tool-key.store.js';
import { Clock } from '../support/clock.js';
import { KeyQuota } from './key-quota.js';

/** How many keys a user has, or had ended. */
export interface UserKeyCounts {
  /** API keys that act as the user. */
  readonly apiKeys: number;
  /** Active tool keys that the user issued, with those below. */
  readonly toolKeys: number;
}

const platform = { owner: platformOwnerId };

/** What a user leaves behind when a person leaves: ends the keys, and deletes the personal data. See `UsersService` to disable. */
@Injectable()
export class OffboardingService {
  /** @internal Nest creates it. */
  constructor(
    private readonly users: UsersService,
    private readonly store: ApiKeyStore,
    private readonly toolKeys: ToolKeyStore,
    private readonly keyCache: KeyCache,
    private readonly quota: KeyQuota,
    private readonly database: Database,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** The user's active keys. */
  async countKeys(userId: string): Promise<UserKeyCounts> {
    requireId(userId);
    const status = { is: 'active', now: this.clock.now() } as const;
    const apiKeys = await this.store.count({ userId, status });
    return { apiKeys, toolKeys: await this.toolKeys.countActive({ issuerUserId: userId }, platform) };
  }

  /**
   * Revokes all API keys that act as the user, and ends the tool keys that the user issued and everything below, in all
   * processes, with an event for each. Keys that the user made for programs stay: find them by `createdBy`. `NOT_FOUND` for an
   * unknown user.
   */
  async endKeys(actor: AuditActor, userId: string, reason = 'all keys of the user'): Promise<UserKeyCounts> {
    requireId(userId);
    await this.users.find(userId);
    const toolKeys = await this.toolKeys.countActive({ issuerUserId: userId }, platform);
    // First, as they issue tool keys: what they issue meanwhile ends with them.
    const apiKeys = await this.store.revokeAllOf(userId, {
      actor,
      at: new Date(this.clock.now()),
      reason,
      entryOf: (key) => eventOfApiKey('revoked', key, { reason }),
    });
    for (const key of apiKeys) {
      this.quota.noteEnded(key.ownerId);
      this.keyCache.invalidateApiKey(key);
    }
    const ended = await this.database.write((manager) => {
      const context = { database: this.database, audit: this.audit, manager };
      return endToolKeysOf(context, { actor, userId, reason, now: this.clock.now() });
    }, platform);
    for (const id of ended) this.keyCache.invalidateToolKeys(id);
    return { apiKeys: apiKeys.length, toolKeys };
  }

  /**
   * Deletes the personal data of a user, who stays disabled: e-mail, subject, the names and metadata of its keys, and where they
   * were used. Ends all its keys. The audit trail keeps the id. If it rejects, the user is disabled: call it again.
   */
  async erase(actor: AuditActor, userId: string): Promise<{ readonly user: User } & UserKeyCounts> {
    requireId(userId);
    // Afterwards the user makes no keys, and no login changes it.
    await this.users.setEnabled(actor, userId, false);
    const counts = await this.endKeys(actor, userId, erasedReason);
    await this.store.updateAllOf(userId, {
      name: 'Erased',
      metadata: null,
      revokeReason: erasedReason,
      lastUsedIp: null,
      lastUsedUserAgent: null,
    });
    return { user: await this.users.erase(actor, userId), ...counts };
  }
}
