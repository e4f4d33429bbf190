import { Global, Inject, Module, Optional } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { AuditModule } from '../audit/audit.module.js';
import { checkModuleOptions, requireOneModule } from '../auth/options/check-module-options.js';
import { explainMissing } from '../database/module-requirements.js';
import { ClockModule } from '../support/clock.js';
import { IssueQueue } from './issue-queue.js';
import { IssuerLookup } from './issuer-lookup.js';
import { TaskStore } from './task.store.js';
import { IssueRejections } from './tool-key-events.js';
import { ToolKeyIssuer } from './tool-key-issuer.js';
import { EndedToolKeys, ToolKeyLeases } from './tool-key-leases.js';
import { ToolKeyQuotas } from './tool-key-quotas.js';
import { OwnToolKeyController, TasksController, ToolKeysController } from './tool-keys.controller.js';
import {
  ConfigurableToolKeysModule,
  TaskResolver,
  TasksPerOwner,
  toolKeysOptions,
  toolKeysOptionsSchema,
} from './tool-keys.options.js';
import { ToolKeysService } from './tool-keys.service.js';

/**
 * Task credentials over HTTP and in code. Import it once, plain or with `forRoot` or `forRootAsync`: every module can then
 * inject `ToolKeysService`. Requires `AuthModule` in the application.
 */
@Global()
@Module({
  imports: [AuditModule, ClockModule],
  controllers: [OwnToolKeyController, ToolKeysController, TasksController],
  providers: [
    ...explainMissing(
      [
        EndedToolKeys,
        IssueQueue,
        IssueRejections,
        IssuerLookup,
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
export class ToolKeysModule extends ConfigurableToolKeysModule {
  /** @internal Nest creates it. */
  constructor(modules: ModulesContainer, @Optional() @Inject(toolKeysOptions) options: unknown = {}) {
    super();
    requireOneModule(modules, ToolKeysModule);
    checkModuleOptions('ToolKeysModule', toolKeysOptionsSchema, options);
  }
}
