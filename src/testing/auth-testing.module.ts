import type { AuthModuleExtras, AuthModuleOptions } from '../auth/auth.options.js';
import { Clock, CUSTOM_CLOCK } from '../support/clock.js';
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
import { KeyUsage } from '../usage/key-usage.js';
import { NoDatabase, NoUsage, TestAccounts, TestApiKeyStore, TestCallBudgets } from './in-memory.js';
import { testCredentials } from './test-credentials.js';
import { testIssuer } from './as-user.js';

/** The options of `AuthModule` except where credentials come from. */
export interface AuthTestingOptions
  extends
    Omit<AuthModuleOptions, 'issuers' | 'redisUrl'>,
    Pick<AuthModuleExtras, 'credentials' | 'ownerResolver'> {
  /** The application's clock, such as a `FixedClock`; by default the machine's. */
  readonly clock?: Clock;
}

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
        { provide: CUSTOM_CLOCK, useValue: clock },
      ],
      exports: [Database, CUSTOM_CLOCK],
    };
  }

  onApplicationBootstrap(): void {
    new Logger('Gatehouse').warn(
      'AuthTestingModule is for tests: it accepts only credentials that this process has created',
    );
  }
}
