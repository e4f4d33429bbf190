import { Injectable } from '@nestjs/common';
import type { AuditPageRequest } from '../audit/audit-search.js';
import { type AuditPage, AuditTrail } from '../audit/audit-trail.js';
import { pageInput, validInput } from '../http/validation.js';
import { AccountsService } from '../identity/accounts.service.js';
import { currentPersonalKey, requireActiveKey } from '../key-store/api-key-rules.js';
import type { ApiKey } from '../key-store/api-key.entity.js';
import { type ApiKeyChanges, ApiKeyStore } from '../key-store/api-key.store.js';
import type { Idempotency, IdempotentRequest } from '../key-store/idempotent-request.js';
import { KeyCache } from '../key-store/key-cache.js';
import { KeyEnvironment, KeyMint, type MintedKey } from '../key-store/key-mint.js';
import { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser, RequestOrigin } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import { recordKeyEvents } from './key-changes.js';
import { type Holder, newPersonalKey, personOf, requireWhole } from './personal-key-rules.js';
import { personalKeyRequest } from './personal-key.schemas.js';
import { RepeatedCreations, type RepeatedKey } from './repeated-creations.js';

/** A new key, which is shown in full this once. */
export interface NewPersonalKey {
  readonly stored: ApiKey;
  readonly key: string;
}

export interface RefreshedKey extends NewPersonalKey {
  readonly previousKeyRevoked: boolean;
}

/** The answer to a refresh, which may be a repeated one. */
export interface RepeatedRefresh extends RepeatedKey {
  readonly previousKeyRevoked: boolean;
}

/**
 * The one API key of a user. It belongs to the default owner of the user, whichever owner the user acts for. Callers
 * without a user (service keys, tool keys) get `FORBIDDEN`. What an admin set on a key (disabled, expiry, networks, limit)
 * binds later keys of the user until an admin changes it.
 */
@Injectable()
export class PersonalKeysService {
  /** @internal Nest creates it. */
  constructor(
    private readonly store: ApiKeyStore,
    private readonly keyCache: KeyCache,
    private readonly accounts: AccountsService,
    private readonly audit: AuditTrail,
    private readonly repeated: RepeatedCreations,
    private readonly mint: KeyMint,
    private readonly environment: KeyEnvironment,
    private readonly clock: Clock,
  ) {}

  /** `KEY_EXISTS` if there is an active key, also when requests race; `FORBIDDEN` if an admin disabled or expired the last one. */
  create(user: AuthenticatedUser, name: string | undefined, origin: RequestOrigin): Promise<NewPersonalKey>;
  /** @internal A repeated request answers with the key that the first one created. */
  create(
    user: AuthenticatedUser,
    name: string | undefined,
    origin: RequestOrigin,
    idempotency: Idempotency | undefined,
  ): Promise<RepeatedKey>;
  async create(
    user: AuthenticatedUser,
    name: string | undefined,
    origin: RequestOrigin,
    idempotency?: Idempotency,
  ): Promise<RepeatedKey> {
    validInput(personalKeyRequest, { name });
    const earlier = await this.repeated.find(idempotency);
    if (earlier !== undefined) return this.repeat(user, origin, earlier);
    const minted = this.mint.mintApiKey(this.environment.default);
    const stored = await this.change(user, async (keys, holder) => {
      await this.repeated.requireNew(keys, idempotency);
      const last = await currentPersonalKey(keys, holder.userId);
      const stored = this.newKey(holder, minted, name, last);
      await this.repeated.insert(keys, stored, { idempotency, replacedId: null });
      await recordKeyEvents(keys, { user, origin }, stored, ['created']);
      return stored;
    });
    return { stored, key: minted.key };
  }

  /** `NO_KEY` when there is none. */
  async find(user: AuthenticatedUser): Promise<ApiKey> {
    const key = await this.store.findActivePersonal(personOf(user), { owner: user.ownerId });
    if (key === null) throw new AuthError('NO_KEY');
    return key;
  }

