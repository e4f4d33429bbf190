import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { AccountsService } from '../identity/accounts.service.js';
import { IdentityModule } from '../identity/identity.module.js';
import { KeyEnvironment, KeyMint } from '../key-store/key-mint.js';
import { KeyStoreModule } from '../key-store/key-store.module.js';
import { FailedAuthentications } from '../limits/failed-authentications.js';
import { limitsRedisUrl } from '../limits/rate-limiter.js';
import { LimitsModule } from '../limits/limits.module.js';
import { Clock, ClockModule } from '../support/clock.js';
import { UsageModule } from '../usage/usage.module.js';
import { AgentConfinement } from './agent-confinement.js';
import { Authenticator } from './authenticator.js';
import {
  authModuleOptions,
  ConfigurableAuthModule,
  givenAuthOptions,
  tokenOfExtra,
} from './auth.module-definition.js';
import { checkAuthOptions } from './options/check-auth-options.js';
import { hasProvider, requireOneModule } from './options/require-one-module.js';
import { ApplicationRoutes } from './routes/application-routes.js';
import { UndecidedRoutes } from './routes/undecided-routes.js';
import type { AuthModuleOptions } from './auth.options.js';
import { CredentialReader, defaultHeaders } from './credentials/credential-reader.js';
import { CrossSite } from './credentials/cross-site.js';
import { type CustomCredential, customCredentials, customStrategies } from './custom/custom-credential.js';
import { CustomStrategy } from './custom/custom.strategy.js';
import { Decisions } from './decision-counts.js';
import { AuthErrorFilter } from './auth-error.filter.js';

import { RequestRehearsal } from './explain/request-rehearsal.js';
import { ExtensionCalls } from '../support/extension-calls.js';
import { OwnerChoice } from './owners/owner-choice.js';
import { type OwnerResolver, ownOwnerResolver } from './owners/owner-resolver.js';
import { keyMintProvider } from './key-mint.provider.js';
import { KeyTermsEnforcer } from './guards/key-terms.enforcer.js';
import { KeyAllowance } from './key-allowance.js';
import { RefusalLog } from './refusal-log.js';
import { ApiKeyStrategy, credentialStrategies, JwtStrategy, ToolKeyStrategy } from './strategies.js';
import { ApiKeyVerifier, ToolKeyVerifier } from './verifiers/key.verifier.js';
import { JwtVerifier } from '../jwt/jwt-verifier.js';
import { UserVerifier } from './verifiers/user.verifier.js';

const strategies = [ToolKeyStrategy, ApiKeyStrategy, JwtStrategy];

