import type { Type } from '@nestjs/common';
import type { AuditSink } from './audit-sink.js';

/** What an application decides about the audit trail. */
export interface AuditModuleOptions {
  /** Where its events go as well: a class, which is made by Nest and may inject what is global, or what was made of one. */
  readonly sink: Type<AuditSink> | AuditSink;
}
