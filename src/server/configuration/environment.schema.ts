import { z } from 'zod';
import {
  isWebhookUrl,
  parseWebhookSecrets,
  webhookSecretRule,
  webhookUrlRule,
} from '../../audit/webhook-audit-sink.js';
import { isRedisUrl, redisUrlRule } from '../../limits/rate-limiter.js';
import { about, flag, text, trustProxy, wholeNumber } from './environment-rules.js';
import { issuerVariables } from './environment-issuers.js';

const listening = {
  PORT: wholeNumber(0, 65_535).default(3000).meta(about('Where it listens; `0` takes any free port.')),
  HOST: text.default('127.0.0.1').meta(about('The address it listens on; `0.0.0.0` for all of the machine.')),
  METRICS_PORT: wholeNumber(0, 65_535)
    .optional()
    .meta(about('Another port, for `GET /metrics` of Prometheus only. It cannot be that of `PORT`.', 'off')),
  METRICS_HOST: text
    .optional()
    .meta(about('The address of that port. Refused without `METRICS_PORT`.', '`HOST`')),
  TRUST_PROXY: trustProxy
    .default(false)
    .meta(
      about(
        'Which proxies are trusted to report the client’s address (`X-Forwarded-For`) and `X-Request-Id`: none, a number of hops, or a list of addresses. `true` trusts all.',
      ),
    ),
  AUTH_FAILURES_PER_MINUTE: wholeNumber(0, 1_000_000)
    .default(60)
    .meta(
      about('Bad credentials that one address (of IPv6: one /64) may send in a minute; `0` is no limit.'),
    ),
  MAX_CONNECTIONS: wholeNumber(10, 1_000_000)
    .default(15_000)
    .meta(
      about(
        'The most open connections. One more is accepted, and another is closed: an idle one of the client with the most.',
      ),
    ),
  DOCS: flag
    .default(true)
    .meta(about('`false`: no Swagger UI at `/docs`, and no OpenAPI document at `/docs-json`.')),
  DRAIN_SECONDS: wholeNumber(0, 60)
    .default(1)
    .meta(
      about('How long requests are still accepted after SIGTERM, while `/health/ready` already says no.'),
    ),
};

const storage = {
  DATA_DIR: text
    .default('./data')
    .meta(
      about('The folder of the SQLite file, the first admin key and the key pair of the built-in issuer.'),
    ),
  DATABASE_URL: text
    .optional()
    .meta(
      about(
        '`postgres://user:password@host:5432/name`, `sqlite:///absolute/path` or `sqlite:relative/path`.',
        'SQLite in `DATA_DIR`',
      ),
    ),
  DATABASE_DIRECT_URL: z
    .string()
    .regex(/^postgres(ql)?:/i, 'must start with postgres://')
    .optional()
    .meta(
      about(
        'The same database without the pooler that `DATABASE_URL` goes through, to listen for changes.',
        '`DATABASE_URL`',
      ),
    ),
  REPLICA_NAME: z
    .string()
    .regex(/^[\w.:-]{1,100}$/, 'must be 1 to 100 letters, digits and . : _ -')
    .optional()
    .meta(about('What this process is called in receipts.', 'the name of the host')),
  REDIS_URL: text
    .refine(isRedisUrl, redisUrlRule)
    .optional()
    .meta(
      about(
        'A Redis or Valkey that counts the limits of keys for all replicas together.',
        'each process counts on its own',
      ),
    ),
  AUDIT_RETENTION_DAYS: wholeNumber(1, 36_500)
    .optional()
    .meta(about('After how many days audit events, and tool keys that ended before, are deleted.', 'never')),
  USAGE_RETENTION_DAYS: wholeNumber(1, 36_500)
    .optional()
    .meta(about('After how many days the hourly counts of how keys were used are deleted.', 'never')),
  AUDIT_WEBHOOK_URL: text
    .refine(isWebhookUrl, webhookUrlRule)
    .optional()
    .meta(about('Where the events of the audit trail are sent as well, as Standard Webhooks.', 'nowhere')),
  AUDIT_WEBHOOK_SECRET: text
    .refine((secrets) => parseWebhookSecrets(secrets) !== undefined, webhookSecretRule)
    .optional()
    .meta(about('What they are signed with. Refused without `AUDIT_WEBHOOK_URL`, and that without this.')),
};

const keys = {
  KEY_PREFIX: z
    .string()
    .regex(
      /^(?!tk$)[a-z][a-z0-9]{0,15}$/,
      'must be 1 to 16 of a-z and 0-9, begin with a letter, and not be tk',
    )
    .default('mk')
    .meta(about('The first part of new API keys.')),
  KEY_ENVIRONMENT: z
    .enum(['live', 'test'], 'must be live or test')
    .optional()
    .meta(about('Only keys of this environment are good here.', 'both')),
  CONFINE_AGENTS: flag
    .default(false)
    .meta(about('`true`: a request with `X-Agent-Context: 1` is refused if it acts as a person.')),
  BASIC_AUTH: flag
    .default(false)
    .meta(about('`true`: an API key or tool key may also be the password of HTTP Basic.')),
  MAX_TOOL_KEYS_PER_TASK: wholeNumber(1, 100_000)
    .default(100)
    .meta(about('The most active tool keys of one task.')),
  MAX_TOOL_KEYS_PER_OWNER: wholeNumber(1, 1_000_000)
    .default(10_000)
    .meta(about('The most active tool keys of one owner.')),
  MAX_TOOL_KEYS_PER_TASK_AND_MINUTE: wholeNumber(1, 1_000_000)
    .default(600)
    .meta(about('The most tool keys that can be requested for one task in a minute, at each replica.')),
  MAX_HEARTBEATS_PER_INTERVAL: wholeNumber(1, 1_000)
    .default(5)
    .meta(about('The most heartbeats of one tool key within its `heartbeatSeconds`, at each replica.')),
  MAX_API_KEYS_PER_OWNER: wholeNumber(1, 1_000_000)
    .default(1_000)
    .meta(
      about(
        'The most API keys of one owner that are neither revoked nor expired. Admins and the command line are not held to it.',
      ),
    ),
};

const behaviour = {
  NODE_ENV: text
    .optional()
    .meta(about('`production`: logs are JSON lines, and the built-in issuer is off unless switched on.')),
  LOG_LEVEL: z
    .enum(['error', 'warn', 'log', 'debug'], 'must be error, warn, log or debug')
    .default('log')
    .meta(about('What is logged: this and what is worse.')),
  LOG_REQUESTS: flag
    .optional()
    .meta(about('A line in the log for each request.', '`true` in production; else at `debug` only')),
};

/** The same, in sections and in the order of the reference. */
export const environmentSections = {
  'Where it listens': listening,
  'Where it keeps things': storage,
  'Whose tokens it accepts': issuerVariables,
  'Keys and agents': keys,
  'Mode and logs': behaviour,
};

/** The variables the service reads; an empty one counts as not set. All of them stand in `.env.example`. */
export const environmentSchema = z.object({
  ...listening,
  ...storage,
  ...issuerVariables,
  ...keys,
  ...behaviour,
});

export type Environment = z.output<typeof environmentSchema>;
