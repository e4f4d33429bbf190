import { Injectable } from '@nestjs/common';
import type { CacheReading } from '../database/cache-reading.js';
import type { Account } from '../identity/account.js';
import type { AccountsService } from '../identity/accounts.service.js';
import type { Login } from '../identity/login.js';
import { userIdOf } from '../identity/user-id.js';
import { testCredentials } from './test-credentials.js';
import { testOwnerIdOf } from './test-people.js';

const nobody: Account = { ownerId: '', userId: null, email: null, defaultOwnerId: null, active: false };

/** The users and owners of the test's own credentials. */
@Injectable()
export class TestAccounts implements Pick<AccountsService, keyof AccountsService> {
  readonly caches: Readonly<Record<string, CacheReading>> = {};

  getCachedByLogin({ issuer, subject, credential }: Login): Account | undefined {
    if (credential !== 'custom') return testCredentials.logins.get(subject);
    // Whom a credential of the application's own stands for is a matter of that.
    const userId = userIdOf(issuer, subject, false);
    return testCredentials.holderOf(testOwnerIdOf(userId), userId);
  }

  async findByLogin(login: Login): Promise<Account> {
    return this.getCachedByLogin(login) ?? nobody;
  }

  getCachedByKeyHolder(ownerId: string, userId: string | null): Account {
    return testCredentials.holderOf(ownerId, userId);
  }

  async findByKeyHolder(ownerId: string, userId: string | null): Promise<Account> {
    return this.getCachedByKeyHolder(ownerId, userId);
  }

  forgetAll(): void {}
}
