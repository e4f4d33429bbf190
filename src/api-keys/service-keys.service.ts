import { Injectable } from '@nestjs/common';
import type { QueueOptions } from '../database/fair-queue.js';
import { readPage } from '../http/paging.js';
import { pageInput, requireId, validInput } from '../http/validation.js';
import { platformOwnerId } from '../identity/owner.entity.js';
import { currentPersonalKey, requireActiveKey } from '../key-store/api-key-rules.js';
import { type ApiKey, newApiKey } from '../key-store/api-key.entity.js';
import {
  type ApiKeyChanges,
  ApiKeyStore,
  type KeyFilter,
  type KeyPage,
  type KeyStatus,
} from '../key-store/api-key.store.js';
import { KeyCache } from '../key-store/key-cache.js';
import { KeyMint } from '../key-store/key-mint.js';
import { AuthError } from '../principal/auth-error.js';
import { type Environment, keyIdOf, type RequestOrigin } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import {
  endAfter,
  eventsOf,
  keptEnded,
  type KeySettings,
  recordKeyEvents,
  requireFuture,
  requireServiceKey,
  requireUnended,
} from './key-changes.js';
import {
  actorOf,
  inScope,
  isStrengthened,
  lineageFrom,
  type Manager,
  operator,
  type OwnerScope,
  requireKeyGrant,
} from './key-manager.js';
import { KeyQuota } from './key-quota.js';
import {
  changedKeyInput,
  keyFilterInput,
  newKeyInput,
  ownerInput,
  ownerScopeInput,
  revokeKeyRequest,
  rotateKeyRequest,
} from './service-key.schemas.js';

/** A key just made, and the only chance to learn it. */
export interface NewKey {
  readonly stored: ApiKey;
  readonly key: string;
  /** The key it replaces, as it is now. */
  readonly previous: ApiKey | null;
}

/** What a list may be narrowed to. */
export interface KeyFilterOfUser {
  readonly environment?: Environment;
  readonly status?: KeyStatus;
  readonly ownerId?: string;
  readonly name?: string;
  readonly prefix?: string;
}

export interface KeyList {
  readonly keys: ApiKey[];
  readonly hasMore: boolean;
}

/** The keys of owners, through their whole life. What is out of reach is `NOT_FOUND`. */
@Injectable()
export class ServiceKeysService {
  constructor(
    private readonly store: ApiKeyStore,
    private readonly keyCache: KeyCache,
    private readonly quota: KeyQuota,
    private readonly mint: KeyMint,
    private readonly clock: Clock,
  ) {}

  /** `TOO_MANY_KEYS` when the owner has as many keys as it may. */
  async create(
    user: Manager,
    owner: { ownerId: string; environment: Environment },
    settings: Partial<KeySettings> & { name: string },
    origin: RequestOrigin | null,
  ): Promise<NewKey> {
    owner = validInput(ownerInput, owner);
    settings = validInput(newKeyInput, settings);
    const minted = this.mint.mintApiKey(owner.environment);
    const stored = newApiKey(
      minted,
      { kind: 'service', userId: null, ...owner, ...settings },
      this.clock.now(),
    );
    requireFuture(settings.expiresAt, this.clock.now());
    const insert = async (keys: ApiKeyChanges) => {
      await lockAll(keys, user);
      const asking = await this.asking(keys, user);
      requireKeyGrant(user, asking, stored);
      stored.lineageId = lineageFrom(asking, null);
      await keys.insert(stored);
      await recordKeyEvents(keys, actorOf(user, origin), stored, ['created']);
    };
    await this.quota.within(user, () => this.store.change(insert, turnOf(user)));
    this.keyCache.invalidateApiKey(stored);
    return { stored, key: minted.key, previous: null };
  }

  /** The newest first, fewer than `limit` where they are large; keys that are added meanwhile do not move the others. */
  async list(reach: OwnerScope, filter: KeyFilterOfUser, page: KeyPage): Promise<KeyList> {
    const { limit, after } = validInput(pageInput, page);
    const wanted = this.filterOf(reach, filter);
    const { rows, hasMore } = await readPage({ limit, after }, (portion) => this.store.list(wanted, portion));
    return { keys: rows, hasMore };
  }

