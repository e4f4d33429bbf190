import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { explainMissing, RequiredEntities } from '../database/module-requirements.js';
import { ClockModule } from '../support/clock.js';
import { AccountsService } from './accounts.service.js';
import { Issuer } from './issuer.entity.js';
import { Owner } from './owner.entity.js';
import { OwnersService } from './owners.service.js';
import { SignOutsService } from './sign-outs.service.js';
import { UserRegistry } from './user-registry.js';
import { UsersService } from './users.service.js';
import { User } from './user.entity.js';

/** Owners and users. */
@Module({
  imports: [AuditModule, ClockModule],
  providers: [
    ...explainMissing([AccountsService, OwnersService, SignOutsService, UserRegistry, UsersService]),
    RequiredEntities.of(Owner, User, Issuer),
  ],
  exports: [AccountsService, OwnersService, SignOutsService, UsersService],
})
export class IdentityModule {}
