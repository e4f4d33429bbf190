import { Injectable } from '@nestjs/common';
import type { QueueOptions } from '../database/fair-queue.js';
import { requireId } from '../http/validation.js';
import { requireActiveKey } from '../key-store/api-key-rules.js';
import type { ApiKey } from '../key-store/api-key.entity.js';
import { type ApiKeyChanges, ApiKeyStore } from '../key-store/api-key.store.js';
import { KeyCache } from '../key-store/key-cache.js';
import { keyIdOf } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import { inScope, type KeyManager, principalOf, userOf } from './key-manager.js';
import { KeyQuota } from './key-quota.js';

/** What a change of a key works with. */
export interface KeyChange {
  readonly keys: ApiKeyChanges;
  readonly key: ApiKey;
  /** The API key that makes the change, if it is one. */
  readonly callingKey: ApiKey | null;
  /** Further keys that `findTargets` found. */
  readonly others: readonly ApiKey[];
}

/** Runs the changes that a manager makes: under locks, and only while its own credential is valid. */
@Injectable()
export class ManagedKeys {
  constructor(
    private readonly store: ApiKeyStore,
    private readonly keyCache: KeyCache,
    private readonly quota: KeyQuota,
    private readonly clock: Clock,
  ) {}

  /** Runs a change that adds a key. `TOO_MANY_KEYS` if the user or owner whose keys are managed has too many. */
  async add(
    manager: KeyManager,
    work: (keys: ApiKeyChanges, callingKey: ApiKey | null) => Promise<ApiKey>,
  ): Promise<ApiKey> {
    const add = async (keys: ApiKeyChanges): Promise<ApiKey> => {
      await lockAll(keys, manager);
      const callingKey = await this.requireActive(keys, manager);
      await this.quota.requireRoom(keys, manager);
      return work(keys, callingKey);
    };
    const added = await this.quota.within(manager, () => this.store.change(add, queueOptions(manager)));
    this.keyCache.invalidateApiKey(added);
    return added;
  }

  /**
   * Runs one change of a key at a time; afterwards no cache has its old state. For a manager of all keys, `findTargets` may
   * choose the key that is changed in its place, and others that change with it.
   */
  async change<T>(
    manager: KeyManager,
    id: string,
    work: (change: KeyChange) => Promise<T>,
    findTargets?: (keys: ApiKeyChanges, found: ApiKey) => Promise<readonly [ApiKey, ...ApiKey[]]>,
  ): Promise<T> {
    requireId(id);
    let changed: readonly ApiKey[] = [];
    const result = await this.store.change(
      async (keys) => {
        // The owner of a key never changes, so this may be read before the key is locked.
        const [target, ...more] =
          findTargets === undefined || manager.scope !== null
            ? [{ id }]
            : await findTargets(keys, inScope(null, await keys.find(id)));
        await lockAll(keys, manager, target.id, ...more.map((other) => other.id));
        const key = inScope(manager.scope, await keys.find(target.id));
        const others = await findAll(keys, more);
        changed = [key, ...others];
        return work({ keys, key, callingKey: await this.requireActive(keys, manager), others });
      },
      queueOptions(manager, id),
    );
    for (const key of changed) {
      this.quota.noteEnded(key.ownerId);
      this.keyCache.invalidateApiKey(key);
    }
    return result;
  }

  /** Checks the manager again, as `requireActiveKey` does; the operator always passes, without a key. */
  private async requireActive(keys: ApiKeyChanges, manager: KeyManager): Promise<ApiKey | null> {
    const user = principalOf(manager);
    return user === undefined ? null : requireActiveKey(keys, user, this.clock.now());
  }
}

async function findAll(keys: ApiKeyChanges, wanted: readonly ApiKey[]): Promise<ApiKey[]> {
  const found: ApiKey[] = [];
  for (const { id } of wanted) found.push(inScope(null, await keys.find(id)));
  return found;
}

/**
 * Locks the user whose keys are managed, and the keys, with the calling key, so that it cannot be revoked meanwhile; always
 * in one order, so that no two deadlock.
 */
async function lockAll(keys: ApiKeyChanges, manager: KeyManager, ...ids: string[]): Promise<void> {
  const userId = userOf(manager.scope);
  if (userId !== null) await keys.lockUser(userId);
  for (const id of idsToLock(manager, ids)) await keys.lockKey(id);
}

function idsToLock(manager: KeyManager, ids: readonly string[]): string[] {
  const user = principalOf(manager);
  const callingId = user && keyIdOf(user.source);
  return [...new Set(callingId === undefined ? ids : [...ids, callingId])].sort();
}

/** A change waits for its owner's share of the database and for the rows that `lockAll` locks. */
function queueOptions(manager: KeyManager, ...ids: string[]): QueueOptions {
  const userId = userOf(manager.scope);
  const rows = idsToLock(manager, ids).map((id) => `api_keys ${id}`);
  if (userId !== null) rows.unshift(`users ${userId}`);
  const user = principalOf(manager);
  return user === undefined ? { rows } : { owner: user.ownerId, rows };
}
