import { generateKeyPairSync } from 'node:crypto';
import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readConfiguration } from './read-configuration.js';

const pem = (type: 'ec' | 'rsa') =>
  (type === 'ec'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('rsa', { modulusLength: 2048 })
  ).publicKey
    .export({ format: 'pem', type: 'spki' })
    .toString()
    .trim();

it('has a default for everything', () => {
  expect(readConfiguration({})).toEqual({
    port: 3e3,
    host: '127.0.0.1',
    metrics: null,
    databaseMaxConnectionSeconds: 60,
    databasePooler: false,
    dataDir: './data',
    databaseUrl: resolve('data/gatehouse.db'),
    redisUrl: null,
    issuers: [],
    builtinIssuer: true,
    issuerUrl: null,
    tokenAudiences: null,
    keyPrefix: 'mk',
    keyEnvironment: null,
    trustProxy: false,
    failuresPerMinute: 60,
    confineAgents: false,
    basicAuth: false,
    maxToolKeysPerTask: 100,
    maxToolKeysPerOwner: 10_000,
    maxToolKeysPerTaskAndMinute: 600,
    maxHeartbeatsPerInterval: 5,
    maxApiKeysPerOwner: 1_000,
    unusedDays: 90,
    unusedAction: 'notify',
    accessKeys: { perUser: 50, maxDays: 365, withoutExpiry: false },
    leakGithubKeysUrl: null,
    leakPolicy: {},
    logLevel: 'log',
    jsonLogs: false,
    logRequests: false,
    auditRetentionDays: null,
    usageRetentionDays: null,
    auditWebhook: null,
    drainSeconds: 1,
    maxConnections: 15_000,
    docs: true,
    console: true,
    consoleLogin: null,
  });
});

it('exchanges keys for the audiences that are listed; for none in production, and elsewhere for any, without a list', () => {
  expect(readConfiguration({ TOKEN_AUDIENCES: 'billing, https://files.example.com' }).tokenAudiences).toEqual(
    ['billing', 'https://files.example.com'],
  );
  expect(readConfiguration({ NODE_ENV: 'production' }).tokenAudiences).toEqual([]);
  expect(readConfiguration({}).tokenAudiences).toBeNull();
});

it.each([
  ['gatehouse', 'TOKEN_AUDIENCES must not name gatehouse'],
  ['billing,gatehouse', 'TOKEN_AUDIENCES must not name gatehouse'],
  ['billing,', 'TOKEN_AUDIENCES must be at most 100 audiences'],
  ['a b', 'TOKEN_AUDIENCES must be at most 100 audiences'],
])('rejects the list of audiences %j', (TOKEN_AUDIENCES, problem) => {
  expect(() => readConfiguration({ TOKEN_AUDIENCES })).toThrow(problem);
});

it('switches the built-in issuer off in production by default', () => {
  expect(readConfiguration({ NODE_ENV: 'production' }).builtinIssuer).toBe(false);
  expect(readConfiguration({ NODE_ENV: 'production', BUILTIN_ISSUER: 'true' }).builtinIssuer).toBe(true);
});

it('logs requests in production by default', () => {
  expect(readConfiguration({ NODE_ENV: 'production' }).logRequests).toBe(true);
  expect(readConfiguration({ NODE_ENV: 'production', LOG_REQUESTS: 'false' }).logRequests).toBe(false);
  expect(readConfiguration({ LOG_REQUESTS: 'true' }).logRequests).toBe(true);
});

it('serves the console on its own port where one is named', () => {
  expect(readConfiguration({ CONSOLE: 'false', CONSOLE_PORT: '3001' }).console).toBe(false);
  expect(readConfiguration({ CONSOLE_PORT: '3001', HOST: '::' }).console).toEqual({ port: 3001, host: '::' });
  expect(readConfiguration({ CONSOLE_PORT: '0', CONSOLE_HOST: '::1' }).console).toEqual({
    port: 0,
    host: '::1',
  });
});

it('treats an empty variable as unset', () => {
  expect(readConfiguration({ PORT: '', JWT_ISSUER: '' }).port).toBe(3000);
});

describe('TRUST_PROXY', () => {
  it.each<[string, unknown]>([
    ['true', true],
    ['false', false],
    ['2', 2],
    ['10.0.0.0/8,::1', '10.0.0.0/8,::1'],
  ])('%s', (text, value) => expect(readConfiguration({ TRUST_PROXY: text }).trustProxy).toEqual(value));
});

describe('REDIS_URL', () => {
  it.each(['redis://127.0.0.1', 'redis://cache:6379/3', 'rediss://user:p%2Fw@[::1]:6380/'])('%s', (url) =>
    expect(readConfiguration({ REDIS_URL: url }).redisUrl).toBe(url),
  );
});

