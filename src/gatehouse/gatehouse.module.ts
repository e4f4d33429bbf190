import {
  ConfigurableModuleBuilder,
  type DynamicModule,
  type FactoryProvider,
  Inject,
  Module,
  Optional,
  type Provider,
} from '@nestjs/common';
import { APP_GUARD, ModulesContainer } from '@nestjs/core';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { AuditTrail } from '../audit/audit-trail.js';
import { AuthModule } from '../auth/auth.module.js';
import type { AuthModuleExtras } from '../auth/auth.options.js';
import { Authenticated } from '../auth/guards.js';
import { requireOneModule } from '../auth/options/check-module-options.js';
import { Database } from '../database/database.js';
import { DatabaseModule } from '../database/database.module.js';
import { builtinIssuer, type BuiltinIssuer } from '../issuer/builtin-issuer.js';
import { SigningKeyEvents, SigningKeyWatch } from '../issuer/signing-key-watch.js';
import { Clock, ClockModule } from '../support/clock.js';
import { ToolKeysModule } from '../tool-keys/tool-keys.module.js';
import { openDevIssuer } from './dev-issuer.js';
import {
  authOptionsOf,
  checkGatehouseOptions,
  databaseOptionsOf,
  type GatehouseModuleExtras,
  type GatehouseModuleOptions,
} from './gatehouse.options.js';

/** Token of the options after they were checked; wrong ones have stopped the start. */
const gatehouseOptions = Symbol('GatehouseModuleOptions');

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: givenOptions } =
  new ConfigurableModuleBuilder<GatehouseModuleOptions>()
    .setClassMethodName('forRoot')
    .setExtras<GatehouseModuleExtras>({}, ({ module, imports = [], providers = [] }, extras) => ({
      module,
      global: true,
      ...modulesFor(extras, {
        module: CheckedOptions,
        imports,
        providers: [...providers, checkedOptions(extras), devIssuer],
        exports: [gatehouseOptions, builtinIssuer],
      }),
    }))
    .build();

@Module({})
class CheckedOptions {}

/**
 * All of Gatehouse: `DatabaseModule`, `AuthModule`, `ApiKeysModule`, `ToolKeysModule` and `AuditModule`, from one object.
 * Import it once, in the root module, with `forRoot` or `forRootAsync`; its providers are then there in every module.
 */
@Module({})
export class GatehouseModule extends ConfigurableModuleClass {
  constructor(@Optional() @Inject(gatehouseOptions) options?: GatehouseModuleOptions) {
    super();
    if (options === undefined)
      throw new Error(
        'GatehouseModule is imported without options: import GatehouseModule.forRoot({ … }) in the root module. It is global.',
      );
  }
}

function checkedOptions(extras: GatehouseModuleExtras): FactoryProvider {
  return {
    provide: gatehouseOptions,
    useFactory: (given: unknown, modules: ModulesContainer) => {
      requireOneModule(modules, GatehouseModule);
      return checkGatehouseOptions(given, extras);
    },
    inject: [givenOptions, ModulesContainer],
  };
}

const devIssuer: FactoryProvider = {
  provide: builtinIssuer,
  useFactory: openDevIssuer,
  inject: [gatehouseOptions],
};

/** A new key of the development issuer, made by the command line, is accepted without a restart. */
const signingKeyWatch: FactoryProvider = {
  provide: SigningKeyWatch,
  useFactory: (issuer: BuiltinIssuer | null, database: Database, audit: AuditTrail, clock: Clock) =>
    issuer && new SigningKeyWatch(issuer, new SigningKeyEvents(database, audit), clock),
  inject: [builtinIssuer, Database, AuditTrail, Clock],
};

function modulesFor(extras: GatehouseModuleExtras, options: DynamicModule): Omit<DynamicModule, 'module'> {
  const { taskResolver, auditSink, globalGuard } = extras;
  const from = <T>(useFactory: (options: GatehouseModuleOptions, issuer: BuiltinIssuer | null) => T) => ({
    imports: [options],
    inject: [gatehouseOptions, builtinIssuer],
    useFactory,
  });
  const guards: Provider[] = globalGuard === true ? [{ provide: APP_GUARD, useClass: Authenticated }] : [];
  return {
    imports: [
      options,
      ClockModule,
      DatabaseModule.forRootAsync(from(databaseOptionsOf)),
      AuthModule.forRootAsync({
        ...authExtrasOf(extras),
        ...from((given, issuer) => {
          const { issuers = [], ...auth } = authOptionsOf(given);
          return { ...auth, issuers: [...issuers, ...(issuer === null ? [] : [issuer.options])] };
        }),
      }),
      ApiKeysModule.forRootAsync(from(({ apiKeys = {} }) => apiKeys)),
      ToolKeysModule.forRootAsync({ taskResolver, ...from(({ toolKeys = {} }) => toolKeys) }),
      AuditModule,
      ...(auditSink === undefined ? [] : [AuditModule.forRoot({ sink: auditSink })]),
    ],
    providers: [signingKeyWatch, ...guards],
    exports: [AuditModule],
  };
}

function authExtrasOf({
  apiKeyStore,
  keyFormat,
  ownerResolver,
  credentials,
}: GatehouseModuleExtras): AuthModuleExtras {
  const extras = { apiKeyStore, keyFormat, ownerResolver, credentials };
  return Object.fromEntries(Object.entries(extras).filter(([, extra]) => extra !== undefined));
}
