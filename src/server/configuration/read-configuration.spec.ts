import { generateKeyPairSync } from 'node:crypto';
import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from './configuration-error.js';
import { readConfiguration } from './read-configuration.js';

const pem = (type: 'ec' | 'rsa') =>
  (type === 'ec'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('rsa', { modulusLength: 2048 })
  ).publicKey
    .export({ format: 'pem', type: 'spki' })
    .toString();

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfiguration(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

it('has a default for everything', () => {
  expect(readConfiguration({})).toEqual({
    port: 3e3,
    host: '127.0.0.1',
    dataDir: './data',
    databaseUrl: resolve('data/gatehouse.db'),
    issuers: [],
    builtinIssuer: true,
    keyPrefix: 'mk',
    keyEnvironment: null,
    trustProxy: false,
    failuresPerMinute: 60,
    confineAgents: false,
    maxToolKeysPerTask: 100,
    logLevel: 'log',
    jsonLogs: false,
    drainSeconds: 1,
  });
});

it('switches the built-in issuer off in production, unless told otherwise', () => {
  expect(readConfiguration({ NODE_ENV: 'production' }).builtinIssuer).toBe(false);
  expect(readConfiguration({ NODE_ENV: 'production', BUILTIN_ISSUER: 'true' }).builtinIssuer).toBe(true);
});

it('takes an empty variable for one that is not set', () => {
  expect(readConfiguration({ PORT: '', JWT_ISSUER: '' }).port).toBe(3000);
});

describe('TRUST_PROXY', () => {
  it.each<[string, unknown]>([
    ['true', true],
    ['false', false],
    ['2', 2],
    ['10.0.0.0/8,::1', '10.0.0.0/8,::1'],
  ])('%s', (text, value) => expect(readConfiguration({ TRUST_PROXY: text }).trustProxy).toEqual(value));

  it.each(['yes', '10.0.0.0/33', 'proxy.local', '1.2.3.4,'])('refuses %s', (text) => {
    expect(problemsOf({ TRUST_PROXY: text })).toEqual([expect.stringContaining('TRUST_PROXY must be')]);
  });
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
});

describe('what is wrong', () => {
  it('is listed for every variable, by name and without its value', () => {
    const problems = problemsOf({
      PORT: 'eighty',
      BUILTIN_ISSUER: 'secret-1',
      LOG_LEVEL: 'secret-2',
      SUPABASE_URL: 'secret-3',
      JWT_ISSUERS: 'secret-4',
      KEY_PREFIX: 'secret_5',
      AUTH_FAILURES_PER_MINUTE: '-1',
      DRAIN_SECONDS: '61',
    });
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'PORT',
      'SUPABASE_URL',
      'JWT_ISSUERS',
      'BUILTIN_ISSUER',
      'KEY_PREFIX',
      'AUTH_FAILURES_PER_MINUTE',
      'LOG_LEVEL',
      'DRAIN_SECONDS',
    ]);
    expect(problems.join('\n')).not.toMatch(/eighty|secret/);
  });

  it.each<[string, Record<string, string>, string]>([
    ['an issuer without audience and key', { JWT_ISSUER: 'https://a' }, 'JWT_AUDIENCE is missing'],
    ['a key without an issuer', { JWT_PUBLIC_KEY: 'x' }, 'JWT_ISSUER is missing'],
    [
      'two sources of keys',
      { JWT_ISSUER: 'a', JWT_AUDIENCE: 'b', JWT_PUBLIC_KEY: 'x', JWT_JWKS_URL: 'https://a' },
      'cannot be set together',
    ],
    ['a Supabase key without its URL', { SUPABASE_JWT_PUBLIC_KEY: 'x' }, 'SUPABASE_URL is missing'],
    [
      'a further issuer without keys',
      { JWT_ISSUERS: '[{"issuer":"a","audience":"b"}]' },
      'JWT_ISSUERS[0] needs either',
    ],
    ['a further issuer with a typo', { JWT_ISSUERS: '[{"issuer":"a","audiance":"b"}]' }, 'JWT_ISSUERS[0]'],
  ])('is said of %s', (_what, environment, said) => {
    expect(problemsOf(environment).join('\n')).toContain(said);
  });

  it('is said of every bad key, by the name of its variable', () => {
    const problems = problemsOf({
      SUPABASE_URL: 'https://x.supabase.co',
      SUPABASE_JWT_PUBLIC_KEY: 'secret-6',
      JWT_ISSUER: 'a',
      JWT_AUDIENCE: 'b',
      JWT_PUBLIC_KEY: 'secret-7',
    });
    expect(problems).toHaveLength(2);
    expect(problems[0]).toContain('SUPABASE_JWT_PUBLIC_KEY');
    expect(problems[1]).toContain('JWT_PUBLIC_KEY');
    expect(problems.join('\n')).not.toContain('secret');
  });

  it('is said of an issuer that is named twice', () => {
    const twice = { issuer: 'https://a', audience: 'api', jwksUrl: 'https://a/jwks' };
    expect(problemsOf({ JWT_ISSUERS: JSON.stringify([twice, twice]) })[0]).toContain('same issuer');
  });
});
