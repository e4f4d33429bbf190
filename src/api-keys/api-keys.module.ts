import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { AdminAuditController } from './admin/admin-audit.controller.js';
import { AdminKeysController } from './admin/admin-keys.controller.js';
import { AdminOwnersController } from './admin/admin-owners.controller.js';
import { ClockModule } from '../principal/clock.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { KeyExpiry } from './key-expiry.js';
import { PersonalKeysController } from './personal/personal-keys.controller.js';
import { PersonalKeysService } from './personal/personal-keys.service.js';
import { KeyManagement } from './service/key-management.js';
import { ServiceKeysController } from './service/service-keys.controller.js';
import { ServiceKeysService } from './service/service-keys.service.js';
import { KeyVerdictsService } from './verify/key-verdicts.service.js';
import { VerifyController } from './verify/verify.controller.js';

/** Key management over HTTP. Needs `AuthModule` in the application. */
@Module({
  imports: [AuditModule, ClockModule, UsageModule],
  controllers: [
    PersonalKeysController,
    ServiceKeysController,
    AdminKeysController,
    AdminOwnersController,
    AdminAuditController,
    VerifyController,
  ],
  providers: [PersonalKeysService, ServiceKeysService, KeyManagement, KeyExpiry, KeyVerdictsService],
  exports: [PersonalKeysService, ServiceKeysService, KeyManagement],
})
export class ApiKeysModule {}
