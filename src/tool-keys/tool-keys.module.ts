import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { ClockModule } from '../principal/clock.module.js';
import { ToolKeysController } from './tool-keys.controller.js';
import { ToolKeysService } from './tool-keys.service.js';

/** Task credentials over HTTP. Needs `AuthModule` in the application. */
@Module({
  imports: [AuditModule, ClockModule],
  controllers: [ToolKeysController],
  providers: [ToolKeysService],
  exports: [ToolKeysService],
})
export class ToolKeysModule {}
