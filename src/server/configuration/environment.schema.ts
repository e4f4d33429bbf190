import { isIP } from 'node:net';
import { z } from 'zod';
import { isRedisUrl, redisUrlRule } from '../../limits/redis-url.js';

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .refine((number) => number >= min && number <= max, `must be between ${min} and ${max}`);

const flag = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true');

const webUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });

/** What paths are added to. */
const baseUrl = webUrl.refine((url) => !/[\s?#]/.test(url), 'must have no spaces, query or fragment');

const text = z.string();

/** `true`, `false`, a number of hops, or addresses and networks separated by commas. */
const trustProxy = z
  .string()
  .refine((value) => /^(true|false|\d{1,2})$/.test(value) || value.split(',').every(isNetwork), {
    error: 'must be true, false, a number of hops, or IP addresses and networks separated by commas',
  })
  .transform((value) =>
    /^\d+$/.test(value) ? Number(value) : value === 'true' || (value !== 'false' && value),
  );

/** Names separated by commas. */
const audiences = z
  .string()
  .transform((list) => list.split(',').map((name) => name.trim()))
  .refine((names) => names.length <= 100 && names.every((name) => /^[\x21-\x7e]{1,255}$/.test(name)), {
    error: 'must be at most 100 audiences of 1 to 255 visible ASCII characters, separated by commas',
  });

/** A further issuer, as an element of the list in `JWT_ISSUERS`. */
const furtherIssuer = z
  .strictObject({
    issuer: z.string().min(1),
    audience: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
    jwksUrl: webUrl.optional(),
    publicKey: z.union([z.string().min(1), z.record(z.string(), z.unknown())]).optional(),
  })
  .refine(({ jwksUrl, publicKey }) => (jwksUrl === undefined) !== (publicKey === undefined), {
    error: 'needs either jwksUrl or publicKey',
  });

const furtherIssuers = z
  .string()
  .transform((json, context) => {
    try {
      return JSON.parse(json) as unknown;
    } catch {
      context.addIssue({
        code: 'custom',
        message: 'must be a JSON list of { issuer, audience, jwksUrl or publicKey }',
      });
      return z.NEVER;
    }
  })
  .pipe(z.array(furtherIssuer));

/** The variables the service reads; an empty one counts as not set. All of them stand in `.env.example`. */
export const environmentSchema = z.object({
  NODE_ENV: text.optional(),
  PORT: wholeNumber(0, 65_535).default(3000),
  HOST: text.default('127.0.0.1'),
  METRICS_PORT: wholeNumber(0, 65_535).optional(),
  METRICS_HOST: text.optional(),
  DATA_DIR: text.default('./data'),
  DATABASE_URL: text.optional(),
  DATABASE_DIRECT_URL: z
    .string()
    .regex(/^postgres(ql)?:/i, 'must start with postgres://')
    .optional(),
  REPLICA_NAME: z
    .string()
    .regex(/^[\w.:-]{1,100}$/, 'must be 1 to 100 letters, digits and . : _ -')
    .optional(),
  REDIS_URL: text.refine(isRedisUrl, redisUrlRule).optional(),
  SUPABASE_URL: baseUrl.optional(),
  SUPABASE_JWT_PUBLIC_KEY: text.optional(),
  SUPABASE_JWT_RSA_PUBLIC_KEY: text.optional(),
  JWT_ISSUER: text.optional(),
  JWT_AUDIENCE: text.optional(),
  JWT_JWKS_URL: webUrl.optional(),
  JWT_PUBLIC_KEY: text.optional(),
  JWT_ISSUERS: furtherIssuers.optional(),
  BUILTIN_ISSUER: flag.optional(),
  TOKEN_AUDIENCES: audiences.optional(),
  KEY_PREFIX: z
    .string()
    .regex(
      /^(?!tk$)[a-z][a-z0-9]{0,15}$/,
      'must be 1 to 16 of a-z and 0-9, begin with a letter, and not be tk',
    )
    .default('mk'),
  KEY_ENVIRONMENT: z.enum(['live', 'test'], 'must be live or test').optional(),
  TRUST_PROXY: trustProxy.default(false),
  AUTH_FAILURES_PER_MINUTE: wholeNumber(0, 1_000_000).default(60),
  CONFINE_AGENTS: flag.default(false),
  MAX_TOOL_KEYS_PER_TASK: wholeNumber(1, 100_000).default(100),
  LOG_LEVEL: z.enum(['error', 'warn', 'log', 'debug'], 'must be error, warn, log or debug').default('log'),
  LOG_REQUESTS: flag.optional(),
  AUDIT_RETENTION_DAYS: wholeNumber(1, 36_500).optional(),
  USAGE_RETENTION_DAYS: wholeNumber(1, 36_500).optional(),
  DRAIN_SECONDS: wholeNumber(0, 60).default(1),
});

export type Environment = z.output<typeof environmentSchema>;

function isNetwork(entry: string): boolean {
  const [address = '', bits] = entry.trim().split('/');
  const version = isIP(address);
  if (version === 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
