import { Inject, Injectable, Optional } from '@nestjs/common';
import type { CacheOwner, CacheReading } from '../database/cache-reading.js';
import type { Change } from '../database/postgres/change-feed/change.js';
import { Database } from '../database/database.js';
import { LookupCache } from '../database/lookup-cache.js';
import { Clock } from '../support/clock.js';
import type { RequestOrigin } from '../principal/authenticated-user.js';
import type { Account } from './account.js';
import { guestsAreWelcome } from './guests-are-welcome.js';
import type { Login } from './login.js';
import { Owner } from './owner.entity.js';
import { UserRegistry } from './user-registry.js';
import { User } from './user.entity.js';

/** Tells which owner and user stand behind a credential, and whether they are active; remembers what it found. */
@Injectable()
export class AccountsService implements CacheOwner {
  private readonly accounts: LookupCache<Account>;

  constructor(
    private readonly database: Database,
    private readonly registry: UserRegistry,
    clock: Clock,
    @Optional() @Inject(guestsAreWelcome) private readonly guests = false,
  ) {
    this.accounts = new LookupCache(
      { max: 50_000, ttl: 300_000, unknownTtl: 1_000, tagsOf: tagsOfAccount },
      database,
      clock,
    );
    database.onForeignChange((change) => this.drop(change));
  }

  get caches(): Readonly<Record<string, CacheReading>> {
    return { accounts: this.accounts.reading };
  }

  getCachedByLogin(login: Login): Account | undefined {
    return this.accounts.peek(keyOfLogin(login));
  }

  /** The account of a person who logged in; its first login creates user and owner. */
  async findByLogin(login: Login, origin: RequestOrigin | null): Promise<Account> {
    const account = await this.accounts.find(keyOfLogin(login), async () => {
      const user = await this.registry.admit(login, origin);
      return this.load(user.ownerId, user.id);
    });
    return account ?? nobody;
  }

  getCachedByKeyHolder(ownerId: string, userId: string | null): Account | undefined {
    return this.accounts.peek(keyOfHolder(ownerId, userId));
  }

  /** The account a key belongs to: the user of a personal key, who issued a tool key for the owner, or the owner alone. */
  async findByKeyHolder(ownerId: string, userId: string | null): Promise<Account> {
    return (
      (await this.accounts.find(keyOfHolder(ownerId, userId), () => this.load(ownerId, userId))) ?? nobody
    );
  }

  /** To be called once a change of an owner or user is committed. */
  forgetAll(): void {
    this.accounts.forgetAll();
  }

  /** What another process has changed. */
  private drop(change: Change | undefined): void {
    if (change === undefined) return this.forgetAll();
    if (change.table !== 'owners' && change.table !== 'users') return;
    if (change.kind === 'changed') this.accounts.forgetTagged(change.id);
    else if (change.kind === 'added') this.accounts.forgetUnknown();
    else this.forgetAll();
  }

  private load(ownerId: string, userId: string | null): Promise<Account | undefined> {
    return this.database.read(
      async (manager) => {
        const owner = await manager.findOneBy(Owner, { id: ownerId });
        const user = userId === null ? null : await manager.findOneBy(User, { id: userId });
        if (owner === null || (user === null) !== (userId === null)) return undefined;
        if (user !== null && user.ownerId !== ownerId && !this.guests) return undefined;
        const active = owner.disabledAt === null && (user === null || user.disabledAt === null);
        const defaultOwnerId = user?.ownerId ?? null;
        return { ownerId, userId, email: user?.email ?? null, defaultOwnerId, active };
      },
      { lane: 'lookups' },
    );
  }
}

/** Stands for an owner or user that is gone. */
const nobody: Account = { ownerId: '', userId: null, email: null, defaultOwnerId: null, active: false };

function tagsOfAccount({ ownerId, userId }: Account): string[] {
  return userId === null ? [ownerId] : [ownerId, userId];
}

/** No user id, which an issuer may choose, can be mistaken for an owner's. */
function keyOfHolder(ownerId: string, userId: string | null): string {
  return userId === null ? `owner ${ownerId}` : `user ${userId} of ${ownerId}`;
}

function keyOfLogin({ issuer, subject }: Login): string {
  return `login ${issuer}\n${subject}`;
}
