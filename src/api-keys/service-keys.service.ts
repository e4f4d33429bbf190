import { Injectable } from '@nestjs/common';
import { validInput } from '../http/validation.js';
import { OwnersService } from '../identity/owners.service.js';
import { type ApiKey } from '../key-store/api-key.entity.js';
import type { Idempotency } from '../key-store/idempotent-request.js';
import { KeyMint } from '../key-store/key-mint.js';
import { AuthError } from '../principal/auth-error.js';
import { Clock } from '../support/clock.js';
import {
  endOfReplaced,
  isDescribed,
  keptEnded,
  type KeySettings,
  type NewServiceKey,
  recordChange,
  recordKeyEvents,
  recordReplacement,
  replacementOf,
  requireFuture,
  requireSettable,
  requireUnended,
} from './key-changes.js';
import {
  actorOf,
  isStrengthened,
  type KeyManager,
  madeBy,
  requireKeyGrant,
  requireNoScopesAdded,
  requireReplaceable,
  userOf,
} from './key-manager.js';
import { KeyCreations } from './key-creations.js';
import { KeyQuota } from './key-quota.js';
import { AccessKeyLifetime } from './access-key-lifetime.js';
import {
  bringWithin,
  imposedOn,
  keysOfPerson,
  keyOfPerson,
  requireWithinImposed,
} from './access-key-rules.js';
import { type KeyChange, ManagedKeys } from './managed-keys.js';
import {
  changedKeyInput,
  newKeyInput,
  revokeKeyRequest,
  type RevokeKeyRequest,
  rotateKeyRequest,
  type RotateKeyRequest,
} from './service-key.schemas.js';
import { type NewKeyView, type RepeatedKeyView, toApiKey, toNewApiKey } from './service-key.views.js';
import { RepeatedCreations } from './repeated-creations.js';

/** Creates, changes, rotates and revokes keys. A key outside the manager's scope is `NOT_FOUND`. See `KeyQueries` to read. */
@Injectable()
export class ServiceKeysService {
  /** @internal Nest creates it. */
  constructor(
    private readonly keys: ManagedKeys,
    private readonly owners: OwnersService,
    private readonly quota: KeyQuota,
    private readonly creations: KeyCreations,
    private readonly repeated: RepeatedCreations,
    private readonly mint: KeyMint,
    private readonly lifetime: AccessKeyLifetime,
    private readonly clock: Clock,
  ) {}

  /** `TOO_MANY_KEYS` if the owner has too many keys, `VALIDATION_FAILED` if it does not exist. */
  create(manager: KeyManager, request: NewServiceKey): Promise<NewKeyView>;
  /** @internal A repeated request answers with the key that the first one created. */
  create(manager: KeyManager, request: NewServiceKey, idempotency?: Idempotency): Promise<RepeatedKeyView>;
  async create(manager: KeyManager, request: NewServiceKey, idempotency?: Idempotency) {
    const { environment, ...settings } = validInput(newKeyInput, request);
    const { ownerId } = settings;
    if (manager.scope === null && !(await this.owners.exists(ownerId)))
      throw new AuthError('VALIDATION_FAILED', {
        details: [{ path: 'ownerId', message: 'This owner does not exist.' }],
      });
    return this.creations.create(manager, {
      environment,
      idempotency,
      check: (now) => requireFuture(settings.expiresAt, now),
      settingsOf: async (_keys, callingKey) => ({
        kind: 'service',
        userId: null,
        ...madeBy(manager, callingKey, null),
        ...settings,
      }),
    });
  }

