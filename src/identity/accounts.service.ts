import { Inject, Injectable, Optional } from '@nestjs/common';
import { type CacheOwner, type CacheStats, LookupCache } from '../database/lookup-cache.js';
import { type Change, Database, type ReadOptions } from '../database/database.js';
import type { RequestOrigin } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import { type DisabledHolders, findDisabled, type KeyHolder } from './active-holders.js';
import { Owner } from './owner.entity.js';
import { findUser, isSignedOut, SignedOutError } from './tokens-valid-from.js';
import { issuersOf, type Login, ownerOfLogin, UserRegistry } from './user-registry.js';
import { User } from './user.entity.js';

/** Token of `true` in an application where users may act for owners other than their default one. */
export const allowCrossOwner = Symbol('allowCrossOwner');

/** What an account depends on. */
const tables: ReadonlySet<string> = new Set(['owners', 'users', 'issuers']);

/** The owner that a credential acts for and, if it belongs to a person, the user, as of the last lookup. */
export interface Account {
  readonly ownerId: string;
  readonly userId: string | null;
  readonly email: string | null;
  /** The owner created with the user; `null` without a user. */
  readonly defaultOwnerId: string | null;
  /** False when the owner or the user is disabled. */
  readonly active: boolean;
  /** True when the user has another owner, and no application can say that it is a member of this one. Not active. */
  readonly isForeign?: boolean;
  /** Epoch milliseconds; tokens of the user that were issued before are rejected. `null` without a user or a sign-out. */
  readonly tokensValidFrom: number | null;
}

/** Looks up the owner and user of a credential and whether they are active. Answers are cached. */
@Injectable()
export class AccountsService implements CacheOwner {
  private readonly accounts: LookupCache<Account>;

  constructor(
    private readonly database: Database,
    private readonly registry: UserRegistry,
    clock: Clock,
    @Optional() @Inject(allowCrossOwner) private readonly isCrossOwnerAllowed = false,
  ) {
    this.accounts = new LookupCache(
      { max: 50_000, ttl: 300_000, missingTtl: 1_000, tagsOf: tagsOfAccount },
      database,
      clock,
    );
    database.onChange((change) => this.applyChange(change));
  }

  get caches(): Readonly<Record<string, CacheStats>> {
    return { accounts: this.accounts.stats };
  }

  getCachedByLogin(login: Login): Account | undefined {
    return this.accounts.get(keyOfLogin(login));
  }

  /**
   * The account of a person. The first login creates user and owner. Compare `tokensValidFrom` before you use it: a login
   * that was signed out changes nothing, but is not rejected here.
   */
  async findByLogin(login: Login, origin: RequestOrigin | null): Promise<Account> {
    try {
      const account = await this.accounts.load(keyOfLogin(login), async () => {
        const ownerId = ownerOfLogin(login);
        const user = await this.registry.findOrCreate(login, origin);
        if (ownerId === undefined) return this.loadLogin(login, user, user.ownerId);
        const account = await this.loadLogin(login, user, ownerId);
        if (account !== undefined || login.createOwners !== true || user.disabledAt !== null) return account;
        await this.registry.createOwner(login, user, origin);
        return this.loadLogin(login, user, ownerId);
      });
      return account ?? missingAccount;
    } catch (error) {
      if (!(error instanceof SignedOutError)) throw error;
      const { tokensValidFrom } = error;
      if (isSignedOut(login, tokensValidFrom)) return { ...missingAccount, tokensValidFrom };
      // Logins of one person share a lookup: this one began with another token.
      return this.findByLogin(login, origin);
    }
  }

  /** The account of a person who has logged in before; `undefined` for another, who is not created. */
  async findKnownLogin(login: Login): Promise<Account | undefined> {
    const found = await this.registry.find(login);
    return found && this.loadLogin(login, found.user, ownerOfLogin(login) ?? found.user.ownerId);
  }

  getCachedByKeyHolder(ownerId: string, userId: string | null): Account | undefined {
    return this.accounts.get(keyOfHolder(ownerId, userId));
  }

  /** The account of a key: its owner and, for a personal key or a tool key that a person issued, its user. */
  async findByKeyHolder(ownerId: string, userId: string | null): Promise<Account> {
    const key = keyOfHolder(ownerId, userId);
    return (await this.accounts.load(key, () => this.load(ownerId, userId))) ?? missingAccount;
  }

  /** Which owners and users of these keys are disabled; not cached. */
  findDisabled(holders: readonly KeyHolder[], options: ReadOptions): Promise<DisabledHolders> {
    return this.database.read((manager) => findDisabled(manager, holders), options);
  }

  /** Call it after the change of an owner or user has been committed. */
  clear(): void {
    this.accounts.clear();
  }

  /** The same for one user. */
  dropUser(id: string): void {
    this.accounts.invalidateTag(id);
  }

  /** Drops what another process has changed; `undefined` means anything. */
  private applyChange(change: Change | undefined): void {
    if (change === undefined) return this.clear();
    if (!tables.has(change.table)) return;
    if (change.table === 'issuers') this.clear();
    else if (change.kind === 'changed') this.accounts.invalidateTag(change.id);
    else if (change.kind === 'added') this.accounts.invalidateMissing();
    else this.clear();
  }

  /** The issuer may say that the user acts for this owner. */
  private loadLogin(login: Login, user: User, ownerId: string): Promise<Account | undefined> {
    const isTenant = login.tenant !== undefined || this.isCrossOwnerAllowed;
    return this.load(ownerId, user.id, isTenant, issuersOf(login));
  }

  private load(
    ownerId: string,
    userId: string | null,
    isTenant = this.isCrossOwnerAllowed,
    issuers: readonly string[] = [],
  ): Promise<Account | undefined> {
    return this.database.read(
      async (manager) => {
        const owner = await manager.findOneBy(Owner, { id: ownerId });
        const found = userId === null ? undefined : await findUser(manager, { id: userId }, issuers);
        if (owner === null || (found === undefined) !== (userId === null)) return undefined;
        const { user, tokensValidFrom } = found ?? { user: null, tokensValidFrom: null };
        if (user !== null && user.ownerId !== ownerId && !isTenant)
          return { ...missingAccount, ownerId, userId, isForeign: true };
        const active = owner.disabledAt === null && (user === null || user.disabledAt === null);
        const defaultOwnerId = user?.ownerId ?? null;
        return { ownerId, userId, email: user?.email ?? null, defaultOwnerId, active, tokensValidFrom };
      },
      { lane: 'lookups' },
    );
  }
}

/** Stands for an owner or user that does not exist. */
export const missingAccount: Account = {
  ownerId: '',
  userId: null,
  email: null,
  defaultOwnerId: null,
  active: false,
  tokensValidFrom: null,
};

function tagsOfAccount({ ownerId, userId }: Account): string[] {
  return userId === null ? [ownerId] : [ownerId, userId];
}

/** An issuer may choose the user id: the prefix keeps it from being read as an owner's. */
function keyOfHolder(ownerId: string, userId: string | null): string {
  return userId === null ? `owner ${ownerId}` : `user ${userId} of ${ownerId}`;
}

function keyOfLogin({ issuer, subject, tenant = '' }: Login): string {
  return `login ${issuer}\n${subject}\n${tenant}`;
}
