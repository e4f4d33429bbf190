import { Global, Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { AuditModule } from '../audit/audit.module.js';
import { requireOneModule } from '../auth/options/require-one-module.js';
import { explained } from '../database/explained.js';
import { ClockModule } from '../support/clock.js';
import { ToolKeyIssuer } from './tool-key-issuer.js';
import { IssuerLookup } from './issuer-lookup.js';
import { Leases, EndedToolKeys } from './tool-key-leases.js';
import { OwnToolKeyController, TasksController, ToolKeysController } from './tool-keys.controller.js';
import { IssueRefusals } from './tool-key-events.js';
import { TaskLocks } from './task-locks.js';
import { ConfigurableToolKeysModule, TaskResolver, TasksPerOwner } from './tool-keys.options.js';
import { ToolKeyQuotas } from './tool-key-quotas.js';
import { ToolKeysService } from './tool-keys.service.js';

/**
 * Task credentials over HTTP and in code. Import it once, as it is or with options by `forRoot` and `forRootAsync`;
 * `ToolKeysService` then is there in every module. Needs `AuthModule` in the application.
 */
@Global()
@Module({
  imports: [AuditModule, ClockModule],
  controllers: [OwnToolKeyController, ToolKeysController, TasksController],
  providers: [
    ...explained(
      [
        ToolKeyIssuer,
        IssuerLookup,
        Leases,
        IssueRefusals,
        TaskLocks,
        EndedToolKeys,
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
  constructor(modules: ModulesContainer) {
    super();
    requireOneModule(modules, ToolKeysModule);
  }
}
