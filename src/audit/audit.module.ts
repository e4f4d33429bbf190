import { Module } from '@nestjs/common';
import { ClockModule } from '../principal/clock.module.js';
import { AuditTrail } from './audit-trail.js';

/** The audit trail, on the `Database` of the application. */
@Module({ imports: [ClockModule], providers: [AuditTrail], exports: [AuditTrail] })
export class AuditModule {}
