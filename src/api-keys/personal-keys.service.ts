import { Injectable } from '@nestjs/common';
import { type AuditPage, type AuditPageRequest, AuditTrail } from '../audit/audit-trail.js';
import { newIdAfter } from '../database/new-id.js';
import { pageInput, validInput } from '../http/validation.js';
import { AccountsService } from '../identity/accounts.service.js';
import {
  boundsOf,
  currentPersonalKey,
  requireActiveKey,
  requirePersonalKeyAllowed,
} from '../key-store/api-key-rules.js';
import { type ApiKey, newApiKey } from '../key-store/api-key.entity.js';
import { type ApiKeyChanges, ApiKeyStore } from '../key-store/api-key.store.js';
import { KeyCache } from '../key-store/key-cache.js';
import { KeyEnvironment, KeyMint, type MintedKey } from '../key-store/key-mint.js';
import { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser, RequestOrigin } from '../principal/authenticated-user.js';
import { requireGrant } from '../principal/grants.js';
import { missingScopes, scopesOfPersonalKey } from '../principal/scopes.js';
import { Clock } from '../support/clock.js';
import { recordKeyEvents } from './key-changes.js';
import { personalKeyRequest } from './personal-key.schemas.js';

/** A key just made, and the only chance to learn it. */
export interface NewPersonalKey {
  readonly stored: ApiKey;
  readonly key: string;
}

export interface RefreshedKey extends NewPersonalKey {
  readonly previousKeyRevoked: boolean;
}

/** Whose key it is. */
interface Holder {
  readonly ownerId: string;
  readonly userId: string;
}

const defaultName = 'Personal key';

/**
 * The one API key of a user, which belongs to its default owner, whichever owner the user acts for. Service keys and tool
 * keys, which are nobody's, get `FORBIDDEN`. What an admin imposed on it (disabled, expiry, networks, limit) binds every
 * later key of the user until an admin lifts it.
 */
@Injectable()
export class PersonalKeysService {
  constructor(
    private readonly store: ApiKeyStore,
    private readonly keyCache: KeyCache,
    private readonly accounts: AccountsService,
    private readonly audit: AuditTrail,
    private readonly mint: KeyMint,
    private readonly environment: KeyEnvironment,
    private readonly clock: Clock,
  ) {}

  /** `KEY_EXISTS` when there is an active key already, also when many requests race; `FORBIDDEN` where an admin says so. */
  async create(
    user: AuthenticatedUser,
    name: string | undefined,
    origin: RequestOrigin,
  ): Promise<NewPersonalKey> {
    validInput(personalKeyRequest, { name });
    const minted = this.mint.mintApiKey(this.environment.default);
    const stored = await this.change(user, async (keys, holder) => {
      const last = await currentPersonalKey(keys, holder.userId);
      const created = await this.insert(keys, holder, minted, name ?? defaultName, last);
      await recordKeyEvents(keys, { user, origin }, created, ['created']);
      return created;
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
   * A new key in place of the active one, which ends in the same transaction. Without a name the old one's is kept.
   * `FORBIDDEN` where an admin has disabled the key or let it end.
   */
  async refresh(
    user: AuthenticatedUser,
    name: string | undefined,
    origin: RequestOrigin,
  ): Promise<RefreshedKey> {
    validInput(personalKeyRequest, { name });
    const minted = this.mint.mintApiKey(this.environment.default);
    const { stored, previous } = await this.change(user, async (keys, holder) => {
      const last = await currentPersonalKey(keys, holder.userId);
      const previous = last?.revokedAt === null ? last : null;
      if (previous !== null) await this.end(keys, user, origin, previous, { reason: 'refreshed' });
      const stored = await this.insert(keys, holder, minted, name ?? previous?.name ?? defaultName, last);
      await recordKeyEvents(keys, { user, origin }, stored, ['refreshed'], {
        previousKeyId: previous?.id ?? null,
      });
      return { stored, previous };
    });
    if (previous !== null) this.keyCache.invalidateApiKey(previous);
    return { stored, key: minted.key, previousKeyRevoked: previous !== null };
  }

  /** Ends the active key for ever; `NO_KEY` when there is none. */
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

  /** What happened to the user and its keys, the newest first. */
  async events(user: AuthenticatedUser, stretch: AuditPageRequest): Promise<AuditPage> {
    return this.audit.find({ userId: personOf(user) }, validInput(pageInput, stretch), {
      owner: user.ownerId,
    });
  }

  /**
   * One change of one user's key at a time, and only while the credential that asks for it is still good. It has to hold
   * all that the key does, also to end it.
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

  private async insert(
    keys: ApiKeyChanges,
    { ownerId, userId }: Holder,
    minted: MintedKey,
    name: string,
    last: ApiKey | null,
  ): Promise<ApiKey> {
    const now = this.clock.now();
    requirePersonalKeyAllowed(last, now);
    const environment = this.environment.default;
    const settings = { kind: 'personal', ownerId, userId, name, environment } as const;
    const key = newApiKey(minted, last === null ? settings : { ...settings, ...carriedOver(last) }, now);
    requireWithin(last, key);
    await keys.insert(key);
    return key;
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

/** What a membership holds back, it holds back from the personal key as well; what a credential does, nobody would. */
function requireWhole({ source, scopes }: AuthenticatedUser): void {
  if (source.type !== 'custom' || missingScopes(scopes, scopesOfPersonalKey).length === 0) return;
  throw new AuthError('FORBIDDEN', { message: 'A personal key is stronger than this credential.' });
}

/** What an admin imposed goes from key to key. The id is the greatest, so that this key is the next to look at. */
function carriedOver({ id, expiresAt, allowedIps, rateLimit }: ApiKey): Partial<ApiKey> {
  return { id: newIdAfter(id), expiresAt, allowedIps, rateLimit };
}

function requireWithin(last: ApiKey | null, key: ApiKey): void {
  if (last === null) return;
  // The scopes follow from the user, and the environment from the installation.
  const granter = { ownerId: key.ownerId, scopes: [], ...boundsOf(last), environment: null };
  requireGrant(granter, { ...key, ...boundsOf(key) });
}

function personOf({ userId }: AuthenticatedUser): string {
  if (userId === null) throw new AuthError('FORBIDDEN', { message: 'Only a user has a personal key.' });
  return userId;
}
