import { Injectable } from '@nestjs/common';
import type { QueueOptions } from '../database/fair-queue.js';
import { requireId } from '../http/validation.js';
import { requireActiveKey } from '../key-store/api-key-rules.js';
import type { ApiKey } from '../key-store/api-key.entity.js';
import { type ApiKeyChanges, ApiKeyStore } from '../key-store/api-key.store.js';
import { KeyCache } from '../key-store/key-cache.js';
import { keyIdOf } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import { inScope, type KeyManager, principalOf } from './key-manager.js';
import { KeyQuota } from './key-quota.js';

/** Runs the changes that a manager makes: under locks, and only while its own credential is valid. */
@Injectable()
export class ManagedKeys {
  constructor(
    private readonly store: ApiKeyStore,
    private readonly keyCache: KeyCache,
    private readonly quota: KeyQuota,
    private readonly clock: Clock,
  ) {}

  /** Runs a change that adds a key. `TOO_MANY_KEYS` if the owner of the manager has too many. */
  async add(
    manager: KeyManager,
    work: (keys: ApiKeyChanges, callingKey: ApiKey | null) => Promise<ApiKey>,
  ): Promise<ApiKey> {
    const add = async (keys: ApiKeyChanges): Promise<ApiKey> => {
      await lockAll(keys, manager);
      return work(keys, await this.requireActive(keys, manager));
    };
    const added = await this.quota.within(manager, () => this.store.change(add, queueOptions(manager)));
    this.keyCache.invalidateApiKey(added);
    return added;
  }

  /** Runs one change of a key, or of the key that `redirect` finds, at a time; afterwards no cache has its old state. */
  async change<T>(
    manager: KeyManager,
    id: string,
    work: (keys: ApiKeyChanges, key: ApiKey, callingKey: ApiKey | null) => Promise<T>,
    redirect?: (keys: ApiKeyChanges, found: ApiKey) => Promise<ApiKey>,
  ): Promise<T> {
    requireId(id);
    let changed = { id, hash: '', ownerId: '' };
    const result = await this.store.change(
      async (keys) => {
        // The owner of a key never changes, so this may be read before the key is locked.
        const target =
          redirect === undefined || manager.ownerId !== null
            ? { id }
            : await redirect(keys, inScope(null, await keys.find(id)));
        await lockAll(keys, manager, target.id);
        const key = inScope(manager.ownerId, await keys.find(target.id));
        changed = key;
        return work(keys, key, await this.requireActive(keys, manager));
      },
      queueOptions(manager, id),
    );
    this.quota.noteEnded(changed.ownerId);
    this.keyCache.invalidateApiKey(changed);
    return result;
  }

  /** Checks the manager again, as `requireActiveKey` does; the operator always passes, without a key. */
  private async requireActive(keys: ApiKeyChanges, manager: KeyManager): Promise<ApiKey | null> {
    const user = principalOf(manager);
    return user === undefined ? null : requireActiveKey(keys, user, this.clock.now());
  }
}

/** Locks the calling key too, so that it cannot be revoked meanwhile; always in one order, so that no two deadlock. */
async function lockAll(keys: ApiKeyChanges, manager: KeyManager, ...ids: string[]): Promise<void> {
  for (const id of idsToLock(manager, ids)) await keys.lockKey(id);
}

function idsToLock(manager: KeyManager, ids: readonly string[]): string[] {
  const user = principalOf(manager);
  const callingId = user && keyIdOf(user.source);
  return [...new Set(callingId === undefined ? ids : [...ids, callingId])].sort();
}

/** A change waits for its owner's share of the database and for the keys that `lockAll` locks. */
function queueOptions(manager: KeyManager, ...ids: string[]): QueueOptions {
  const rows = idsToLock(manager, ids).map((id) => `api_keys ${id}`);
  const user = principalOf(manager);
  return user === undefined ? { rows } : { owner: user.ownerId, rows };
}
