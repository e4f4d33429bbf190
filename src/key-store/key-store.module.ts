import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { ClockModule } from '../principal/clock.module.js';
import { ApiKeyStore } from './api-key.store.js';
import { KnownKeys } from './known-keys.js';
import { ToolKeyStore } from './tool-key.store.js';
import { TypeOrmApiKeyStore } from './typeorm-api-key.store.js';

/** Where keys are kept and looked up. */
@Module({
  imports: [AuditModule, ClockModule],
  providers: [{ provide: ApiKeyStore, useClass: TypeOrmApiKeyStore }, ToolKeyStore, KnownKeys],
  exports: [ApiKeyStore, ToolKeyStore, KnownKeys],
})
export class KeyStoreModule {}