  async count(reach: OwnerScope, filter: KeyFilterOfUser): Promise<number> {
    return this.store.count(this.filterOf(reach, filter));
  }

  async find(reach: OwnerScope, id: string): Promise<{ stored: ApiKey; previous: ApiKey | null }> {
    requireId(id);
    const asker = { owner: reach ?? platformOwnerId };
    const stored = inScope(reach, await this.store.find(id, asker));
    const { replacesId } = stored;
    return { stored, previous: replacesId === null ? null : await this.store.find(replacesId, asker) };
  }

  /**
   * `KEY_ENDED` for a service key that was revoked or has expired: nothing brings it back. What an admin says of a personal
   * key, of any that its user had, is said of the one that the user has now or had last, and binds those to come.
   */
  async update(
    user: Manager,
    reach: OwnerScope,
    id: string,
    settings: Partial<KeySettings>,
    origin: RequestOrigin | null,
  ): Promise<ApiKey> {
    settings = validInput(changedKeyInput, settings);
    requireFuture(settings.expiresAt, this.clock.now());
    const work = async (keys: ApiKeyChanges, key: ApiKey, asking: ApiKey | null): Promise<ApiKey> => {
      const now = this.clock.now();
      if (key.kind === 'service') requireUnended(key, now);
      const end = keptEnded(key, now);
      requireServiceKey(key, settings);
      const changed = { ...key, ...settings, ...end };
      if (isStrengthened(key, changed)) requireKeyGrant(user, asking, changed);
      await keys.update(key.id, { ...settings, ...end });
      if (end !== undefined)
        await recordKeyEvents(keys, actorOf(user, origin), key, ['revoked'], { reason: 'expired' });
      await recordKeyEvents(keys, actorOf(user, origin), changed, eventsOf(key, settings), {
        changed: Object.keys(settings),
      });
      return changed;
    };
    return this.change(user, reach, id, work, async (keys, found) => {
      if (found.kind !== 'personal' || found.userId === null) return found;
      await keys.lockUser(found.userId);
      return (await currentPersonalKey(keys, found.userId)) ?? found;
    });
  }

  /**
   * A new key with the same settings in place of this one, which ends at once or, with an overlap, that many seconds
   * later and never after its own expiry. `KEY_ENDED` for one that has ended or was replaced already; with an overlap
   * `TOO_MANY_KEYS` when there is no room for both.
   */
  async rotate(
    user: Manager,
    reach: OwnerScope,
    id: string,
    overlapSeconds: number,
    origin: RequestOrigin | null,
  ): Promise<NewKey> {
    validInput(rotateKeyRequest, { overlapSeconds });
    const replace = () => this.replace(user, reach, id, overlapSeconds, origin);
    return overlapSeconds === 0 ? replace() : this.quota.within(user, replace);
  }

  private async replace(
    user: Manager,
    reach: OwnerScope,
    id: string,
    overlapSeconds: number,
    origin: RequestOrigin | null,
  ): Promise<NewKey> {
    const now = this.clock.now();
    return this.change(user, reach, id, async (keys, key, asking) => {
      requireUnended(key, now);
      if (key.kind === 'personal' || key.replacedById !== null) throw new AuthError('KEY_ENDED');
      requireKeyGrant(user, asking, key);
      const { id: _id, hash: _hash, prefix: _prefix, createdAt: _createdAt, ...settings } = key;
      const minted = this.mint.mintApiKey(key.environment);
      const unused = { lastUsedAt: null, lastUsedIp: null, lastUsedUserAgent: null };
      const lineageId = lineageFrom(asking, key);
      const stored = newApiKey(minted, { ...settings, ...unused, replacesId: id, lineageId }, now);
      const end =
        overlapSeconds === 0
          ? { revokedAt: new Date(now) }
          : { expiresAt: endAfter(overlapSeconds, key, now) };
      await keys.insert(stored);
      await keys.update(id, { replacedById: stored.id, ...end });
      const previous = { ...key, replacedById: stored.id, ...end };
      await recordKeyEvents(keys, actorOf(user, origin), stored, ['created'], { replacesId: id });
      await recordKeyEvents(keys, actorOf(user, origin), previous, ['rotated'], {
        replacedById: stored.id,
        overlapSeconds,
      });
      if (overlapSeconds === 0)
        await recordKeyEvents(keys, actorOf(user, origin), previous, ['revoked'], { reason: 'rotated' });
      return { stored, key: minted.key, previous };
    });
  }

