import { Global, Inject, Module, type NestModule, Optional, type Type } from '@nestjs/common';
import { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { AuditModule } from '../audit/audit.module.js';
import { RouteFinder } from '../explain/route-finder.js';
import { checkModuleOptions, requireOneModule } from '../auth/options/check-module-options.js';
import { explainMissing } from '../database/module-requirements.js';
import { AskedKeys } from '../explain/asked-keys.js';
import { ExplainController } from '../explain/explain.controller.js';
import { ExplanationsService } from '../explain/explanations.service.js';
import { TokenFinder } from '../explain/token-finder.js';
import { RequestExplainer } from '../explain/request-explainer.js';
import { KeyEndings, KeyFinder } from '../explain/key-finder.js';
import { MountedRoutes } from '../http/mounted-routes.js';
import { ClockModule } from '../support/clock.js';
import { UsageModule } from '../usage/usage.module.js';
import { AccessKeyLifetime } from './access-key-lifetime.js';
import { AccessKeysController, MemberKeysController } from './access-keys.controller.js';
import { AccessKeysService } from './access-keys.service.js';
import { GithubReportsController } from '../leaks/github-reports.controller.js';
import { GithubReportsService } from '../leaks/github-reports.service.js';
import { LeakActions } from '../leaks/leak-actions.js';
import { leaksOptions } from '../leaks/leak-options.js';
import { LeakReportsController } from '../leaks/leak-reports.controller.js';
import { LeakReportsService } from '../leaks/leak-reports.service.js';
import { LeakedKeysService } from '../leaks/leaked-keys.service.js';
import { AdminAuditController } from './admin-audit.controller.js';
import { AdminKeysController } from './admin-keys.controller.js';
import { AdminOwnersController } from './admin-owners.controller.js';
import { AdminUsersController } from './admin-users.controller.js';
import { KeyExpiry, KeyExpiryWarnings } from './key-expiry.js';
import { KeyNarrowingService } from './key-narrowing.service.js';
import { KeyCreations } from './key-creations.js';
import { KeyQueries } from './key-queries.js';
import {
  type ApiKeysModuleOptions,
  apiKeysOptions,
  apiKeysOptionsSchema,
  type apiKeysRoutes,
  ConfigurableApiKeysModule,
  KeyQuota,
} from './key-quota.js';
import { ManagedKeys } from './managed-keys.js';
import { OffboardingService } from './offboarding.service.js';
import { OwnKeyController } from './own-key.controller.js';
import { OwnKeyService } from './own-key.service.js';
import { PersonalKeysController } from './personal-keys.controller.js';
import { PersonalKeysService } from './personal-keys.service.js';
import { RepeatedCreations } from './repeated-creations.js';
import { ServiceKeysController } from './service-keys.controller.js';
import { ServiceKeysService } from './service-keys.service.js';
import { KeyVerdictsService } from './verify/key-verdicts.service.js';
import { AdminSignOutsController, SignOutController } from './sign-outs.controller.js';
import { UnusedKeys } from './unused-keys.js';
import { AdminUsageController, UsageController } from './usage/usage.controllers.js';
import { UsageQueries } from './usage/usage-queries.service.js';
import { VerifyController } from './verify/verify.controller.js';

const controllersOf: Record<(typeof apiKeysRoutes)[number], Type[]> = {
  personal: [PersonalKeysController],
  access: [AccessKeysController, MemberKeysController],
  service: [ServiceKeysController, UsageController],
  admin: [
    AdminKeysController,
    AdminUsageController,
    AdminOwnersController,
    AdminUsersController,
    AdminAuditController,
    AdminSignOutsController,
  ],
  self: [OwnKeyController],
  leaks: [LeakReportsController],
  'sign-out': [SignOutController],
  verify: [VerifyController],
  explain: [ExplainController],
};

/**
 * Key management over HTTP. Import it once, as it is or with options by `forRoot` and `forRootAsync`; its services then
 * are there in every module. Needs `AuthModule` in the application.
 */
@Global()
@Module({
  imports: [AuditModule, ClockModule, UsageModule],
  controllers: [...Object.values(controllersOf).flat(), GithubReportsController],
  providers: explainMissing(
    [
      OwnKeyService,
      PersonalKeysService,
      AccessKeysService,
      AccessKeyLifetime,
      ServiceKeysService,
      KeyQueries,
      UsageQueries,
      KeyNarrowingService,
      KeyQuota,
      KeyCreations,
      ManagedKeys,
      OffboardingService,
      RepeatedCreations,
      KeyExpiry,
      KeyExpiryWarnings,
      UnusedKeys,
      KeyVerdictsService,
      ExplanationsService,
      AskedKeys,
      KeyFinder,
      KeyEndings,
      RequestExplainer,
      TokenFinder,
      RouteFinder,
      GithubReportsService,
      LeakActions,
      LeakedKeysService,
      LeakReportsService,
      {
        provide: leaksOptions,
        useFactory: ({ leaks = {} }: ApiKeysModuleOptions = {}) => leaks,
        inject: [{ token: apiKeysOptions, optional: true }],
      },
    ],
    'ApiKeysModule',
  ),
  exports: [
    PersonalKeysService,
    AccessKeysService,
    ServiceKeysService,
    KeyNarrowingService,
    OffboardingService,
    KeyQueries,
    UsageQueries,
    KeyVerdictsService,
    LeakedKeysService,
  ],
})
export class ApiKeysModule extends ConfigurableApiKeysModule implements NestModule {
  private readonly routes: MountedRoutes;

  /** @internal Nest creates it. */
  constructor(
    modules: ModulesContainer,
    config: ApplicationConfig,
    @Optional() @Inject(apiKeysOptions) options: ApiKeysModuleOptions = {},
  ) {
    super();
    requireOneModule(modules, ApiKeysModule);
    checkModuleOptions('ApiKeysModule', apiKeysOptionsSchema, options);
    this.routes = new MountedRoutes(ApiKeysModule, modules, config);
    const ofGithub = options.leaks?.githubKeysUrl === undefined ? [] : [GithubReportsController];
    this.routes.mount({ ...controllersOf, leaks: [...controllersOf.leaks, ...ofGithub] }, options);
  }

  configure(): void {
    this.routes.fitToPrefix();
  }
}
