import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { allowCrossOwner } from '../identity/accounts.service.js';
import { IdentityModule } from '../identity/identity.module.js';
import { JwtVerifier } from '../jwt/jwt-verifier.js';
import { KeyEnvironment, KeyMint } from '../key-store/key-mint.js';
import { KeyStoreModule } from '../key-store/key-store.module.js';
import { LimitsModule } from '../limits/limits.module.js';
import { FailedAuthentications } from '../limits/failed-authentications.js';
import { limitsRedisUrl } from '../limits/rate-limiter.js';
import { ClockModule } from '../support/clock.js';
import { ExtensionCalls } from '../support/extension-calls.js';
import { UsageModule } from '../usage/usage.module.js';
import { AuthErrorFilter } from './auth-error.filter.js';
import {
  authModuleOptions,
  ConfigurableAuthModule,
  givenAuthOptions,
  tokenOfExtra,
} from './auth.module-definition.js';
import { authProviders } from './auth.providers.js';
import { addApplication, type Application, removeApplication } from './decision/applications.js';
import { CredentialReader } from './credentials/credential-reader.js';
import { DecisionCounts } from './decision/decision-counts.js';
import { DecisionRecord } from './decision/decision-record.js';
import { DecisionSpans } from './decision/decision-spans.js';
import { DecisionService } from './decision/decision.service.js';
import { KeyCharges } from './decision/key-charges.js';
import { StepServices } from './decision/run-steps.js';
import { Gatehouse } from './gatehouse.js';
import { checkAuthOptions } from './options/check-auth-options.js';
import { hasProvider, requireOneModule } from './options/check-module-options.js';
import { OwnerChoice } from './owners/owner-choice.js';
import { registerStrategies } from './passport-strategies.js';
import { ApplicationRoutes } from './routes/application-routes.js';
import { Handshakes } from './transports/handshakes.js';
import { ApiKeyVerifier } from './verifiers/api-key.verifier.js';
import { ToolKeyVerifier } from './verifiers/tool-key.verifier.js';
import { UserVerifier } from './verifiers/user.verifier.js';

/** Who is calling. Import it once, with `forRoot` or `forRootAsync`; its guards then work in every module. */
@Module({
  imports: [ClockModule, IdentityModule, KeyStoreModule, LimitsModule, UsageModule],
  providers: [
    ApiKeyVerifier,
    ApplicationRoutes,
    DecisionCounts,
    DecisionRecord,
    DecisionService,
    DecisionSpans,
    Gatehouse,
    Handshakes,
    StepServices,
    ExtensionCalls,
    KeyCharges,
    ToolKeyVerifier,
    UserVerifier,
    ...authProviders,
    { provide: APP_FILTER, useClass: AuthErrorFilter },
    {
      // Stands in for the options that `forRoot` and `forRootAsync` bring.
      provide: givenAuthOptions,
      useFactory: (): never => {
        throw new Error(
          'AuthModule is imported without options: import AuthModule.forRoot({ … }) in the root module. It is global.',
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
  ],
  exports: [
    allowCrossOwner,
    ApiKeyVerifier,
    ApplicationRoutes,
    CredentialReader,
    DecisionCounts,
    DecisionService,
    Gatehouse,
    StepServices,
    FailedAuthentications,
    ExtensionCalls,
    IdentityModule,
    JwtVerifier,
    KeyEnvironment,
    KeyMint,
    KeyStoreModule,
    LimitsModule,
    limitsRedisUrl,
    OwnerChoice,
    ToolKeyVerifier,
    UsageModule,
    UserVerifier,
  ],
})
export class AuthModule
  extends ConfigurableAuthModule
  implements OnApplicationBootstrap, OnApplicationShutdown
{
  private application: Application | undefined;

  /** @internal Nest creates it. */
  constructor(
    private readonly jwts: JwtVerifier,
    private readonly decision: DecisionService,
    private readonly spans: DecisionSpans,
    private readonly adapterHost: HttpAdapterHost,
  ) {
    super();
  }

  /** Fetches the keys of issuers ahead of the first credential, without delaying the start. */
  async onApplicationBootstrap(): Promise<void> {
    const { httpAdapter } = this.adapterHost as Partial<HttpAdapterHost>;
    const servers = [httpAdapter?.getInstance<unknown>(), httpAdapter?.getHttpServer() as unknown];
    this.application = { decision: this.decision, servers };
    addApplication(this.application);
    void this.jwts.warm();
    await registerStrategies();
    await this.spans.open();
  }

  onApplicationShutdown(): void {
    if (this.application !== undefined) removeApplication(this.application);
  }
}