  /** Ends a key for ever; one that was revoked before stays as it is. */
  async revoke(
    user: Manager,
    reach: OwnerScope,
    id: string,
    reason: string | undefined,
    origin: RequestOrigin | null,
  ): Promise<ApiKey> {
    validInput(revokeKeyRequest, { reason });
    return this.change(user, reach, id, async (keys, key) => {
      if (key.revokedAt !== null) return key;
      const end = { revokedAt: new Date(this.clock.now()), revokeReason: reason ?? null };
      await keys.update(id, end);
      await recordKeyEvents(
        keys,
        actorOf(user, origin),
        key,
        ['revoked'],
        reason === undefined ? {} : { reason },
      );
      return { ...key, ...end };
    });
  }

  /** One change of a key at a time, or of the one that `meant` finds; when it is done, nobody remembers it as it was. */
  private async change<T>(
    user: Manager,
    reach: OwnerScope,
    id: string,
    work: (keys: ApiKeyChanges, key: ApiKey, asking: ApiKey | null) => Promise<T>,
    meant?: (keys: ApiKeyChanges, found: ApiKey) => Promise<ApiKey>,
  ): Promise<T> {
    requireId(id);
    let changed = { id, hash: '', ownerId: '' };
    const result = await this.store.change(
      async (keys) => {
        // Whose key it is never changes, so it may be asked before the key is locked.
        const target =
          meant === undefined || reach !== null
            ? { id }
            : await meant(keys, inScope(reach, await keys.find(id)));
        await lockAll(keys, user, target.id);
        const key = inScope(reach, await keys.find(target.id));
        changed = key;
        return work(keys, key, await this.asking(keys, user));
      },
      turnOf(user, id),
    );
    this.quota.noteEnded(changed.ownerId);
    this.keyCache.invalidateApiKey(changed);
    return result;
  }

  private filterOf(reach: OwnerScope, wanted: KeyFilterOfUser): KeyFilter {
    const { status, ...filter } = validInput(keyFilterInput, wanted);
    const within =
      validInput(ownerScopeInput, reach) === null
        ? {}
        : { ownerId: reach ?? undefined, kind: 'service' as const };
    return {
      ...filter,
      ...within,
      status: status === undefined ? undefined : { is: status, now: this.clock.now() },
    };
  }

  private async asking(keys: ApiKeyChanges, user: Manager): Promise<ApiKey | null> {
    return user === operator ? null : requireActiveKey(keys, user, this.clock.now());
  }
}

/** The key that asks is locked too, so that it cannot be revoked half-way; in one order, so that no two lock crosswise. */
async function lockAll(keys: ApiKeyChanges, user: Manager, ...ids: string[]): Promise<void> {
  for (const id of idsToLock(user, ids)) await keys.lockKey(id);
}

function idsToLock(user: Manager, ids: readonly string[]): string[] {
  const asking = user === operator ? undefined : keyIdOf(user.source);
  return [...new Set(asking === undefined ? ids : [...ids, asking])].sort();
}

/** What a change waits for: its own share, and the keys that `lockAll` locks. */
function turnOf(user: Manager, ...ids: string[]): QueueOptions {
  const rows = idsToLock(user, ids).map((id) => `api_keys ${id}`);
  return user === operator ? { rows } : { owner: user.ownerId, rows };
}
