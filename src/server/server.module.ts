import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { WebhookAuditSink } from '../audit/webhook-audit-sink.js';
import { AuthModule } from '../auth/auth.module.js';
import { Database } from '../database/database.js';
import { DatabaseModule } from '../database/database.module.js';
import { TableNames } from '../database/tables/table-names.js';
import { JwtVerifier } from '../jwt/jwt-verifier.js';
import { PlatformModule } from '../platform/platform.module.js';
import { Clock, ClockModule } from '../support/clock.js';
import { ToolKeysModule } from '../tool-keys/tool-keys.module.js';
import { FirstAdminKey } from './first-admin-key.js';
import { builtinIssuer, BuiltinIssuer } from '../issuer/builtin-issuer.js';
import { JwksController } from '../issuer/jwks.controller.js';
import { type Configuration, databaseOptionsOf } from './configuration/configuration.js';
import { ExchangeModule } from '../issuer/exchange.module.js';
import { CheckScopes, ForwardAuthController } from './forward-auth/forward-auth.controller.js';
import { HealthController } from './health/health.controller.js';
import { HealthCheck, Readiness } from './health/readiness.js';
import { Retention } from './retention.js';
import { MetricsModule } from './metrics/metrics.module.js';

/** The service. Every route is closed unless it says `@Public()`. */
@Module({})
export class ServerModule {
  static register(configuration: Configuration, warn?: (text: string) => void): DynamicModule {
    const { auditWebhook } = configuration;
    const issuer = configuration.builtinIssuer
      ? BuiltinIssuer.open(configuration.dataDir, warn, configuration.issuerUrl)
      : null;
    const issuers = [...configuration.issuers, ...(issuer === null ? [] : [issuer.options])];
    return {
      module: ServerModule,
      imports: [
        PlatformModule,
        DatabaseModule.forRoot(databaseOptionsOf(configuration)),
        AuthModule.forRoot({
          issuers,
          keyPrefix: configuration.keyPrefix,
          environment: configuration.keyEnvironment ?? undefined,
          failuresPerMinute: configuration.failuresPerMinute,
          confineAgents: configuration.confineAgents,
          basicAuth: configuration.basicAuth,
          redisUrl: configuration.redisUrl,
          undecidedRoutes: 'refuse',
        }),
        ApiKeysModule.forRoot({
          maxPerOwner: configuration.maxApiKeysPerOwner,
          unusedDays: configuration.unusedDays,
          unusedAction: configuration.unusedAction,
          accessKeysPerUser: configuration.accessKeys.perUser,
          accessKeyMaxDays: configuration.accessKeys.maxDays,
          accessKeysWithoutExpiry: configuration.accessKeys.withoutExpiry,
          leaks: {
            policy: configuration.leakPolicy,
            githubKeysUrl: configuration.leakGithubKeysUrl ?? undefined,
          },
        }),
        AuditModule,
        ...(auditWebhook === null ? [] : [AuditModule.forRoot({ sink: new WebhookAuditSink(auditWebhook) })]),
        ClockModule,
        ToolKeysModule.forRoot({
          maxPerTask: configuration.maxToolKeysPerTask,
          maxPerOwner: configuration.maxToolKeysPerOwner,
          maxPerTaskAndMinute: configuration.maxToolKeysPerTaskAndMinute,
          maxHeartbeatsPerInterval: configuration.maxHeartbeatsPerInterval,
        }),
        ...(issuer === null ? [] : [ExchangeModule.register(issuer, configuration.tokenAudiences)]),
        ...(configuration.metrics === null ? [] : [MetricsModule]),
      ],
      controllers: [ForwardAuthController, HealthController, JwksController],
      providers: [
        FirstAdminKey,
        {
          provide: HealthCheck,
          useFactory: (database: Database, jwts: JwtVerifier) =>
            new HealthCheck(database, jwts, new TableNames({ schema: configuration.databaseSchema })),
          inject: [Database, JwtVerifier],
        },
        Readiness,
        {
          provide: Retention,
          useFactory: (database: Database, clock: Clock) =>
            new Retention(
              { auditDays: configuration.auditRetentionDays, usageDays: configuration.usageRetentionDays },
              database,
              clock,
            ),
          inject: [Database, Clock],
        },
        { provide: builtinIssuer, useValue: issuer },
        { provide: APP_GUARD, useClass: CheckScopes },
      ],
    };
  }
}
