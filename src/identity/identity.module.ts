import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { ClockModule } from '../principal/clock.module.js';
import { AccountsService } from './accounts.service.js';
import { OwnersService } from './owners.service.js';
import { UserRegistry } from './user-registry.js';

/** Owners and users. */
@Module({
  imports: [AuditModule, ClockModule],
  providers: [AccountsService, OwnersService, UserRegistry],
  exports: [AccountsService, OwnersService],
})
export class IdentityModule {}
