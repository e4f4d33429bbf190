import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { AuditModuleOptions } from './audit.options.js';
import { AuditSinkModule } from './outbox/audit-sink.module.js';
import { auditModuleOptions } from './outbox/audit-module-options.js';

/** The trail itself is one, however often `AuditModule` is imported; what has options is a module beside it. */
export const { ConfigurableModuleClass: ConfigurableAuditModule } =
  new ConfigurableModuleBuilder<AuditModuleOptions>({ optionsInjectionToken: auditModuleOptions })
    .setClassMethodName('forRoot')
    .setExtras({}, (definition) => ({ ...definition, module: AuditSinkModule }))
    .build();
