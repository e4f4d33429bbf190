import { Injectable } from '@nestjs/common';
import { Database, type Receipt } from '../database/database.js';
import type { CountOfKey } from '../usage/key-count.store.js';
import type { MinuteCount } from '../usage/minute-totals.js';
import type { ScopesUsed } from '../usage/scope-use.store.js';
import { UsageTotals } from '../usage/usage-totals.js';
import type { KeyUsage } from '../usage/key-usage.js';
import type { CacheStats } from '../database/lookup-cache.js';
import { type Account, type AccountsService, missingAccount } from '../identity/accounts.service.js';
import type { DisabledHolders } from '../identity/active-holders.js';
import type { Login } from '../identity/user-registry.js';
import { userIdOf } from '../identity/user.entity.js';
import { testCredentials, testOwnerIdOf } from './test-credentials.js';
import type { ApiKey } from '../key-store/api-key.entity.js';
import { MemoryApiKeyStore } from '../key-store/memory-api-key.store.js';
import type { CallBudgets, Payer } from '../limits/call-budgets.js';

/** Replaces the database. Reads and writes throw. */
@Injectable()
export class NoDatabase extends Database {
  readonly syncedAt = Infinity;
  readonly leaseEndsAt = Infinity;

  read(): Promise<never> {
    return this.reject();
  }

  write(): Promise<never> {
    return this.reject();
  }

  lock(): Promise<never> {
    return this.reject();
  }

  ping(): Promise<never> {
    return this.reject();
  }

  onChange(): void {}

  async confirmInvalidation(): Promise<Receipt> {
    return { live: 1, confirmed: 1, missing: [] };
  }

  private async reject(): Promise<never> {
    throw new Error(
      'AuthTestingModule has no database. To test code that needs one, use DatabaseModule and AuthModule on a scratch database.',
    );
  }
}

/** Notes nothing: how keys are used would be written to the database. */
@Injectable()
export class NoUsage implements Pick<KeyUsage, keyof KeyUsage> {
  touch(): void {}

  needed(): void {}

  rejected(): void {}

  rejectedWithoutKey(): void {}

  async countsOf(): Promise<CountOfKey[]> {
    return [];
  }

  async total(): Promise<UsageTotals> {
    return new UsageTotals([]);
  }

  async minutes(): Promise<MinuteCount[]> {
    return [];
  }

  async scopesUsedBy(): Promise<ScopesUsed> {
    return { scopes: [], isComplete: true, since: null };
  }

  async flush(): Promise<void> {}

  async onApplicationShutdown(): Promise<void> {}
}

/** The users and owners of the test's own credentials. */
@Injectable()
export class TestAccounts implements Pick<AccountsService, keyof AccountsService> {
  readonly caches: Readonly<Record<string, CacheStats>> = {};

  getCachedByLogin({ issuer, subject, credential }: Login): Account | undefined {
    if (credential !== 'custom') return testCredentials.logins.get(subject);
    // The application decides which users its custom credentials authenticate.
    const userId = userIdOf(issuer, subject, false);
    return testCredentials.holderOf(testOwnerIdOf(userId), userId);
  }

  async findByLogin(login: Login): Promise<Account> {
    return this.getCachedByLogin(login) ?? missingAccount;
  }

  async findKnownLogin(login: Login): Promise<Account | undefined> {
    return this.getCachedByLogin(login);
  }

  getCachedByKeyHolder(ownerId: string, userId: string | null): Account {
    return testCredentials.holderOf(ownerId, userId);
  }

  async findByKeyHolder(ownerId: string, userId: string | null): Promise<Account> {
    return this.getCachedByKeyHolder(ownerId, userId);
  }

  async findDisabled(): Promise<DisabledHolders> {
    return { owners: new Set(), users: new Set() };
  }

  clear(): void {}

  dropUser(): void {}
}

/** The keys that are made in the application, and those of `asApiKey()`, which are in no list. */
@Injectable()
export class TestApiKeyStore extends MemoryApiKeyStore {
  override async findByHash(hash: string): Promise<ApiKey | null> {
    return testCredentials.apiKeys.get(hash) ?? super.findByHash(hash);
  }
}

/** The calls that tool keys were given with `asToolKey({ maxCalls })`. */
@Injectable()
export class TestCallBudgets implements Pick<CallBudgets, 'charge' | 'callsLeft'> {
  async charge(payer: Payer): Promise<boolean> {
    const left = await this.callsLeft(payer);
    if (left > 0) testCredentials.callsLeft.set(payer.id, left - 1);
    return left > 0;
  }

  async callsLeft({ id }: Payer): Promise<number> {
    return testCredentials.callsLeft.get(id) ?? 0;
  }
}
