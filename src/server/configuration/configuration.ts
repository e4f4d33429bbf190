import type { Environment } from '../../principal/authenticated-user.js';
import type { ConsoleLoginOptions } from '../../console/console-login.js';
import type { DatabaseUrlOptions } from '../../database/database-options.js';
import { gatehouseEntities } from '../../entities.js';
import type { IssuerOptions } from '../../jwt/issuers.js';
import type { LeakPolicy } from '../../leaks/leak-options.js';

/** The configuration of the service, read from its environment. */
export interface Configuration {
  readonly port: number;
  readonly host: string;
  /** Where `GET /metrics` is served, on a separate port; `null` disables it. */
  readonly metrics: { readonly port: number; readonly host: string } | null;
  /** Absolute or from the working directory. */
  readonly dataDir: string;
  readonly databaseUrl: string;
  /** PostgreSQL: the schema of the tables; by default the first in the `search_path`. */
  readonly databaseSchema: string | undefined;
  /** Whether `databaseUrl` leads through a pooler that refuses parameters of connections. */
  readonly databasePooler: boolean;
  /** The same database without a pooler in between, for the change feed. */
  readonly databaseDirectUrl: string | undefined;
  /** The age at which a connection to PostgreSQL is replaced. */
  readonly databaseMaxConnectionSeconds: number;
  /** The name of this process in receipts; by default the name of the host. */
  readonly replicaName: string | undefined;
  /** Where the limits of all replicas are counted; `null`: each replica counts on its own. May contain a password. */
  readonly redisUrl: string | null;
  /** The issuers whose JWTs are accepted, the primary one first, without the built-in one. */
  readonly issuers: readonly IssuerOptions[];
  readonly builtinIssuer: boolean;
  /** The `iss` of its tokens; `null` for the constant name. */
  readonly issuerUrl: string | null;
  /** The audiences for which keys may be exchanged for tokens; `null` allows all but the service itself. */
  readonly tokenAudiences: readonly string[] | null;
  readonly keyPrefix: string;
  /** The environment whose keys are accepted; `null` accepts both. */
  readonly keyEnvironment: Environment | null;
  /** Which proxies are trusted to report the client's address, as in Fastify's option. */
  readonly trustProxy: boolean | number | string;
  /** Bad credentials that one address may send in a minute; 0 disables the limit. */
  readonly failuresPerMinute: number;
  /** Whether a request with `X-Agent-Context: 1` is rejected if it acts as a person. */
  readonly confineAgents: boolean;
  /** Whether keys are accepted as the password of HTTP Basic. */
  readonly basicAuth: boolean;
  /** Maximum number of active tool keys of one task. */
  readonly maxToolKeysPerTask: number;
  /** Maximum number of active tool keys of one owner. */
  readonly maxToolKeysPerOwner: number;
  /** Maximum number of tool keys requested for one task in a minute. */
  readonly maxToolKeysPerTaskAndMinute: number;
  /** Maximum number of heartbeats of one tool key within its interval. */
  readonly maxHeartbeatsPerInterval: number;
  /** Maximum number of API keys of one owner that are neither revoked nor expired. */
  readonly maxApiKeysPerOwner: number;
  /** After how many days without a use a key has an `unused` event; 0: never. */
  readonly unusedDays: number;
  /** Whether the key is then disabled, too. */
  readonly unusedAction: 'notify' | 'disable';
  readonly accessKeys: {
    readonly perUser: number;
    readonly maxDays: number;
    readonly withoutExpiry: boolean;
  };
  /** What happens to keys that are reported as leaked, where it differs from the default. */
  readonly leakPolicy: LeakPolicy;
  /** Where the keys of GitHub's reports of leaked keys are; `null`: it does not report here. */
  readonly leakGithubKeysUrl: string | null;
  readonly logLevel: 'error' | 'warn' | 'log' | 'debug';
  /** Whether each line of the log is a JSON object instead of text. */
  readonly jsonLogs: boolean;
  /** Whether each request is logged; otherwise only at `LOG_LEVEL=debug`. */
  readonly logRequests: boolean;
  /** After how many days audit events and ended tool keys are deleted; `null`: never. */
  readonly auditRetentionDays: number | null;
  /** After how many days the usage counts of keys are deleted; `null`: never. */
  readonly usageRetentionDays: number | null;
  /** Where audit events are also sent; `null`: nowhere. The secret must not be logged. */
  readonly auditWebhook: { readonly url: string; readonly secret: string } | null;
  /** Maximum number of open connections; one more closes another. */
  readonly maxConnections: number;
  /** Whether Swagger UI and the OpenAPI document are served. */
  readonly docs: boolean;
  /** Whether the console is served: at `/console` of the service, or on a port of its own. */
  readonly console: boolean | { readonly port: number; readonly host: string };
  /** How people sign in to it at an issuer; `null`: they do not. */
  readonly consoleLogin: ConsoleLoginOptions | null;
  /** How long requests are still accepted after SIGTERM while `/health/ready` answers 503, in seconds. */
  readonly drainSeconds: number;
}

/** The database of the service, also for commands. */
export function databaseOptionsOf(configuration: Configuration): DatabaseUrlOptions {
  return {
    url: configuration.databaseUrl,
    entities: gatehouseEntities,
    schema: configuration.databaseSchema,
    pooler: configuration.databasePooler,
    maxConnectionSeconds: configuration.databaseMaxConnectionSeconds,
    changeFeed: { directUrl: configuration.databaseDirectUrl, replicaName: configuration.replicaName },
  };
}
