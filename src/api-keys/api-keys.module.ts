import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { ClockModule } from '../principal/clock.module.js';
import { PersonalKeysController } from './personal/personal-keys.controller.js';
import { PersonalKeysService } from './personal/personal-keys.service.js';
import { KeyManagement } from './service/key-management.js';
import { ServiceKeysController } from './service/service-keys.controller.js';
import { ServiceKeysService } from './service/service-keys.service.js';

/** Key management over HTTP. Needs `AuthModule` in the application. */
@Module({
  imports: [AuditModule, ClockModule],
  controllers: [PersonalKeysController, ServiceKeysController],
  providers: [PersonalKeysService, ServiceKeysService, KeyManagement],
  exports: [PersonalKeysService, ServiceKeysService],
})
export class ApiKeysModule {}
