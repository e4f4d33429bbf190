import type { Environment } from '../../principal/authenticated-user.js';
import type { IssuerOptions } from '../../auth/verifiers/issuer-options.js';

/** Everything the service decides from its environment. */
export interface Configuration {
  readonly port: number;
  readonly host: string;
  /** Absolute or from the working directory. */
  readonly dataDir: string;
  readonly databaseUrl: string;
  /** Whose JWTs are accepted, the primary issuer first; the built-in one is not among them. */
  readonly issuers: readonly IssuerOptions[];
  readonly builtinIssuer: boolean;
  readonly keyPrefix: string;
  /** The environment whose keys are good here; `null`: both. */
  readonly keyEnvironment: Environment | null;
  /** As Fastify takes it: whom to believe about the client's address. */
  readonly trustProxy: boolean | number | string;
  /** Bad credentials that one address may send in a minute; 0: any number. */
  readonly failuresPerMinute: number;
  /** Whether `X-Agent-Context: 1` keeps a request from acting as a person. */
  readonly confineAgents: boolean;
  /** The most active tool keys of one task. */
  readonly maxToolKeysPerTask: number;
  readonly logLevel: 'error' | 'warn' | 'log' | 'debug';
  /** One JSON object a line instead of text. */
  readonly jsonLogs: boolean;
  /** How long requests are still accepted after SIGTERM, so that a balancer sees `/health/ready` say no. */
  readonly drainSeconds: number;
}