  /**
   * `KEY_ENDED` for a service or access key that was revoked or has expired, `VALIDATION_FAILED` for an access key that would
   * live too long; `FORBIDDEN` or `INSUFFICIENT_SCOPE` for a key beyond its manager, unless it is only narrowed. An admin's change of any personal key of a user applies to the current or last one, and binds later ones
   * and the access keys of the user. What an admin sets on an access key, its user cannot lift.
   */
  async update(manager: KeyManager, id: string, changes: Partial<KeySettings>) {
    const settings = validInput(changedKeyInput, changes);
    const askedAt = this.clock.now();
    requireFuture(settings.expiresAt, askedAt);
    const actor = actorOf(manager);
    const work = async ({ keys, key, callingKey, others }: KeyChange): Promise<ApiKey> => {
      const now = this.clock.now();
      if (key.kind !== 'personal') requireUnended(key, now);
      const end = keptEnded(key, now);
      requireSettable(key, settings);
      if (key.kind === 'access') this.lifetime.requireAllowed(settings.expiresAt, now);
      const isImposed = manager.scope === null && key.kind === 'access';
      const written = { ...settings, ...end, ...(isImposed && { imposed: imposedOn(key, settings) }) };
      const changed = { ...key, ...written };
      if (isImposed) requireNoScopesAdded(key, changed);
      const isStronger = isStrengthened(key, changed);
      if (isStronger || isDescribed(settings))
        requireKeyGrant(manager, callingKey, isImposed ? { ...changed, scopes: [] } : changed);
      if (isStronger && userOf(manager.scope) !== null) await requireWithinImposed(keys, changed, now);
      await keys.update(key.id, written);
      if (end !== undefined) await recordKeyEvents(keys, actor, key, ['revoked'], { reason: 'expired' });
      await recordChange(keys, actor, key, settings);
      for (const other of others) await bringWithin(keys, actor, other, changed);
      return changed;
    };
    const updated = await this.keys.change(manager, id, work, (...found) => keysOfPerson(...found, askedAt));
    return toApiKey(updated, this.clock.now());
  }

  /**
   * Replaces the key by a new one with the same settings. The old key ends at once or, with an overlap, that many seconds
   * later and never after its own expiry. `KEY_ENDED` for a key that has ended or was replaced; with an overlap
   * `TOO_MANY_KEYS` if its owner or user has no room for both; `FORBIDDEN` for an access key of another user.
   */
  rotate(manager: KeyManager, id: string, request?: RotateKeyRequest): Promise<NewKeyView>;
  /** @internal A repeated request answers with the key that the first one created. */
  rotate(
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
    if (earlier !== undefined) return this.creations.repeat(manager, earlier);
    const now = this.clock.now();
    const work = async ({ keys, key, callingKey }: KeyChange) => {
      await this.repeated.requireNew(keys, idempotency);
      requireUnended(key, now);
      requireReplaceable(manager, key);
      if (overlapSeconds > 0) await this.quota.requireRoom(keys, manager);
      requireKeyGrant(manager, callingKey, key);
      const minted = this.mint.mintApiKey(key.environment);
      const stored = replacementOf(key, minted, madeBy(manager, callingKey, key), now);
      await this.repeated.insert(keys, stored, { idempotency, replacedId: id });
      const end = endOfReplaced(key, overlapSeconds, now);
      await keys.update(id, { replacedById: stored.id, ...end });
      const previous = { ...key, replacedById: stored.id, ...end };
      await recordReplacement(keys, actorOf(manager), { stored, previous, overlapSeconds });
      return { stored, key: minted.key, previous };
    };
    const replace = () => this.keys.change(manager, id, work, keyOfPerson);
    const replaced = await (overlapSeconds === 0 ? replace() : this.quota.within(manager, replace));
    return toNewApiKey(replaced, this.clock.now());
  }

  /** Revokes a key permanently. A key that was revoked before keeps its reason and time. */
  async revoke(manager: KeyManager, id: string, request: RevokeKeyRequest = {}) {
    const { reason } = validInput(revokeKeyRequest, request);
    const revoked = await this.keys.change(manager, id, async ({ keys, key }) => {
      if (key.revokedAt !== null) return key;
      const end = { revokedAt: new Date(this.clock.now()), revokeReason: reason ?? null };
      await keys.update(id, end);
      await recordKeyEvents(keys, actorOf(manager), key, ['revoked'], reason === undefined ? {} : { reason });
      return { ...key, ...end };
    });
    return toApiKey(revoked, this.clock.now());
  }
}
