import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { IdentityModule } from '../identity/identity.module.js';
import { KeyEnvironment } from '../key-store/key-environment.js';
import { KeyFormat } from '../key-store/key-format.js';
import { KeyStoreModule } from '../key-store/key-store.module.js';
import { FailedAuthentications } from '../limits/failed-authentications.js';
import { LimitsModule } from '../limits/limits.module.js';
import { Clock } from '../principal/clock.js';
import { ClockModule } from '../principal/clock.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { AgentConfinement } from './agent-confinement.js';
import { Authenticator } from './authenticator.js';
import { authModuleOptions, ConfigurableAuthModule } from './auth.module-definition.js';
import type { AuthModuleOptions } from './auth.options.js';
import { CredentialReader } from './credentials/credential-reader.js';
import { AuthErrorFilter } from './http/auth-error.filter.js';
import { RouteDocumentation } from './http/route-documentation.js';
import { KeyTermsEnforcer } from './guards/key-terms.enforcer.js';
import { KeyAllowance } from './key-allowance.js';
import { RefusalLog } from './refusal-log.js';
import { ApiKeyStrategy } from './strategies/api-key.strategy.js';
import { credentialStrategies } from './strategies/credential-strategy.js';
import { JwtStrategy } from './strategies/jwt.strategy.js';
import { ToolKeyStrategy } from './strategies/tool-key.strategy.js';
import { ApiKeyVerifier } from './verifiers/api-key.verifier.js';
import { JwtVerifier } from './verifiers/jwt/jwt.verifier.js';
import { ToolKeyVerifier } from './verifiers/tool-key.verifier.js';
import { UserVerifier } from './verifiers/user.verifier.js';

const strategies = [ToolKeyStrategy, ApiKeyStrategy, JwtStrategy];

/** Who is calling. Import it once, with `forRoot` or `forRootAsync`; its guards then work in every module. */
@Module({
  imports: [ClockModule, IdentityModule, KeyStoreModule, LimitsModule, UsageModule],
  providers: [
    Authenticator,
    KeyAllowance,
    KeyTermsEnforcer,
    RefusalLog,
    RouteDocumentation,
    ApiKeyVerifier,
    ToolKeyVerifier,
    UserVerifier,
    ...strategies,
    { provide: credentialStrategies, useFactory: (...all: unknown[]) => all, inject: strategies },
    { provide: APP_FILTER, useClass: AuthErrorFilter },
    {
      provide: CredentialReader,
      useFactory: (options: AuthModuleOptions) =>
        new CredentialReader({
          toolKey: lowerCase(options.toolKeyHeaders ?? ['X-Tool-Key', 'X-Makima-Tool-Key']),
          apiKey: lowerCase(options.apiKeyHeaders ?? ['X-API-Key', 'X-Makima-API-Key']),
        }),
      inject: [authModuleOptions],
    },
    {
      provide: KeyFormat,
      useFactory: ({ keyPrefix }: AuthModuleOptions) => new KeyFormat(keyPrefix),
      inject: [authModuleOptions],
    },
    {
      provide: KeyEnvironment,
      useFactory: ({ environment }: AuthModuleOptions) => new KeyEnvironment(environment),
      inject: [authModuleOptions],
    },
    {
      provide: AgentConfinement,
      useFactory: ({ confineAgents = false }: AuthModuleOptions) => new AgentConfinement(confineAgents),
      inject: [authModuleOptions],
    },
    {
      provide: FailedAuthentications,
      useFactory: ({ failuresPerMinute = 60 }: AuthModuleOptions, clock: Clock) =>
        new FailedAuthentications(failuresPerMinute, clock),
      inject: [authModuleOptions, Clock],
    },
    {
      provide: JwtVerifier,
      useFactory: ({ issuers = [] }: AuthModuleOptions, clock: Clock) => new JwtVerifier(issuers, clock),
      inject: [authModuleOptions, Clock],
    },
  ],
  exports: [
    ApiKeyVerifier,
    Authenticator,
    KeyAllowance,
    KeyTermsEnforcer,
    ToolKeyVerifier,
    KeyEnvironment,
    KeyFormat,
    JwtVerifier,
    KeyStoreModule,
    IdentityModule,
    LimitsModule,
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
