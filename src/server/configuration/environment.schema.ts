import { z } from 'zod';
import {
  isWebhookUrl,
  parseWebhookSecrets,
  webhookSecretRule,
  webhookUrlRule,
} from '../../audit/webhook-audit-sink.js';
import { isSchemaName, schemaRule } from '../../database/tables/table-names.js';
import { isRedisUrl, redisUrlRule } from '../../limits/rate-limiter.js';
import { githubKeysUrlRule, isGithubKeysUrl } from '../../leaks/leak-options.js';
import { nodeEnvironments } from '../../support/node-environment.js';
import { about, flag, leakPolicy, text, trustProxy, wholeNumber } from './environment-rules.js';
import { consoleVariables } from './environment-console.js';
import { issuerVariables } from './environment-issuers.js';

const listening = {
  PORT: wholeNumber(0, 65_535).default(3000).meta(about('The port; `0` takes any free one.')),
  HOST: text.default('127.0.0.1').meta(about('The address; `0.0.0.0` for all of the machine.')),
  METRICS_PORT: wholeNumber(0, 65_535)
    .optional()
    .meta(about('A port for `GET /metrics` only, other than `PORT`.', 'off')),
  METRICS_HOST: text.optional().meta(about('Its address. Rejected without `METRICS_PORT`.', '`HOST`')),
  TRUST_PROXY: trustProxy
    .default(false)
    .meta(about('Proxies whose `X-Forwarded-For` and `X-Request-Id` are trusted. `true` trusts all.')),
  AUTH_FAILURES_PER_MINUTE: wholeNumber(0, 1_000_000)
    .default(60)
    .meta(about('Bad credentials per minute from one address (IPv6: /64); `0` is no limit.')),
  MAX_CONNECTIONS: wholeNumber(10, 1_000_000)
    .default(15_000)
    .meta(about('Open connections. One more closes an idle one of the client with the most.')),
  DOCS: flag.default(true).meta(about('Swagger UI at `/docs` and the OpenAPI document at `/docs-json`.')),
  DRAIN_SECONDS: wholeNumber(0, 60)
    .default(1)
    .meta(about('How long requests are accepted after SIGTERM, while `/health/ready` fails.')),
};

export const defaultDataDir = './data';

const storage = {
  DATA_DIR: text
    .default(defaultDataDir)
    .meta(about('Folder of the SQLite file, the first admin key and the built-in issuer’s key pair.')),
  DATABASE_URL: text
    .optional()
    .meta(
      about(
        '`postgres://user:password@host:5432/name`, `sqlite:///absolute/path` or `sqlite:relative/path`.',
        'SQLite in `DATA_DIR`',
      ),
    ),
  DATABASE_SCHEMA: text
    .refine(isSchemaName, schemaRule)
    .optional()
    .meta(
      about(
        'PostgreSQL: the schema of the tables, created if missing. Set it before the first start.',
        'first in the `search_path`',
      ),
    ),
  DATABASE_POOLER: flag
    .default(false)
    .meta(about('`DATABASE_URL` leads through a pooler (PgBouncer): each transaction sets its time limits.')),
  DATABASE_DIRECT_URL: z
    .string()
    .regex(/^postgres(ql)?:/i, 'must be a postgres:// URL')
    .optional()
    .meta(about('The same database without the pooler, to listen for changes.', '`DATABASE_URL`')),
  DATABASE_MAX_CONNECTION_SECONDS: wholeNumber(1, 86_400)
    .default(60)
    .meta(
      about(
        'PostgreSQL: the age at which a connection is replaced, so that it leads to the current primary.',
      ),
    ),
  REPLICA_NAME: z
    .string()
    .regex(/^[\w.:-]{1,100}$/, 'must be 1 to 100 letters, digits and . : _ -')
    .optional()
    .meta(about('Name of this process in receipts.', 'host name')),
  REDIS_URL: text
    .refine(isRedisUrl, redisUrlRule)
    .optional()
    .meta(about('Redis or Valkey that counts key limits for all replicas.', 'each process counts')),
  AUDIT_RETENTION_DAYS: wholeNumber(1, 36_500)
    .optional()
    .meta(about('Days after which audit events and ended tool keys are deleted.', 'never')),
  USAGE_RETENTION_DAYS: wholeNumber(1, 36_500)
    .optional()
    .meta(about('Days after which hourly usage counts are deleted.', 'never')),
  AUDIT_WEBHOOK_URL: text
    .refine(isWebhookUrl, webhookUrlRule)
    .optional()
    .meta(about('Receives audit events as Standard Webhooks.', 'nowhere')),
  AUDIT_WEBHOOK_SECRET: text
    .refine((secrets) => parseWebhookSecrets(secrets) !== undefined, webhookSecretRule)
    .optional()
    .meta(about('Signs them. Required with `AUDIT_WEBHOOK_URL` only.')),
};

