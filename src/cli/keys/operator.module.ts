import { type DynamicModule, Module } from '@nestjs/common';
import { ApiKeysModule } from '../../api-keys/api-keys.module.js';
import { AuditModule, AuditOutboxModule } from '../../audit/audit.module.js';
import { AuthModule } from '../../auth/auth.module.js';
import { DatabaseModule } from '../../database/database.module.js';
import { ClockModule } from '../../support/clock.js';
import { FirstAdminKey } from '../../server/first-admin-key.js';
import type { Configuration } from '../../server/configuration/configuration.js';
import { gatehouseEntities } from '../../entities.js';
import { KeyImport } from '../import/key-import.js';

/** The service's own key management on the service's own database, without HTTP. */
@Module({})
export class OperatorModule {
  static register({ databaseUrl, keyPrefix, keyEnvironment, auditWebhook }: Configuration): DynamicModule {
    return {
      module: OperatorModule,
      imports: [
        DatabaseModule.forRoot({ url: databaseUrl, entities: gatehouseEntities, changeFeed: false }),
        AuthModule.forRoot({ keyPrefix, environment: keyEnvironment ?? undefined }),
        ApiKeysModule,
        AuditModule,
        // The running service sends, or the next one that is started.
        ...(auditWebhook === null ? [] : [AuditOutboxModule]),
        ClockModule,
      ],
      providers: [FirstAdminKey, KeyImport],
    };
  }
}
