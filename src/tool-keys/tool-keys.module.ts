import { Global, Inject, Module, type NestModule, Optional, type Type } from '@nestjs/common';
import { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { AuditModule } from '../audit/audit.module.js';
import { checkModuleOptions, requireOneModule } from '../auth/options/check-module-options.js';
import { explainMissing } from '../database/module-requirements.js';
import { MountedRoutes } from '../http/mounted-routes.js';
import { ClockModule } from '../support/clock.js';
import { UsageModule } from '../usage/usage.module.js';
import { AdminToolKeysController } from './admin-tool-keys.controller.js';
import { IssueQueue } from './issue-queue.js';
import { IssuerLookup } from './issuer-lookup.js';
import { LeaseWatch } from './lease-watch.js';
import { RepeatedIssues } from './repeated-issues.js';
import { TaskStore } from './task.store.js';
import { TasksController } from './tasks.controller.js';
import { IssueRejections } from './tool-key-events.js';
import { ToolKeyIssuer } from './tool-key-issuer.js';
import { EndedToolKeys, ToolKeyLeases } from './tool-key-leases.js';
import { ToolKeyQuotas } from './tool-key-quotas.js';
import { OwnToolKeyController, ToolKeysController } from './tool-keys.controller.js';
import {
  ConfigurableToolKeysModule,
  TaskResolver,
  TasksPerOwner,
  type ToolKeysModuleOptions,
  toolKeysOptions,
  toolKeysOptionsSchema,
  type toolKeysRoutes,
} from './tool-keys.options.js';
import { ToolKeysService } from './tool-keys.service.js';

const controllersOf: Record<(typeof toolKeysRoutes)[number], Type[]> = {
  self: [OwnToolKeyController],
  'tool-keys': [ToolKeysController],
  admin: [AdminToolKeysController],
  tasks: [TasksController],
};

/**
 * Task credentials over HTTP and in code. Import it once, plain or with `forRoot` or `forRootAsync`: every module can then
 * inject `ToolKeysService`. Requires `AuthModule` in the application.
 */
@Global()
@Module({
  imports: [AuditModule, ClockModule, UsageModule],
  controllers: Object.values(controllersOf).flat(),
  providers: [
    ...explainMissing(
      [
        EndedToolKeys,
        IssueQueue,
        IssueRejections,
        IssuerLookup,
        LeaseWatch,
        RepeatedIssues,
        TaskStore,
        ToolKeyIssuer,
        ToolKeyLeases,
        ToolKeyQuotas,
        ToolKeysService,
      ],
      'ToolKeysModule',
    ),
    { provide: TaskResolver, useClass: TasksPerOwner },
  ],
  exports: [ToolKeysService],
})
export class ToolKeysModule extends ConfigurableToolKeysModule implements NestModule {
  private readonly routes: MountedRoutes;

  /** @internal Nest creates it. */
  constructor(
    modules: ModulesContainer,
    config: ApplicationConfig,
    @Optional() @Inject(toolKeysOptions) options: ToolKeysModuleOptions = {},
  ) {
    super();
    requireOneModule(modules, ToolKeysModule);
    checkModuleOptions('ToolKeysModule', toolKeysOptionsSchema, options);
    this.routes = new MountedRoutes(ToolKeysModule, modules, config);
    this.routes.mount(controllersOf, options);
  }

  configure(): void {
    this.routes.fitToPrefix();
  }
}
