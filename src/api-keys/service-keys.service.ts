import { Injectable } from '@nestjs/common';
import { requireId, validInput } from '../http/validation.js';
import { OwnersService } from '../identity/owners.service.js';
import { currentPersonalKey } from '../key-store/api-key-rules.js';
import { type ApiKey, newApiKey } from '../key-store/api-key.entity.js';
import { type ApiKeyChanges, ApiKeyStore } from '../key-store/api-key.store.js';
import type { Idempotency, IdempotentRequest } from '../key-store/idempotent-request.js';
import { KeyCache } from '../key-store/key-cache.js';
import { KeyEnvironment, KeyMint } from '../key-store/key-mint.js';
import { AuthError } from '../principal/auth-error.js';
import { creatorOf, type Environment } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import {
  endAfter,
  eventsOf,
  keptEnded,
  type KeySettings,
  lockAll,
  queueOptions,
  recordKeyEvents,
  requireActiveManager,
  requireFuture,
  requireServiceKey,
  requireUnended,
} from './key-changes.js';
import {
  actorOf,
  inScope,
  isStrengthened,
  type KeyManager,
  isBoundedManager,
  lineageFrom,
  principalOf,
  requireKeyGrant,
} from './key-manager.js';
import { KeyQuota } from './key-quota.js';
import {
  changedKeyInput,
  newKeyInput,
  revokeKeyRequest,
  type RevokeKeyRequest,
  rotateKeyRequest,
  type RotateKeyRequest,
} from './service-key.schemas.js';
import {
  type NewKey,
  type NewKeyView,
  type RepeatedKeyView,
  toApiKey,
  toNewApiKey,
} from './service-key.views.js';
import { RepeatedCreations } from './repeated-creations.js';

/** What `create` takes: the owner, the environment if it is not the default one, and the settings of the key. */
export type NewServiceKey = Partial<KeySettings> & {
  readonly ownerId: string;
  readonly name: string;
  readonly environment?: Environment;
};

/** Creates, changes, rotates and revokes keys. A key outside the manager's scope is `NOT_FOUND`. See `KeyQueries` to read. */
@Injectable()
export class ServiceKeysService {
  /** @internal Nest creates it. */
  constructor(
    private readonly store: ApiKeyStore,
    private readonly keyCache: KeyCache,
    private readonly owners: OwnersService,
    private readonly quota: KeyQuota,
    private readonly repeated: RepeatedCreations,
    private readonly mint: KeyMint,
    private readonly environment: KeyEnvironment,
    private readonly clock: Clock,
  ) {}

  /** `TOO_MANY_KEYS` if the owner has too many keys, `VALIDATION_FAILED` if it does not exist. */
  async create(manager: KeyManager, request: NewServiceKey): Promise<NewKeyView>;
  /** @internal A repeated request answers with the key that the first one created. */
  async create(
    manager: KeyManager,
    request: NewServiceKey,
    idempotency?: Idempotency,
  ): Promise<RepeatedKeyView>;
  async create(manager: KeyManager, request: NewServiceKey, idempotency?: Idempotency) {
    const { environment = this.environment.default, ...settings } = validInput(newKeyInput, request);
    const { ownerId } = settings;
    if (manager.ownerId === null && !(await this.owners.exists(ownerId)))
      throw new AuthError('VALIDATION_FAILED', {
        details: [{ path: 'ownerId', message: 'This owner does not exist.' }],
      });
    const earlier = await this.repeated.find(idempotency);
    if (earlier !== undefined) return this.repeat(manager, earlier);
    const now = this.clock.now();
    requireFuture(settings.expiresAt, now);
    const minted = this.mint.mintApiKey(environment);
    const bounded = isBoundedManager(manager);
    const stored = newApiKey(
      minted,
      {
        kind: 'service',
        userId: null,
        environment,
        bounded,
        ...creatorOf(principalOf(manager)),
        ...settings,
      },
      now,
    );
    const insert = async (keys: ApiKeyChanges) => {
      await lockAll(keys, manager);
      await this.repeated.requireNew(keys, idempotency);
      const callingKey = await requireActiveManager(keys, manager, this.clock.now());
      requireKeyGrant(manager, callingKey, stored);
      stored.lineageId = lineageFrom(callingKey, null);
      await keys.insert(stored);
      await this.repeated.note(keys, idempotency, { id: stored.id, replacedId: null });
      await recordKeyEvents(keys, actorOf(manager), stored, ['created']);
    };
    await this.quota.within(manager, () => this.store.change(insert, queueOptions(manager)));
    this.keyCache.invalidateApiKey(stored);
    return toNewApiKey({ stored, key: minted.key, previous: null }, this.clock.now());
  }

  /**
   * `KEY_ENDED` for a service key that was revoked or has expired. An admin's change of any personal key of a user applies
   * to the current or last one, and binds later ones.
   */
  async update(manager: KeyManager, id: string, changes: Partial<KeySettings>) {
    const settings = validInput(changedKeyInput, changes);
    requireFuture(settings.expiresAt, this.clock.now());
    const work = async (keys: ApiKeyChanges, key: ApiKey, callingKey: ApiKey | null): Promise<ApiKey> => {
      const now = this.clock.now();
      if (key.kind === 'service') requireUnended(key, now);
      const end = keptEnded(key, now);
      requireServiceKey(key, settings);
      const changed = { ...key, ...settings, ...end };
      if (isStrengthened(key, changed)) requireKeyGrant(manager, callingKey, changed);
      await keys.update(key.id, { ...settings, ...end });
      if (end !== undefined)
        await recordKeyEvents(keys, actorOf(manager), key, ['revoked'], { reason: 'expired' });
      await recordKeyEvents(keys, actorOf(manager), changed, eventsOf(key, settings), {
        changed: Object.keys(settings),
      });
      return changed;
    };
    const updated = await this.change(manager, id, work, async (keys, found) => {
      if (found.kind !== 'personal' || found.userId === null) return found;
      await keys.lockUser(found.userId);
      return (await currentPersonalKey(keys, found.userId)) ?? found;
    });
    return toApiKey(updated, this.clock.now());
  }

