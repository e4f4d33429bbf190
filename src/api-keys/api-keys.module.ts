import { Global, Module, type NestModule } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { AuditModule } from '../audit/audit.module.js';
import { AdminAuditController } from './admin/admin-audit.controller.js';
import { AdminKeysController } from './admin/admin-keys.controller.js';
import { AdminOwnersController } from './admin/admin-owners.controller.js';
import { RouteFinder } from '../auth/explain/route-finder.js';
import { requireOneModule } from '../auth/options/require-one-module.js';
import { explained } from '../database/explained.js';
import { ClockModule } from '../support/clock.js';
import { UsageModule } from '../usage/usage.module.js';
import { AskedKeys } from '../explain/asked-keys.js';
import { ExplainController } from '../explain/explain.controller.js';
import { ExplanationsService } from '../explain/explanations.service.js';
import { KeyEndings, KeyFinder } from '../explain/key-finder.js';
import { ConfigurableApiKeysModule } from './api-keys.options.js';
import { KeyExpiry } from './key-expiry.js';
import { PersonalKeysController } from './personal/personal-keys.controller.js';
import { PersonalKeysService } from './personal/personal-keys.service.js';
import { KeyManagement } from './service/key-management.js';
import { KeyQuota } from './service/key-quota.js';
import { ServiceKeysController } from './service/service-keys.controller.js';
import { ServiceKeysService } from './service/service-keys.service.js';
import { KeyVerdictsService } from './verify/key-verdicts.service.js';
import { VerifyController } from './verify/verify.controller.js';

/**
 * Key management over HTTP. Import it once, as it is or with options by `forRoot` and `forRootAsync`; its services then
 * are there in every module. Needs `AuthModule` in the application.
 */
@Global()
@Module({
  imports: [AuditModule, ClockModule, UsageModule],
  controllers: [
    PersonalKeysController,
    ServiceKeysController,
    AdminKeysController,
    AdminOwnersController,
    AdminAuditController,
    VerifyController,
    ExplainController,
  ],
  providers: explained(
    [
      PersonalKeysService,
      ServiceKeysService,
      KeyManagement,
      KeyQuota,
      KeyExpiry,
      KeyVerdictsService,
      ExplanationsService,
      AskedKeys,
      KeyFinder,
      KeyEndings,
      RouteFinder,
    ],
    'ApiKeysModule',
  ),
  exports: [PersonalKeysService, ServiceKeysService, KeyManagement, KeyVerdictsService],
})
export class ApiKeysModule extends ConfigurableApiKeysModule implements NestModule {
  constructor(
    private readonly routes: RouteFinder,
    modules: ModulesContainer,
  ) {
    super();
    requireOneModule(modules, ApiKeysModule);
  }

  /** Nest calls it right before it registers routes, when the HTTP adapter is there at the latest. */
  configure(): void {
    this.routes.watch();
  }
}
