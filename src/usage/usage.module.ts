import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { ClockModule } from '../principal/clock.module.js';
import { KeyUsage } from './key-usage.js';

@Module({ imports: [AuditModule, ClockModule], providers: [KeyUsage], exports: [KeyUsage] })
export class UsageModule {}
