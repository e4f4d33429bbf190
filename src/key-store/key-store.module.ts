import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { ClockModule } from '../principal/clock.module.js';
import { ApiKeyStore } from './api-key.store.js';
import { KnownKeys } from './known-keys.js';
import { ownApiKeyStore } from './own-api-key-store.js';
import { ToolKeyStore } from './tool-key.store.js';
import { TypeOrmApiKeyStore } from './typeorm-api-key.store.js';

/** Where keys are kept and looked up. */
@Module({
  imports: [AuditModule, ClockModule],
  providers: [
    TypeOrmApiKeyStore,
    {
      provide: ApiKeyStore,
      useFactory: (usual: ApiKeyStore, own?: ApiKeyStore) => own ?? usual,
      inject: [TypeOrmApiKeyStore, { token: ownApiKeyStore, optional: true }],
    },
    ToolKeyStore,
    KnownKeys,
  ],
  exports: [ApiKeyStore, ToolKeyStore, KnownKeys],
})
export class KeyStoreModule {}
