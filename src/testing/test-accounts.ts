import { Injectable } from '@nestjs/common';
import type { CacheReading } from '../database/cache-reading.js';
import type { Account } from '../identity/account.js';
import type { AccountsService } from '../identity/accounts.service.js';
import type { Login } from '../identity/login.js';
import { testCredentials } from './test-credentials.js';

const nobody: Account = { ownerId: '', userId: null, email: null, active: false };

/** The users and owners of the test's own credentials. */
@Injectable()
export class TestAccounts implements Pick<AccountsService, keyof AccountsService> {
  readonly caches: Readonly<Record<string, CacheReading>> = {};

  peekLogin({ subject }: Login): Account | undefined {
    return testCredentials.logins.get(subject);
  }

  async ofLogin(login: Login): Promise<Account> {
    return this.peekLogin(login) ?? nobody;
  }

  peekKeyHolder(ownerId: string, userId: string | null): Account {
    return testCredentials.holderOf(ownerId, userId);
  }

  async ofKeyHolder(ownerId: string, userId: string | null): Promise<Account> {
    return this.peekKeyHolder(ownerId, userId);
  }

  forgetAll(): void {}
}