describe('issuers', () => {
  it('SUPABASE_URL alone means its issuer, audience and remote JWKS', () => {
    expect(readConfiguration({ SUPABASE_URL: 'https://x.supabase.co/' }).issuers).toEqual([
      {
        issuer: 'https://x.supabase.co/auth/v1',
        audience: 'authenticated',
        setBy: 'SUPABASE_URL',
        jwksUrl: 'https://x.supabase.co/auth/v1/.well-known/jwks.json',
      },
    ]);
  });

  it('a pasted key replaces the remote JWKS, ES256 before RS256', () => {
    const keys = { SUPABASE_JWT_PUBLIC_KEY: pem('ec'), SUPABASE_JWT_RSA_PUBLIC_KEY: pem('rsa') };
    const { issuers } = readConfiguration({ SUPABASE_URL: 'https://x.supabase.co', ...keys });
    expect(issuers).toEqual([
      expect.objectContaining({ publicKey: keys.SUPABASE_JWT_PUBLIC_KEY, algorithm: 'ES256' }),
    ]);
  });

  it('are Supabase, then JWT_ISSUER, then JWT_ISSUERS', () => {
    const { issuers } = readConfiguration({
      SUPABASE_URL: 'https://x.supabase.co',
      JWT_ISSUER: 'https://a',
      JWT_AUDIENCE: 'api',
      JWT_PUBLIC_KEY: pem('rsa').replaceAll('\n', '\\n'),
      JWT_ISSUERS: JSON.stringify([
        {
          issuer: 'https://b',
          audience: ['x', 'y'],
          jwksUrl: 'https://b/jwks',
        },
      ]),
    });
    expect(issuers.map(({ issuer }) => issuer)).toEqual([
      'https://x.supabase.co/auth/v1',
      'https://a',
      'https://b',
    ]);
  });

  it('of JWT_ISSUERS may have tenants, and tokens without an audience', () => {
    const issuer = {
      issuer: 'https://login.example.com/{tenant}/v2.0',
      tenants: ['acme', 'beta'],
      withoutAudience: { claim: 'azp', values: ['web'] },
      jwksUrl: 'https://login.example.com/keys',
    };
    const { issuers } = readConfiguration({ JWT_ISSUERS: JSON.stringify([issuer]) });
    expect(issuers).toEqual([expect.objectContaining(issuer)]);
  });
});

it('trims every variable, and a blank one counts as not set', () => {
  const environment = {
    PORT: ' 80\n',
    JWT_ISSUER: 'https://a\n',
    JWT_AUDIENCE: ' api ',
    HOST: ' \n',
    LOG_LEVEL: 'warn ',
  };
  const jwks = { JWT_JWKS_URL: ' https://a/jwks\r\n' };
  expect(readConfiguration({ ...environment, ...jwks })).toMatchObject({
    port: 80,
    host: '127.0.0.1',
    logLevel: 'warn',
    issuers: [{ issuer: 'https://a', audience: ['api'], jwksUrl: 'https://a/jwks' }],
  });
});

it('takes a list of audiences', () => {
  const issuer = { JWT_ISSUER: 'a', JWT_JWKS_URL: 'https://a/jwks', JWT_AUDIENCE: 'web, mobile' };
  expect(readConfiguration(issuer).issuers).toMatchObject([{ audience: ['web', 'mobile'] }]);
});

it('reads the policy of leaked keys', () => {
  const policyOf = (LEAK_POLICY: string) => readConfiguration({ LEAK_POLICY }).leakPolicy;
  expect(policyOf('service=disable, admin=notify')).toEqual({ service: 'disable', admin: 'notify' });
  for (const wrong of [
    'service',
    'service=delete',
    'robot=revoke',
    'tool=disable',
    'tool=notify,tool=revoke',
    '__proto__=revoke',
    'service=revoke,',
  ])
    expect(() => policyOf(wrong)).toThrow('LEAK_POLICY must be a list like');
});

describe('NODE_ENV', () => {
  it.each([
    [{}, true],
    [{ NODE_ENV: '' }, true],
    [{ NODE_ENV: 'development' }, true],
    [{ NODE_ENV: ' test\n' }, true],
    [{ NODE_ENV: 'staging' }, true],
    [{ NODE_ENV: 'production' }, false],
    [{ NODE_ENV: 'production\n' }, false],
  ])('%j: the built-in issuer is on: %j', (environment, isOn) => {
    expect(readConfiguration(environment).builtinIssuer).toBe(isOn);
    expect(readConfiguration(environment).jsonLogs).toBe(!isOn);
  });

  it.each(['Production', 'PRODUCTION', 'prod', 'live', 'develop', 'production;'])('is not %s', (NODE_ENV) => {
    expect(() => readConfiguration({ NODE_ENV })).toThrow(
      'NODE_ENV must be development, test, staging, production, or not set',
    );
  });
});