  /**
   * Replaces the active key by a new one in one transaction. Without a name it keeps the old one. `FORBIDDEN` if an admin
   * disabled or expired the key.
   */
  refresh(user: AuthenticatedUser, name: string | undefined, origin: RequestOrigin): Promise<RefreshedKey>;
  /** @internal A repeated request answers with the key that the first one created. */
  refresh(
    user: AuthenticatedUser,
    name: string | undefined,
    origin: RequestOrigin,
    idempotency: Idempotency | undefined,
  ): Promise<RepeatedRefresh>;
  async refresh(
    user: AuthenticatedUser,
    name: string | undefined,
    origin: RequestOrigin,
    idempotency?: Idempotency,
  ): Promise<RepeatedRefresh> {
    validInput(personalKeyRequest, { name });
    const earlier = await this.repeated.find(idempotency);
    if (earlier !== undefined)
      return {
        ...(await this.repeat(user, origin, earlier)),
        previousKeyRevoked: earlier.replacedId !== null,
      };
    const minted = this.mint.mintApiKey(this.environment.default);
    const { stored, previous } = await this.change(user, async (keys, holder) => {
      await this.repeated.requireNew(keys, idempotency);
      const last = await currentPersonalKey(keys, holder.userId);
      const previous = last?.revokedAt === null ? last : null;
      if (previous !== null) await this.end(keys, user, origin, previous, { reason: 'refreshed' });
      const previousKeyId = previous?.id ?? null;
      const stored = this.newKey(holder, minted, name ?? previous?.name, last);
      await this.repeated.insert(keys, stored, { idempotency, replacedId: previousKeyId });
      await recordKeyEvents(keys, { user, origin }, stored, ['refreshed'], { previousKeyId });
      return { stored, previous };
    });
    if (previous !== null) this.keyCache.invalidateApiKey(previous);
    return { stored, key: minted.key, previousKeyRevoked: previous !== null };
  }

  private async repeat(
    user: AuthenticatedUser,
    origin: RequestOrigin,
    { keyId }: IdempotentRequest,
  ): Promise<RepeatedKey> {
    const { before, ...repeated } = await this.change(user, async (keys, { userId }) => {
      const before = await keys.find(keyId);
      if (before?.userId !== userId) throw new AuthError('NO_KEY');
      return { before, ...(await this.repeated.renew(keys, { user, origin }, before)) };
    });
    this.keyCache.invalidateApiKey(before);
    return repeated;
  }

  /** Revokes the active key permanently; `NO_KEY` if there is none. */
  async revoke(user: AuthenticatedUser, origin: RequestOrigin): Promise<ApiKey> {
    const key = await this.change(user, async (keys, { userId }) => {
      const active = await keys.findActivePersonal(userId);
      if (active === null) throw new AuthError('NO_KEY');
      await this.end(keys, user, origin, active);
      return active;
    });
    this.keyCache.invalidateApiKey(key);
    return key;
  }

  /** The events of the user and its keys, newest first. */
  async events(user: AuthenticatedUser, page: AuditPageRequest): Promise<AuditPage> {
    return this.audit.find({ userId: personOf(user) }, validInput(pageInput, page), {
      owner: user.ownerId,
    });
  }

  /**
   * Runs one change of a user's key at a time, and only while the calling credential is still valid. The credential must
   * hold all scopes of the key, also to revoke it.
   */
  private async change<T>(
    user: AuthenticatedUser,
    work: (keys: ApiKeyChanges, holder: Holder) => Promise<T>,
  ): Promise<T> {
    requireWhole(user);
    const userId = personOf(user);
    const { defaultOwnerId: ownerId } = await this.accounts.findByKeyHolder(user.ownerId, userId);
    if (ownerId === null) throw new AuthError('USER_NOT_FOUND');
    return this.store.change(
      async (keys) => {
        await keys.lockUser(userId);
        await requireActiveKey(keys, { ...user, ownerId }, this.clock.now());
        return work(keys, { ownerId, userId });
      },
      { owner: ownerId, rows: [`users ${userId}`] },
    );
  }

  private newKey(holder: Holder, minted: MintedKey, name: string | undefined, last: ApiKey | null): ApiKey {
    const settings = { ...holder, name, environment: this.environment.default };
    return newPersonalKey(minted, settings, last, this.clock.now());
  }

  private async end(
    keys: ApiKeyChanges,
    user: AuthenticatedUser,
    origin: RequestOrigin,
    key: ApiKey,
    details?: object,
  ): Promise<void> {
    await keys.update(key.id, { revokedAt: new Date(this.clock.now()) });
    await recordKeyEvents(keys, { user, origin }, key, ['revoked'], details);
  }
}
