import { type DynamicModule, type INestApplicationContext, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ApiKeysModule } from '../../api-keys/api-keys.module.js';
import { AuditModule, AuditOutboxModule } from '../../audit/audit.module.js';
import { AuthModule } from '../../auth/auth.module.js';
import { DatabaseModule } from '../../database/database.module.js';
import { gatehouseEntities } from '../../entities.js';
import type { Configuration } from '../../server/configuration/configuration.js';
import { readConfiguration } from '../../server/configuration/read-configuration.js';
import { FirstAdminKey } from '../../server/first-admin-key.js';
import { LogOutput, ServiceLogger } from '../../server/logs/service-logger.js';
import { ClockModule } from '../../support/clock.js';
import { KeyImport } from '../import/key-import.js';
import { Terminal } from './terminal.js';

/** Opens the database of the service for as long as a command needs it; never for help or a wrong option. */
@Injectable()
export class OperatorSession {
  private loaded: Configuration | undefined;

  constructor(readonly terminal: Terminal) {}

  get configuration(): Configuration {
    this.loaded ??= readConfiguration(this.terminal.environment());
    return this.loaded;
  }

  async run<T>(work: (services: INestApplicationContext) => Promise<T>): Promise<T> {
    const services = await NestFactory.createApplicationContext(OperatorModule.register(this.configuration), {
      logger: new StderrLogger({ ...this.configuration, logLevel: 'warn' }),
      abortOnError: false,
    });
    try {
      return await work(services);
    } finally {
      await services.close();
    }
  }
}

/** The key management of the service on its database, without HTTP. */
@Module({})
class OperatorModule {
  static register({ databaseUrl, keyPrefix, keyEnvironment, auditWebhook }: Configuration): DynamicModule {
    return {
      module: OperatorModule,
      imports: [
        DatabaseModule.forRoot({ url: databaseUrl, entities: gatehouseEntities, changeFeed: false }),
        AuthModule.forRoot({ keyPrefix, environment: keyEnvironment ?? undefined }),
        ApiKeysModule,
        AuditModule,
        // Only writes to the outbox: the service sends.
        ...(auditWebhook === null ? [] : [AuditOutboxModule]),
        ClockModule,
      ],
      providers: [FirstAdminKey, KeyImport],
    };
  }
}

/** Logs to standard error, as standard output is for results. */
class StderrLogger extends ServiceLogger {
  protected override outputFor(): LogOutput {
    return LogOutput.stderr;
  }
}