const keys = {
  KEY_PREFIX: z
    .string()
    .regex(
      /^(?!tk$)[a-z][a-z0-9]{0,15}$/,
      'must be 1 to 16 of a-z and 0-9, begin with a letter, and not be tk',
    )
    .default('mk')
    .meta(about('First part of new API keys.')),
  KEY_ENVIRONMENT: z
    .enum(['live', 'test'], 'must be live or test')
    .optional()
    .meta(about('The only environment whose keys are accepted.', 'both')),
  CONFINE_AGENTS: flag
    .default(false)
    .meta(about('Rejects requests with `X-Agent-Context: 1` that act as a person.')),
  BASIC_AUTH: flag
    .default(false)
    .meta(about('An API key or tool key may also be the password of HTTP Basic.')),
  MAX_TOOL_KEYS_PER_TASK: wholeNumber(1, 100_000).default(100).meta(about('Active tool keys of one task.')),
  MAX_TOOL_KEYS_PER_OWNER: wholeNumber(1, 1_000_000)
    .default(10_000)
    .meta(about('Active tool keys of one owner.')),
  MAX_TOOL_KEYS_PER_TASK_AND_MINUTE: wholeNumber(1, 1_000_000)
    .default(600)
    .meta(about('Tool keys requested for one task per minute and replica.')),
  MAX_HEARTBEATS_PER_INTERVAL: wholeNumber(1, 1_000)
    .default(5)
    .meta(about('Heartbeats of one tool key per `heartbeatSeconds` and replica.')),
  MAX_API_KEYS_PER_OWNER: wholeNumber(1, 1_000_000)
    .default(1_000)
    .meta(
      about(
        'Service keys of one owner that are neither revoked nor expired. Admins and the command line may exceed it.',
      ),
    ),
  UNUSED_DAYS: wholeNumber(0, 36_500)
    .default(90)
    .meta(about('Days without a use after which an API key has an `unused` event; `0` is never.')),
  UNUSED_ACTION: z
    .enum(['notify', 'disable'], 'must be notify or disable')
    .default('notify')
    .meta(
      about(
        'What happens then: `notify`, or `disable`, which also disables service and access keys, unless they are an admin’s.',
      ),
    ),
  ACCESS_KEYS_PER_USER: wholeNumber(1, 10_000)
    .default(50)
    .meta(about('Access keys of one user that are neither revoked nor expired.')),
  ACCESS_KEY_MAX_DAYS: wholeNumber(1, 36_500)
    .default(365)
    .meta(
      about('Days after which an access key expires at the latest; 90, or fewer, if it names no expiry.'),
    ),
  ACCESS_KEYS_WITHOUT_EXPIRY: flag
    .default(false)
    .meta(about('People may create access keys that never expire.')),
  LEAK_POLICY: leakPolicy
    .default({})
    .meta(
      about(
        'What happens to [leaked keys](operations/leaked-keys.md) that are reported, by their kind.',
        '`admin=notify`, the others `revoke`',
      ),
    ),
  LEAK_GITHUB_KEYS_URL: text
    .refine(isGithubKeysUrl, githubKeysUrlRule)
    .optional()
    .meta(about('Where the keys are that sign GitHub’s reports of leaked keys.', 'no such reports')),
};

const behaviour = {
  NODE_ENV: z
    .enum(nodeEnvironments, `must be ${nodeEnvironments.join(', ')}, or not set`)
    .default('development')
    .meta(about('`production`: JSON logs; built-in issuer off by default.')),
  LOG_LEVEL: z
    .enum(['error', 'warn', 'log', 'debug'], 'must be error, warn, log or debug')
    .default('log')
    .meta(about('The least severe level that is logged.')),
  LOG_REQUESTS: flag.optional().meta(about('Logs each request.', '`true` in production, else at `debug`')),
};

/** The same, in sections and in the order of the reference. */
export const environmentSections = {
  Network: listening,
  Console: consoleVariables,
  Storage: storage,
  Issuers: issuerVariables,
  'Keys and agents': keys,
  'Mode and logs': behaviour,
};

/** The variables the service reads; an empty one counts as not set. All of them stand in `.env.example`. */
export const environmentSchema = z.object({
  ...listening,
  ...consoleVariables,
  ...storage,
  ...issuerVariables,
  ...keys,
  ...behaviour,
});

export type EnvironmentVariables = z.output<typeof environmentSchema>;
