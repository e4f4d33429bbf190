import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { ClockModule } from '../principal/clock.module.js';
import { PersonalKeysController } from './personal-keys.controller.js';
import { PersonalKeysService } from './personal-keys.service.js';

/** Key management over HTTP. Needs `AuthModule` in the application. */
@Module({
  imports: [AuditModule, ClockModule],
  controllers: [PersonalKeysController],
  providers: [PersonalKeysService],
  exports: [PersonalKeysService],
})
export class ApiKeysModule {}
