import { Global, Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { AuditModule } from '../audit/audit.module.js';
import { requireOneModule } from '../auth/options/require-one-module.js';
import { explained } from '../database/explained.js';
import { ClockModule } from '../support/clock.module.js';
import { IssueDesk } from './issue-desk.js';
import { Issuers } from './issuers.js';
import { Leases } from './leases.js';
import { OwnToolKeyController } from './own-tool-key.controller.js';
import { RefusedIssues } from './refused-issues.js';
import { TaskBook } from './task-book.js';
import { TaskResolver, TasksOfEachOwner } from './task-resolver.js';
import { TasksController } from './tasks.controller.js';
import { ToolKeyEnds } from './tool-key-ends.js';
import { ToolKeyQuotas } from './tool-key-quotas.js';
import { ToolKeysController } from './tool-keys.controller.js';
import { ConfigurableToolKeysModule } from './tool-keys.module-definition.js';
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
      [IssueDesk, Issuers, Leases, RefusedIssues, TaskBook, ToolKeyEnds, ToolKeyQuotas, ToolKeysService],
      'ToolKeysModule',
    ),
    { provide: TaskResolver, useClass: TasksOfEachOwner },
  ],
  exports: [ToolKeysService],
})
export class ToolKeysModule extends ConfigurableToolKeysModule {
  constructor(modules: ModulesContainer) {
    super();
    requireOneModule(modules, ToolKeysModule);
  }
}
