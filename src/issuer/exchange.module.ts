import { type DynamicModule, Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { AuditTrail } from '../audit/audit-trail.js';
import { Database } from '../database/database.js';
import { Clock, ClockModule } from '../support/clock.js';
import { IssuerLookup } from '../tool-keys/issuer-lookup.js';
import { KeyUsage } from '../usage/key-usage.js';
import { RejectionRecorder } from '../usage/sampled-events.js';
import type { BuiltinIssuer } from './builtin-issuer.js';
import { SigningKeyEvents, SigningKeyWatch } from './signing-key-watch.js';
import { TokenController } from './token.controller.js';
import { TokenIntrospection } from './token-introspection.js';
import { TokenExchange } from './token-exchange.service.js';

/** The exchange of keys for tokens, and the watch over the key file. Only where the built-in issuer is on. */
@Module({})
export class ExchangeModule {
  static register(issuer: BuiltinIssuer, audiences: readonly string[] | null): DynamicModule {
    return {
      module: ExchangeModule,
      imports: [AuditModule, ClockModule],
      controllers: [TokenController],
      providers: [
        IssuerLookup,
        {
          provide: TokenExchange,
          useFactory: (...rest: [IssuerLookup, Database, AuditTrail, RejectionRecorder, KeyUsage, Clock]) =>
            new TokenExchange(issuer, audiences, ...rest),
          inject: [IssuerLookup, Database, AuditTrail, RejectionRecorder, KeyUsage, Clock],
        },
        {
          provide: TokenIntrospection,
          useFactory: (keys: IssuerLookup, clock: Clock) => new TokenIntrospection(issuer, keys, clock),
          inject: [IssuerLookup, Clock],
        },
        {
          provide: SigningKeyWatch,
          useFactory: (database: Database, audit: AuditTrail, clock: Clock) =>
            new SigningKeyWatch(issuer, new SigningKeyEvents(database, audit), clock),
          inject: [Database, AuditTrail, Clock],
        },
      ],
    };
  }
}
