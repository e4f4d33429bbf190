import {
  type DynamicModule,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type Provider,
} from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { Database } from '../database/database.js';
import { AccountsService } from '../identity/accounts.service.js';
import { ApiKeyStore } from '../key-store/api-key.store.js';
import { KeyCache } from '../key-store/key-cache.js';
import type { ToolKeyStore } from '../key-store/tool-key.store.js';
import { CallBudgets } from '../limits/call-budgets.js';
import { Clock } from '../support/clock.js';
import { ownClock } from '../support/own-clock.js';
import { KeyUsage } from '../usage/key-usage.js';
import type { AuthTestingOptions } from './auth-testing.options.js';
import { NoDatabase } from './no-database.js';
import { NoUsage } from './no-usage.js';
import { TestAccounts } from './test-accounts.js';
import { TestApiKeyStore } from './test-api-key.store.js';
import { TestCallBudgets } from './test-call-budgets.js';
import { testCredentials } from './test-credentials.js';
import { testIssuer } from './test-issuer.js';

const toolKeys = {
  findByHash: async (hash) => testCredentials.toolKeys.get(hash),
} satisfies Partial<ToolKeyStore>;

/** In the scope of `AuthModule`, where they come before what it imports. */
const inMemory: Provider[] = [
  { provide: AccountsService, useClass: TestAccounts },
  { provide: CallBudgets, useClass: TestCallBudgets },
  { provide: KeyUsage, useClass: NoUsage },
  {
    provide: KeyCache,
    useFactory: (apiKeys: ApiKeyStore, database: Database, clock: Clock) =>
      new KeyCache(apiKeys, toolKeys as unknown as ToolKeyStore, database, clock),
    inject: [ApiKeyStore, Database, Clock],
  },
];

/**
 * `AuthModule` for tests, without a database: the guards, strategies and rules are the real ones, the credentials are
 * those that this process makes with `asUser()`, `asApiKey()` and `asToolKey()`, and no others are good.
 */
@Module({})
export class AuthTestingModule implements OnApplicationBootstrap {
  static forRoot({ clock, ...options }: AuthTestingOptions = {}): DynamicModule {
    const auth = AuthModule.forRoot({
      // All requests of a test come from one address.
      failuresPerMinute: 0,
      ...options,
      issuers: [testIssuer],
      apiKeyStore: TestApiKeyStore,
    });
    return {
      module: AuthTestingModule,
      global: true,
      imports: [
        {
          ...auth,
          providers: [...(auth.providers ?? []), ...inMemory],
          exports: [...(auth.exports ?? []), AccountsService, CallBudgets, KeyUsage, KeyCache],
        },
      ],
      providers: [
        { provide: Database, useClass: NoDatabase },
        { provide: ownClock, useValue: clock },
      ],
      exports: [Database, ownClock],
    };
  }

  onApplicationBootstrap(): void {
    new Logger('Gatehouse').warn(
      'AuthTestingModule is for tests: nobody gets in but with a credential that this process has made itself',
    );
  }
}
