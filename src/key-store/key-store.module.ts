import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { Database } from '../database/database.js';
import { explainMissing, RequiredEntities } from '../database/module-requirements.js';
import { Clock, ClockModule } from '../support/clock.js';
import { ApiKey } from './api-key.entity.js';
import { ApiKeyStore, customApiKeyStore } from './api-key.store.js';
import { checkedStore } from './checked-api-key.store.js';
import { IdempotentRequest } from './idempotent-request.js';
import { KeyCache } from './key-cache.js';
import { LeaseOutages, LeaseState } from './lease-outages.js';
import { Task, ToolKey } from './tool-key.entity.js';
import { ToolKeyStore } from './tool-key.store.js';
import { TypeOrmApiKeyStore } from './typeorm-api-key.store.js';

/** Stores and looks up keys. */
@Module({
  imports: [AuditModule, ClockModule],
  providers: [
    ...explainMissing([TypeOrmApiKeyStore, LeaseOutages, ToolKeyStore, KeyCache]),
    {
      provide: ApiKeyStore,
      useFactory: (standard: ApiKeyStore, clock: Clock, custom?: ApiKeyStore) =>
        custom === undefined ? standard : checkedStore(custom, clock),
      inject: [TypeOrmApiKeyStore, Clock, { token: customApiKeyStore, optional: true }],
    },
    {
      provide: RequiredEntities,
      useFactory: (database?: Database, custom?: ApiKeyStore) =>
        new RequiredEntities(database, [
          ...(custom === undefined ? [ApiKey] : []),
          ToolKey,
          Task,
          LeaseState,
          IdempotentRequest,
        ]),
      inject: [
        { token: Database, optional: true },
        { token: customApiKeyStore, optional: true },
      ],
    },
  ],
  exports: [ApiKeyStore, LeaseOutages, ToolKeyStore, KeyCache],
})
export class KeyStoreModule {}
