import { type DynamicModule, type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ApiKeysModule } from '../../api-keys/api-keys.module.js';
import { AuditModule, AuditOutboxModule } from '../../audit/audit.module.js';
import { AuthModule } from '../../auth/auth.module.js';
import { type Membership, OwnerResolver, type Person } from '../../auth/owners/owner-resolver.js';
import { DatabaseModule } from '../../database/database.module.js';
import { FirstAdminKey } from '../../server/first-admin-key.js';
import { LogOutput, ServiceLogger } from '../../server/logs/service-logger.js';
import { ClockModule } from '../../support/clock.js';
import { KeyImport } from '../import/key-import.js';
import type { Installation } from './installation.js';
import { printResult, type Terminal } from './terminal.js';

/** Who acts in the audit trail: the system. */
export const operator = { user: null, origin: null };

/** What a command works with: the terminal, and the installation, which is loaded and opened only for as long as needed. */
export class OperatorSession {
  private loaded: Promise<Installation> | undefined;

  constructor(
    readonly terminal: Terminal,
    private readonly load: () => Promise<Installation>,
  ) {}

  get installation(): Promise<Installation> {
    this.loaded ??= this.load();
    return this.loaded;
  }

  /** Runs `work` with the services on the database of the installation. */
  async run<T>(work: (services: INestApplicationContext) => Promise<T>): Promise<T> {
    const installation = await this.installation;
    try {
      const services = await NestFactory.createApplicationContext(OperatorModule.register(installation), {
        logger: new StderrLogger({ logLevel: 'warn', jsonLogs: false }),
        abortOnError: false,
      });
      try {
        return await work(services);
      } finally {
        await services.close();
      }
    } finally {
      await closeHost(installation);
    }
  }

  print(result: object, json: boolean): void {
    printResult(this.terminal, result, json);
  }
}

/** The data source of an application stays open when Gatehouse closes, and would keep this process alive. */
export async function closeHost({ database: { dataSource } }: Installation): Promise<void> {
  if (dataSource?.isInitialized === true) await dataSource.destroy();
}

/** Here no one asks for a membership: with each request the installation does. */
class UnaskedMemberships extends OwnerResolver {
  resolve({ ownerId }: Person, wanted = ownerId): Membership {
    return { ownerId: wanted };
  }
}

/** The key management of the installation on its database, without HTTP. */
@Module({})
class OperatorModule {
  static register({ database, auth, hasMemberships, hasAuditSink }: Installation): DynamicModule {
    return {
      module: OperatorModule,
      imports: [
        DatabaseModule.forRoot({ ...database, changeFeed: false }),
        AuthModule.forRoot({ ...auth, ...(hasMemberships && { ownerResolver: UnaskedMemberships }) }),
        // The installation itself says after how long a key counts as unused.
        ApiKeysModule.forRoot({ unusedDays: 0 }),
        AuditModule,
        // Only writes to the outbox: the installation sends.
        ...(hasAuditSink ? [AuditOutboxModule] : []),
        ClockModule,
      ],
      providers: [FirstAdminKey, KeyImport],
    };
  }
}

/** Logs to standard error, as standard output is for results. */
export class StderrLogger extends ServiceLogger {
  protected override outputFor(): LogOutput {
    return LogOutput.stderr;
  }
}