/** Who is calling. Import it once, with `forRoot` or `forRootAsync`; its guards then work in every module. */
@Module({
  imports: [ClockModule, IdentityModule, KeyStoreModule, LimitsModule, UsageModule],
  providers: [
    AgentConfinement,
    Authenticator,
    CrossSite,
    Decisions,
    ExtensionCalls,
    KeyAllowance,
    KeyTermsEnforcer,
    RefusalLog,
    RequestRehearsal,
    ApplicationRoutes,
    ApiKeyVerifier,
    ToolKeyVerifier,
    UserVerifier,
    ...strategies,
    {
      provide: credentialStrategies,
      useFactory: (own: readonly CustomStrategy[], ...usual: unknown[]) => [...usual, ...own],
      inject: [customStrategies, ...strategies],
    },
    {
      provide: customStrategies,
      useFactory: (
        accounts: AccountsService,
        jwts: JwtVerifier,
        extensions: ExtensionCalls,
        clock: Clock,
        credentials: readonly CustomCredential[] = [],
      ) => credentials.map((one) => new CustomStrategy(one, accounts, jwts, extensions, clock)),
      inject: [
        AccountsService,
        JwtVerifier,
        ExtensionCalls,
        Clock,
        { token: customCredentials, optional: true },
      ],
    },
    {
      provide: OwnerChoice,
      useFactory: (
        { ownerHeader = defaultHeaders.owner }: AuthModuleOptions,
        accounts: AccountsService,
        extensions: ExtensionCalls,
        resolver?: OwnerResolver,
      ) => new OwnerChoice(ownerHeader.toLowerCase(), resolver, accounts, extensions),
      inject: [
        authModuleOptions,
        AccountsService,
        ExtensionCalls,
        { token: ownOwnerResolver, optional: true },
      ],
    },
    { provide: APP_FILTER, useClass: AuthErrorFilter },
    {
      // Stands in for the options that `forRoot` and `forRootAsync` bring.
      provide: givenAuthOptions,
      useFactory: (): never => {
        throw new Error(
          'AuthModule is imported without options: write AuthModule.forRoot({ … }) in the imports of the root module. Other modules need not import it.',
        );
      },
    },
    {
      provide: authModuleOptions,
      useFactory: (options: unknown, modules: ModulesContainer) => {
        requireOneModule(modules, AuthModule);
        return checkAuthOptions(options, (extra) => hasProvider(modules, tokenOfExtra[extra]));
      },
      inject: [givenAuthOptions, ModulesContainer],
    },
    {
      provide: UndecidedRoutes,
      useFactory: (
        { undecidedRoutes = 'warn' }: AuthModuleOptions,
        routes: ApplicationRoutes,
        adapterHost: HttpAdapterHost,
      ) => new UndecidedRoutes(undecidedRoutes, routes, adapterHost),
      inject: [authModuleOptions, ApplicationRoutes, HttpAdapterHost],
    },
    {
      provide: CredentialReader,
      useFactory: (options: AuthModuleOptions, credentials?: readonly CustomCredential[]) =>
        new CredentialReader(
          {
            toolKey: lowerCase(options.toolKeyHeaders ?? defaultHeaders.toolKey),
            apiKey: lowerCase(options.apiKeyHeaders ?? defaultHeaders.apiKey),
          },
          credentials,
          options.basicAuth,
        ),
      inject: [authModuleOptions, { token: customCredentials, optional: true }],
    },
    keyMintProvider,
    {
      provide: KeyEnvironment,
      useFactory: ({ environment }: AuthModuleOptions) => new KeyEnvironment(environment),
      inject: [authModuleOptions],
    },
    {
      provide: FailedAuthentications,
      useFactory: ({ failuresPerMinute = 60 }: AuthModuleOptions, clock: Clock) =>
        new FailedAuthentications(failuresPerMinute, clock),
      inject: [authModuleOptions, Clock],
    },
    {
      provide: limitsRedisUrl,
      useFactory: ({ redisUrl = null }: AuthModuleOptions) => redisUrl,
      inject: [authModuleOptions],
    },
    {
      provide: JwtVerifier,
      useFactory: ({ issuers = [] }: AuthModuleOptions, clock: Clock) => new JwtVerifier(issuers, clock),
      inject: [authModuleOptions, Clock],
    },
  ],
  exports: [
    ApiKeyVerifier,
    ApplicationRoutes,
    Authenticator,
    CredentialReader,
    Decisions,
    ExtensionCalls,
    KeyAllowance,
    KeyTermsEnforcer,
    OwnerChoice,
    RequestRehearsal,
    ToolKeyVerifier,
    UserVerifier,
    KeyEnvironment,
    KeyMint,
    JwtVerifier,
    KeyStoreModule,
    IdentityModule,
    LimitsModule,
    limitsRedisUrl,
    UsageModule,
  ],
})
export class AuthModule extends ConfigurableAuthModule implements OnApplicationBootstrap {
  constructor(private readonly jwts: JwtVerifier) {
    super();
  }

  /** Fetches the keys of issuers ahead of the first token, without holding up the start. */
  onApplicationBootstrap(): void {
    void this.jwts.warm();
  }
}

function lowerCase(names: readonly string[]): string[] {
  return names.map((name) => name.toLowerCase());
}