  /**
   * Replaces the key by a new one with the same settings. The old key ends at once or, with an overlap, that many seconds
   * later and never after its own expiry. `KEY_ENDED` for a key that has ended or was replaced; with an overlap
   * `TOO_MANY_KEYS` if the owner has no room for both.
   */
  async rotate(manager: KeyManager, id: string, request?: RotateKeyRequest): Promise<NewKeyView>;
  /** @internal A repeated request answers with the key that the first one created. */
  async rotate(
    manager: KeyManager,
    id: string,
    request: RotateKeyRequest | undefined,
    idempotency: Idempotency | undefined,
  ): Promise<RepeatedKeyView>;
  async rotate(
    manager: KeyManager,
    id: string,
    request: RotateKeyRequest = { overlapSeconds: 0 },
    idempotency?: Idempotency,
  ) {
    const { overlapSeconds } = validInput(rotateKeyRequest, request);
    const earlier = await this.repeated.find(idempotency);
    if (earlier !== undefined) return this.repeat(manager, earlier);
    const replace = () => this.replace(manager, id, overlapSeconds, idempotency);
    const replaced = await (overlapSeconds === 0 ? replace() : this.quota.within(manager, replace));
    return toNewApiKey(replaced, this.clock.now());
  }

  private async replace(
    manager: KeyManager,
    id: string,
    overlapSeconds: number,
    idempotency: Idempotency | undefined,
  ): Promise<NewKey> {
    const now = this.clock.now();
    return this.change(manager, id, async (keys, key, callingKey) => {
      await this.repeated.requireNew(keys, idempotency);
      requireUnended(key, now);
      if (key.kind === 'personal' || key.replacedById !== null) throw new AuthError('KEY_ENDED');
      requireKeyGrant(manager, callingKey, key);
      const { id: _id, hash: _hash, prefix: _prefix, createdAt: _createdAt, ...settings } = key;
      const minted = this.mint.mintApiKey(key.environment);
      const unused = { lastUsedAt: null, lastUsedIp: null, lastUsedUserAgent: null };
      const lineageId = lineageFrom(callingKey, key);
      const bounded = key.bounded || isBoundedManager(manager);
      const made = { replacesId: id, lineageId, bounded, ...creatorOf(principalOf(manager)) };
      const stored = newApiKey(minted, { ...settings, ...unused, ...made }, now);
      const end =
        overlapSeconds === 0
          ? { revokedAt: new Date(now) }
          : { expiresAt: endAfter(overlapSeconds, key, now) };
      await keys.insert(stored);
      await this.repeated.note(keys, idempotency, { id: stored.id, replacedId: id });
      await keys.update(id, { replacedById: stored.id, ...end });
      const previous = { ...key, replacedById: stored.id, ...end };
      await recordKeyEvents(keys, actorOf(manager), stored, ['created'], { replacesId: id });
      await recordKeyEvents(keys, actorOf(manager), previous, ['rotated'], {
        replacedById: stored.id,
        overlapSeconds,
      });
      if (overlapSeconds === 0)
        await recordKeyEvents(keys, actorOf(manager), previous, ['revoked'], { reason: 'rotated' });
      return { stored, key: minted.key, previous };
    });
  }

  /** The key that an earlier request created, if the manager may create such a key still. */
  private async repeat(
    manager: KeyManager,
    { keyId, replacedId }: IdempotentRequest,
  ): Promise<RepeatedKeyView> {
    const repeated = await this.change(manager, keyId, async (keys, key, callingKey) => {
      requireKeyGrant(manager, callingKey, key);
      const previous = replacedId === null ? null : await keys.find(replacedId);
      return { ...(await this.repeated.renew(keys, actorOf(manager), key)), previous };
    });
    return toNewApiKey(repeated, this.clock.now());
  }

  /** Revokes a key permanently. A key that was revoked before keeps its reason and time. */
  async revoke(manager: KeyManager, id: string, request: RevokeKeyRequest = {}) {
    const { reason } = validInput(revokeKeyRequest, request);
    const revoked = await this.change(manager, id, async (keys, key) => {
      if (key.revokedAt !== null) return key;
      const end = { revokedAt: new Date(this.clock.now()), revokeReason: reason ?? null };
      await keys.update(id, end);
      await recordKeyEvents(keys, actorOf(manager), key, ['revoked'], reason === undefined ? {} : { reason });
      return { ...key, ...end };
    });
    return toApiKey(revoked, this.clock.now());
  }

  /** Runs one change of a key, or of the key that `redirect` finds, at a time; afterwards no cache has its old state. */
  private async change<T>(
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
        return work(keys, key, await requireActiveManager(keys, manager, this.clock.now()));
      },
      queueOptions(manager, id),
    );
    this.quota.noteEnded(changed.ownerId);
    this.keyCache.invalidateApiKey(changed);
    return result;
  }
}
