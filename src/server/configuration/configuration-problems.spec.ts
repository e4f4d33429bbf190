import { describe, expect, it } from '@jest/globals';
import { problemsOf } from '../../../test/support/configuration-problems.js';
import { readConfiguration } from './read-configuration.js';

const supabase = { SUPABASE_URL: 'https://example.supabase.co' };
const issuer = { JWT_ISSUER: 'https://issuer.example', JWT_AUDIENCE: 'us' };
const jwks = { JWT_JWKS_URL: 'https://issuer.example/jwks' };

describe('readConfiguration', () => {
  const withoutIssuer = 'JWT_ISSUER is missing, but';

  it.each<[string, Record<string, string>, unknown[]]>([
    [
      'an issuer without audience and keys',
      { JWT_ISSUER: 'x' },
      [
        'JWT_AUDIENCE is missing, but JWT_ISSUER is set',
        'JWT_JWKS_URL is missing, and so is JWT_PUBLIC_KEY, but JWT_ISSUER is set',
      ],
    ],
    ['an audience without issuer', { JWT_AUDIENCE: 'x' }, [`${withoutIssuer} JWT_AUDIENCE is set`]],
    ['keys without issuer', { JWT_PUBLIC_KEY: 'x' }, [`${withoutIssuer} JWT_PUBLIC_KEY is set`]],
    [
      'two sources of keys',
      { ...issuer, ...jwks, JWT_PUBLIC_KEY: 'x' },
      [
        'JWT_JWKS_URL cannot be set together with JWT_PUBLIC_KEY',
        expect.stringMatching(/^JWT_PUBLIC_KEY: the key /),
      ],
    ],
    [
      'variables of PostgreSQL without it',
      { DATABASE_SCHEMA: 'own', DATABASE_DIRECT_URL: 'postgres://a/b' },
      [
        'DATABASE_URL names no PostgreSQL server, but DATABASE_SCHEMA is set',
        'DATABASE_URL names no PostgreSQL server, but DATABASE_DIRECT_URL is set',
      ],
    ],
    [
      'a schema of the server',
      { DATABASE_URL: 'postgres://a/b', DATABASE_SCHEMA: 'pg_temp' },
      [expect.stringMatching(/^DATABASE_SCHEMA must be 1 to 63/)],
    ],
    [
      'keys of Supabase without its URL',
      { SUPABASE_JWT_PUBLIC_KEY: 'x', SUPABASE_JWT_RSA_PUBLIC_KEY: 'x' },
      [
        'SUPABASE_URL is missing, but SUPABASE_JWT_PUBLIC_KEY is set',
        'SUPABASE_URL is missing, but SUPABASE_JWT_RSA_PUBLIC_KEY is set',
      ],
    ],
    [
      'a further issuer without keys',
      { JWT_ISSUERS: '[{"issuer":"x","audience":"y"}]' },
      ['JWT_ISSUERS[0] needs either jwksUrl or publicKey'],
    ],
    [
      'a further issuer with an unknown field',
      { JWT_ISSUERS: '[{"issuer":"x","audience":"y","jwksUrl":"https://a/b","secret":"z"}]' },
      ['JWT_ISSUERS[0] Unrecognized key: "secret"'],
    ],
    [
      'a further issuer with a typo',
      { JWT_ISSUERS: '[{"issuer":"a","audiance":"b"}]' },
      [
        'JWT_ISSUERS[0] Unrecognized key: "audiance"',
        'JWT_ISSUERS[0] needs either jwksUrl or publicKey',
        'JWT_ISSUERS[0] needs audience, or withoutAudience',
      ],
    ],
    [
      'tenants without a place for them, and a tenant of several segments',
      {
        JWT_ISSUERS: JSON.stringify([
          { issuer: 'https://a/{tenant}', audience: 'y', jwksUrl: 'https://a/b', tenants: ['c/d'] },
        ]),
      },
      [expect.stringMatching(/^JWT_ISSUERS\[0\]\.tenants\[0\] /)],
    ],
    [
      'a placeholder without tenants',
      { JWT_ISSUERS: '[{"issuer":"https://a/{tenant}","audience":"y","jwksUrl":"https://a/b"}]' },
      ['JWT_ISSUERS[0]: the issuer has a placeholder, so tenants must list those that are accepted.'],
    ],
    [
      'an issuer twice',
      { ...supabase, ...jwks, JWT_ISSUER: 'https://example.supabase.co/auth/v1', JWT_AUDIENCE: 'x' },
      ['JWT_JWKS_URL names the same issuer as another entry.'],
    ],
    [
      'an issuer of the built-in one’s name',
      { ...jwks, JWT_ISSUER: 'gatehouse', JWT_AUDIENCE: 'x' },
      ['JWT_JWKS_URL: the issuer gatehouse is the built-in one; to use another, set BUILTIN_ISSUER to false'],
    ],
    [
      'a webhook that is not signed',
      { AUDIT_WEBHOOK_URL: 'https://example.com/hook' },
      ['AUDIT_WEBHOOK_SECRET is missing, but AUDIT_WEBHOOK_URL is set'],
    ],
    [
      'a signature for no webhook',
      { AUDIT_WEBHOOK_SECRET: `whsec_${'A'.repeat(40)}` },
      ['AUDIT_WEBHOOK_URL is missing, but AUDIT_WEBHOOK_SECRET is set'],
    ],
    [
      'a bad value beside a contradiction',
      { ...supabase, PORT: 'x', JWT_AUDIENCE: 'x', SUPABASE_JWT_PUBLIC_KEY: 'x' },
      [
        'PORT must be a whole number from 0 to 65535',
        `${withoutIssuer} JWT_AUDIENCE is set`,
        expect.stringMatching(/^SUPABASE_JWT_PUBLIC_KEY: the key /),
      ],
    ],
    [
      'an address for metrics without their port',
      { METRICS_HOST: '127.0.0.1' },
      ['METRICS_PORT is missing, but METRICS_HOST is set'],
    ],
    [
      'metrics on the port of everything else',
      { PORT: '3001', METRICS_PORT: '3001', METRICS_HOST: '10.0.0.1' },
      ['METRICS_PORT must not be that of PORT'],
    ],
    [
      'a console on the port of the service, or of the metrics',
      { PORT: '3001', METRICS_PORT: '3002', CONSOLE_PORT: '3002' },
      ['CONSOLE_PORT must not be that of METRICS_PORT'],
    ],
    [
      'an address for the console without its port',
      { CONSOLE_HOST: '127.0.0.1' },
      ['CONSOLE_PORT is missing, but CONSOLE_HOST is set'],
    ],
    [
      'a database URL of another system',
      { DATABASE_URL: 'mysql://localhost/x' },
      [expect.stringMatching(/^DATABASE_URL: The database URL must start with /)],
    ],
  ])('reports what is wrong with %s', (_what, environment, problems) => {
    expect(() => readConfiguration(environment)).toThrow(expect.objectContaining({ problems }));
  });

  it('accepts an issuer named like the built-in one if that is off', () => {
    const environment = { ...jwks, JWT_ISSUER: 'gatehouse', JWT_AUDIENCE: 'x', BUILTIN_ISSUER: 'false' };
    expect(readConfiguration(environment).issuers).toHaveLength(1);
  });

  it('puts the database into the data folder, whatever its name', () => {
    const { databaseUrl } = readConfiguration({ DATA_DIR: 'a:b c' });
    expect(databaseUrl).toBe(`${process.cwd()}/a:b c/gatehouse.db`);
  });
});

