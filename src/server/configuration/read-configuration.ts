import { join, resolve } from 'node:path';
import { JwtVerifier } from '../../jwt/jwt-verifier.js';
import type { IssuerOptions } from '../../jwt/issuers.js';
import { parseDatabaseUrl } from '../../database/database-location.js';
import { Clock } from '../../support/clock.js';
import { BuiltinIssuer } from '../../issuer/builtin-issuer.js';
import type { Configuration } from './configuration.js';
import { ConfigurationError } from '../../support/errors.js';
import { consoleLoginOf, problemsOfConsoleLogin } from './environment-console.js';
import { issuersOf } from './environment-issuers.js';
import { environmentSchema, type EnvironmentVariables } from './environment.schema.js';

/** Reads and checks the environment. Throws a `ConfigurationError` that lists everything wrong, not only the first. */
export function readConfiguration(environment: NodeJS.ProcessEnv): Configuration {
  const trimmed = Object.entries(environment).map(([name, value = '']) => [name, value.trim()] as const);
  const set = Object.fromEntries(trimmed.filter(([, value]) => value !== ''));
  const issues = environmentSchema.safeParse(set).error?.issues ?? [];
  // Invalid variables are left out, so that the rest can be checked too.
  const env = environmentSchema.parse({
    ...set,
    ...Object.fromEntries(issues.map(({ path }) => [path[0], undefined])),
  });
  const issuers = issuersOf(env);
  const builtinIssuer = env.BUILTIN_ISSUER ?? env.NODE_ENV !== 'production';
  const problems = [
    ...issues.map(({ path, message }) => `${nameOf(path)} ${message}`),
    ...contradictionsIn(set),
    ...problemsOfPorts(env),
    ...problemsOfDatabase('DATABASE_URL', env.DATABASE_URL),
    ...problemsOfDatabase('DATABASE_DIRECT_URL', env.DATABASE_DIRECT_URL),
    ...problemsOf(issuers),
    ...problemsOfConsoleLogin(env, issuers),
    ...(builtinIssuer ? namesakes(issuers, env) : []),
    ...(builtinIssuer ? problemsOfAudiences(env) : []),
  ];
  if (problems.length > 0) throw new ConfigurationError(problems);
  return {
    port: env.PORT,
    host: env.HOST,
    metrics:
      env.METRICS_PORT === undefined ? null : { port: env.METRICS_PORT, host: env.METRICS_HOST ?? env.HOST },
    dataDir: env.DATA_DIR,
    databaseUrl: env.DATABASE_URL ?? join(resolve(env.DATA_DIR), 'gatehouse.db'),
    databaseSchema: env.DATABASE_SCHEMA,
    databasePooler: env.DATABASE_POOLER,
    databaseDirectUrl: env.DATABASE_DIRECT_URL,
    databaseMaxConnectionSeconds: env.DATABASE_MAX_CONNECTION_SECONDS,
    replicaName: env.REPLICA_NAME,
    redisUrl: env.REDIS_URL ?? null,
    issuers,
    builtinIssuer,
    issuerUrl: env.ISSUER_URL ?? null,
    tokenAudiences: env.TOKEN_AUDIENCES ?? (env.NODE_ENV === 'production' ? [] : null),
    keyPrefix: env.KEY_PREFIX,
    keyEnvironment: env.KEY_ENVIRONMENT ?? null,
    trustProxy: env.TRUST_PROXY,
    failuresPerMinute: env.AUTH_FAILURES_PER_MINUTE,
    confineAgents: env.CONFINE_AGENTS,
    basicAuth: env.BASIC_AUTH,
    maxToolKeysPerTask: env.MAX_TOOL_KEYS_PER_TASK,
    maxToolKeysPerOwner: env.MAX_TOOL_KEYS_PER_OWNER,
    maxToolKeysPerTaskAndMinute: env.MAX_TOOL_KEYS_PER_TASK_AND_MINUTE,
    maxHeartbeatsPerInterval: env.MAX_HEARTBEATS_PER_INTERVAL,
    maxApiKeysPerOwner: env.MAX_API_KEYS_PER_OWNER,
    unusedDays: env.UNUSED_DAYS,
    unusedAction: env.UNUSED_ACTION,
    accessKeys: {
      perUser: env.ACCESS_KEYS_PER_USER,
      maxDays: env.ACCESS_KEY_MAX_DAYS,
      withoutExpiry: env.ACCESS_KEYS_WITHOUT_EXPIRY,
    },
    leakPolicy: env.LEAK_POLICY,
    leakGithubKeysUrl: env.LEAK_GITHUB_KEYS_URL ?? null,
    logLevel: env.LOG_LEVEL,
    jsonLogs: env.NODE_ENV === 'production',
    logRequests: env.LOG_REQUESTS ?? env.NODE_ENV === 'production',
    auditRetentionDays: env.AUDIT_RETENTION_DAYS ?? null,
    usageRetentionDays: env.USAGE_RETENTION_DAYS ?? null,
    auditWebhook: auditWebhookOf(env),
    maxConnections: env.MAX_CONNECTIONS,
    docs: env.DOCS,
    console: consoleOf(env),
    consoleLogin: consoleLoginOf(env, issuers),
    drainSeconds: env.DRAIN_SECONDS,
  };
}

