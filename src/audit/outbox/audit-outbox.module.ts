import { Global, Module } from '@nestjs/common';
import { AuditOutbox } from './audit-outbox.js';

/** Has events put into the outbox, in an application that leaves the sending to others. */
@Global()
@Module({ providers: [AuditOutbox], exports: [AuditOutbox] })
export class AuditOutboxModule {}