describe('a problem', () => {
  it('is reported for every variable, by name and without its value', () => {
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
      'AUTH_FAILURES_PER_MINUTE',
      'DRAIN_SECONDS',
      'SUPABASE_URL',
      'JWT_ISSUERS',
      'BUILTIN_ISSUER',
      'KEY_PREFIX',
      'LOG_LEVEL',
    ]);
    expect(problems.join('\n')).not.toMatch(/eighty|secret/);
  });

  it('is reported for every invalid key, by the name of its variable', () => {
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

  it('is reported for an issuer that is configured twice', () => {
    const twice = { issuer: 'https://a', audience: 'api', jwksUrl: 'https://a/jwks' };
    expect(problemsOf({ JWT_ISSUERS: JSON.stringify([twice, twice]) })[0]).toContain('same issuer');
  });
});

describe.each(['AUDIT_RETENTION_DAYS', 'USAGE_RETENTION_DAYS'])('%s', (name) => {
  it.each(['0', '-1', '1.5', '36501', '1d'])('is not %s', (value) => {
    expect(problemsOf({ [name]: value })).toEqual([expect.stringContaining(name)]);
  });

  it('is a number of days', () => {
    expect(problemsOf({ [name]: '1' })).toEqual([]);
  });
});

describe('TRUST_PROXY', () => {
  it.each(['yes', '10.0.0.0/33', 'proxy.local', '1.2.3.4,'])('rejects %s', (text) => {
    expect(problemsOf({ TRUST_PROXY: text })).toEqual([expect.stringContaining('TRUST_PROXY must be')]);
  });
});

describe('REDIS_URL', () => {
  it.each([
    'http://user:secret@cache:6379',
    'secret@cache:6379',
    'redis:secret',
    'redis://:secret@cache/name',
    'redis://:secret@cache:70000',
    'redis://:secret@cache?commandTimeout=5000',
    'redis://:sec ret@cache',
    'redis://:secret/@cache',
    'redis://',
    'redis://:secret%@cache',
  ])('rejects %s, and does not repeat it', (url) => {
    const problems = problemsOf({ REDIS_URL: url });
    expect(problems).toEqual([expect.stringMatching(/^REDIS_URL must /)]);
    expect(problems.join()).not.toMatch(/sec|cache/);
  });
});