function nameOf(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`))
    .join('');
}

function auditWebhookOf({ AUDIT_WEBHOOK_URL: url, AUDIT_WEBHOOK_SECRET: secret }: EnvironmentVariables) {
  return url === undefined || secret === undefined ? null : { url, secret };
}

function consoleOf({ CONSOLE, CONSOLE_PORT, CONSOLE_HOST, HOST }: EnvironmentVariables) {
  if (!CONSOLE || CONSOLE_PORT === undefined) return CONSOLE;
  return { port: CONSOLE_PORT, host: CONSOLE_HOST ?? HOST };
}

/** Each variable that cannot be set without another one, and that one. */
const requirements = [
  ['JWT_AUDIENCE', 'JWT_ISSUER'],
  ['JWT_JWKS_URL', 'JWT_ISSUER'],
  ['JWT_PUBLIC_KEY', 'JWT_ISSUER'],
  ['JWT_ISSUER', 'JWT_AUDIENCE'],
  ['JWT_FIRST_PARTY', 'JWT_ISSUER'],
  ['JWT_FIRST_PARTY_CLIENTS', 'JWT_ISSUER'],
  ['JWT_CLIENT_CLAIM', 'JWT_ISSUER'],
  ['JWT_ACCEPT_ID_TOKENS', 'JWT_ISSUER'],
  ['SUPABASE_FIRST_PARTY_CLIENTS', 'SUPABASE_URL'],
  ['SUPABASE_JWT_PUBLIC_KEY', 'SUPABASE_URL'],
  ['SUPABASE_JWT_RSA_PUBLIC_KEY', 'SUPABASE_URL'],
  ['METRICS_HOST', 'METRICS_PORT'],
  ['CONSOLE_HOST', 'CONSOLE_PORT'],
  ['CONSOLE_ISSUER', 'CONSOLE_CLIENT_ID'],
  ['CONSOLE_RESOURCE', 'CONSOLE_CLIENT_ID'],
  ['AUDIT_WEBHOOK_URL', 'AUDIT_WEBHOOK_SECRET'],
  ['AUDIT_WEBHOOK_SECRET', 'AUDIT_WEBHOOK_URL'],
] as const;

/** Variables for PostgreSQL only. */
const ofPostgres = ['DATABASE_SCHEMA', 'DATABASE_POOLER', 'DATABASE_DIRECT_URL'] as const;

/** The errors in combinations of variables: one is missing, or two exclude each other. */
function contradictionsIn(set: Readonly<Record<string, string | undefined>>): string[] {
  const { JWT_ISSUER, JWT_JWKS_URL, JWT_PUBLIC_KEY, DATABASE_URL = '' } = set;
  const problems = requirements
    .filter(([name, required]) => set[name] !== undefined && set[required] === undefined)
    .map(([name, required]) => `${required} is missing, but ${name} is set`);
  if (JWT_ISSUER !== undefined && JWT_JWKS_URL === undefined && JWT_PUBLIC_KEY === undefined)
    problems.push('JWT_JWKS_URL is missing, and so is JWT_PUBLIC_KEY, but JWT_ISSUER is set');
  if (JWT_ISSUER !== undefined && JWT_JWKS_URL !== undefined && JWT_PUBLIC_KEY !== undefined)
    problems.push('JWT_JWKS_URL cannot be set together with JWT_PUBLIC_KEY');
  if (!/^\s*postgres(ql)?:/i.test(DATABASE_URL))
    for (const name of ofPostgres)
      if (set[name] !== undefined)
        problems.push(`DATABASE_URL names no PostgreSQL server, but ${name} is set`);
  return problems;
}

/** Access to one port must not give access to the other. */
function problemsOfPorts({ PORT, METRICS_PORT, CONSOLE_PORT }: EnvironmentVariables): string[] {
  const isSame = (one: number | undefined, other: number | undefined) => one === other && (one ?? 0) !== 0;
  return [
    ...(isSame(METRICS_PORT, PORT) ? ['METRICS_PORT must not be that of PORT'] : []),
    ...(isSame(CONSOLE_PORT, PORT) ? ['CONSOLE_PORT must not be that of PORT'] : []),
    ...(isSame(CONSOLE_PORT, METRICS_PORT) ? ['CONSOLE_PORT must not be that of METRICS_PORT'] : []),
  ];
}

function problemsOfDatabase(variable: string, url: string | undefined): string[] {
  if (url === undefined) return [];
  return problemOf(() => parseDatabaseUrl(url)).map((problem) => `${variable}: ${problem}`);
}

/** A token for the built-in audience authenticates a person here. */
function problemsOfAudiences({ TOKEN_AUDIENCES = [] }: EnvironmentVariables): string[] {
  const { audience } = BuiltinIssuer;
  if (!TOKEN_AUDIENCES.includes(audience)) return [];
  return [`TOKEN_AUDIENCES must not name ${audience}, the audience of people's tokens here`];
}

/** The issuers that have the name of the built-in one. */
function namesakes(issuers: readonly IssuerOptions[], { ISSUER_URL }: EnvironmentVariables): string[] {
  const { issuer: name } = BuiltinIssuer;
  return issuers
    .filter(({ issuer }) => issuer === name || issuer === ISSUER_URL)
    .map(
      ({ setBy, issuer }) =>
        `${setBy}: the issuer ${issuer} is the built-in one; to use another, set BUILTIN_ISSUER to false`,
    );
}

/** The errors of loading the keys: of each issuer, then of the list as a whole. */
function problemsOf(issuers: readonly IssuerOptions[]): string[] {
  const alone = issuers.flatMap((issuer) => problemOf(() => trust([issuer])));
  return alone.length > 0 ? alone : problemOf(() => trust(issuers));
}

function trust(issuers: readonly IssuerOptions[]): JwtVerifier {
  return new JwtVerifier(issuers, new Clock(), { log() {}, warn() {} });
}

function problemOf(check: () => unknown): string[] {
  try {
    check();
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
