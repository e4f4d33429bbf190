import type { AuthModuleExtras, AuthModuleOptions } from '../../auth/auth.options.js';
import type { DatabaseOptions } from '../../database/database-options.js';
import { devIssuerFolder } from '../../gatehouse/dev-issuer.js';
import { databaseOptionsOf, type GatehouseConfig } from '../../gatehouse/gatehouse.options.js';
import type { IssuerOptions } from '../../jwt/issuers.js';
import {
  type Configuration,
  databaseOptionsOf as databaseOfService,
} from '../../server/configuration/configuration.js';

/** What commands know of the service or application that they work on. */
export interface Installation {
  readonly database: DatabaseOptions;
  readonly auth: AuthModuleOptions & AuthModuleExtras;
  /** Without the built-in issuer. */
  readonly issuers: readonly IssuerOptions[];
  /** The data folder of the built-in issuer; `null` if that is off. */
  readonly issuerFolder: string | null;
  /** The `iss` of its tokens; `null` for the constant name. */
  readonly issuerUrl: string | null;
  /** What turns the built-in issuer on, for messages. */
  readonly issuerSwitch: string;
  /** Whether users can act for owners other than their own. */
  readonly hasMemberships: boolean;
  /** Whether events are also for a sink. The commands only write them to the outbox. */
  readonly hasAuditSink: boolean;
}

/** The service, by its configuration. */
export function installationOf(configuration: Configuration): Installation {
  const { keyPrefix, keyEnvironment, issuers, builtinIssuer, dataDir } = configuration;
  return {
    database: databaseOfService(configuration),
    auth: { keyPrefix, environment: keyEnvironment ?? undefined },
    issuers,
    issuerFolder: builtinIssuer ? dataDir : null,
    issuerUrl: configuration.issuerUrl,
    issuerSwitch: 'BUILTIN_ISSUER',
    hasMemberships: haveMemberships(issuers),
    hasAuditSink: configuration.auditWebhook !== null,
  };
}

/** An application, by the options of its `GatehouseModule`. */
export function installationOfApplication(config: GatehouseConfig): Installation {
  const { keyPrefix, environment, keyFormat, apiKeyStore, issuers = [], ownerResolver, auditSink } = config;
  return {
    database: databaseOptionsOf(config),
    auth: { keyPrefix, environment, keyFormat, apiKeyStore },
    issuers,
    issuerFolder: devIssuerFolder(config) ?? null,
    issuerUrl: null,
    issuerSwitch: 'devIssuer',
    hasMemberships: ownerResolver !== undefined || haveMemberships(issuers),
    hasAuditSink: auditSink !== undefined,
  };
}

/** Whether tokens say for which owner their person acts. */
function haveMemberships(issuers: readonly IssuerOptions[]): boolean {
  return issuers.some(({ person }) => person !== undefined);
}
