import type { Environment } from '../../principal/authenticated-user.js';
import type { IssuerOptions } from '../../jwt/issuers.js';

/** Everything the service decides from its environment. */
export interface Configuration {
  readonly port: number;
  readonly host: string;
  /** Where `GET /metrics` is offered, never where the rest is; `null`: nowhere. */
  readonly metrics: { readonly port: number; readonly host: string } | null;
  /** Absolute or from the working directory. */
  readonly dataDir: string;
  readonly databaseUrl: string;
  /** The same database without a pooler in between, for what must listen. */
  readonly databaseDirectUrl: string | undefined;
  /** What this process is called in receipts; `undefined`: its host's name. */
  readonly replicaName: string | undefined;
  /** Where limits are counted for all replicas together; `null`: each counts by itself. May hold a password. */
  readonly redisUrl: string | null;
  /** Whose JWTs are accepted, the primary issuer first; the built-in one is not among them. */
  readonly issuers: readonly IssuerOptions[];
  readonly builtinIssuer: boolean;
  /** For whom keys may be exchanged for tokens of the built-in issuer; `null`: for anybody but the service itself. */
  readonly tokenAudiences: readonly string[] | null;
  readonly keyPrefix: string;
  /** The environment whose keys are good here; `null`: both. */
  readonly keyEnvironment: Environment | null;
  /** As Fastify takes it: whom to believe about the client's address. */
  readonly trustProxy: boolean | number | string;
  /** Bad credentials that one address may send in a minute; 0: any number. */
  readonly failuresPerMinute: number;
  /** Whether `X-Agent-Context: 1` keeps a request from acting as a person. */
  readonly confineAgents: boolean;
  /** Whether keys may come as the password of HTTP Basic. */
  readonly basicAuth: boolean;
  /** The most active tool keys of one task. */
  readonly maxToolKeysPerTask: number;
  /** The most active tool keys of one owner. */
  readonly maxToolKeysPerOwner: number;
  /** The most tool keys that may be asked for of one task in a minute. */
  readonly maxToolKeysPerTaskAndMinute: number;
  /** The most heartbeats of one tool key within its interval. */
  readonly maxHeartbeatsPerInterval: number;
  /** The most API keys of one owner that are neither revoked nor expired. */
  readonly maxApiKeysPerOwner: number;
  readonly logLevel: 'error' | 'warn' | 'log' | 'debug';
  /** One JSON object a line instead of text. */
  readonly jsonLogs: boolean;
  /** Whether each request leaves a line in the log; otherwise only at `LOG_LEVEL=debug`. */
  readonly logRequests: boolean;
  /** After how many days an audit event, and an ended tool key, is deleted; `null`: never. */
  readonly auditRetentionDays: number | null;
  /** After how many days the counts of how keys were used are deleted; `null`: never. */
  readonly usageRetentionDays: number | null;
  /** Where the events of the audit trail are sent as well; `null`: nowhere. The secret is not for the log. */
  readonly auditWebhook: { readonly url: string; readonly secret: string } | null;
  /** The most open connections; one more closes another. */
  readonly maxConnections: number;
  /** Whether Swagger UI and the OpenAPI document are served. */
  readonly docs: boolean;
  /** How long requests are still accepted after SIGTERM, so that a balancer sees `/health/ready` say no. */
  readonly drainSeconds: number;
}
