import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { BadFile } from './source-row.js';
import { type FormatName, formats } from './formats.js';
import { readLines } from './read-lines.js';

const digest = (key: string, encoding: 'hex' | 'base64' | 'base64url' = 'hex') =>
  createHash('sha256').update(key).digest(encoding);
const read = (format: FormatName, content: unknown) =>
  readLines(formats[format], typeof content === 'string' ? content : JSON.stringify(content));
const keyIn = (format: FormatName, content: unknown) => read(format, content)[0]?.key;
const problemsIn = (format: FormatName, content: unknown) =>
  read(format, content).flatMap(({ place, problem }) => (problem === null ? [] : [`${place}: ${problem}`]));

describe('the file of Makima', () => {
  const header = 'id,user_id,key_hash,key_prefix,name,last_used_at,created_at,revoked_at';

  it('is read from CSV as PostgreSQL writes it', () => {
    const row = `k1,u1,${digest('a')},mk_abc,"My, key",,2024-01-31 12:00:00.123456+00,2024-02-01 12:00:00+02`;
    expect(keyIn('makima', `${header}\n${row}\n`)).toMatchObject({
      hash: digest('a'),
      id: 'k1',
      owner: 'u1',
      prefix: 'mk_abc',
      name: 'My, key',
      lastUsedAt: null,
      createdAt: new Date('2024-01-31T12:00:00.123Z'),
      revokedAt: new Date('2024-02-01T10:00:00Z'),
    });
  });

  it('is read from JSON', () => {
    const row = {
      user_id: 'u1',
      key_hash: digest('a'),
      created_at: '2024-01-31T12:00:00Z',
      revoked_at: null,
    };
    expect(keyIn('makima', [row])).toMatchObject({ owner: 'u1', revokedAt: null });
  });

  it('names the line of a key without a user', () => {
    expect(problemsIn('makima', `${header}\nk1,,${digest('a')},p,n,,,\n`)).toEqual(['2: user_id is missing']);
  });
});

it('reads the file of Oxios', () => {
  const entry = { hash_hex: digest('a').toUpperCase(), name: 'bot', created_at: 1706702400, last_used: null };
  expect(keyIn('oxios', { keys: [entry] })).toMatchObject({
    hash: digest('a'),
    name: 'bot',
    createdAt: new Date('2024-01-31T12:00:00Z'),
  });
});

describe('the file of Unkey', () => {
  const key = { hash: digest('a', 'base64'), start: 'sk_abc', ownerId: 'acme', createdAt: 1706702400000 };

  it('is read with limits and owner, and reports the fields that are left out', () => {
    const [line] = read('unkey', [
      { ...key, ratelimit: { limit: 10, duration: 1500 }, meta: { plan: 'pro' } },
    ]);
    expect(line?.key).toMatchObject({
      hash: digest('a'),
      owner: 'acme',
      prefix: 'sk_abc',
      rateLimit: { limit: 10, windowSeconds: 2 },
      createdAt: new Date('2024-01-31T12:00:00Z'),
    });
    expect(line?.leftOut).toEqual(['meta']);
  });

  it('disables a key without remaining uses', () => {
    expect(keyIn('unkey', [{ ...key, remaining: 0 }])?.enabled).toBe(false);
  });

  it('may hold the hash in the notation of its API, if it is SHA-256', () => {
    const hash = (variant: string) => [{ ...key, hash: { value: key.hash, variant } }];
    expect(keyIn('unkey', hash('sha256_base64'))?.hash).toBe(digest('a'));
    expect(problemsIn('unkey', hash('bcrypt'))).toHaveLength(1);
  });

  it.each<[string, object]>([
    ['a limit that is too long', { ratelimit: { limit: 10, duration: 864_000_000 } }],
    ['a limit without a window', { ratelimit: { limit: 10 } }],
    [
      'several limits',
      {
        ratelimits: [
          { name: 'a', limit: 1, duration: 1_000 },
          { name: 'b', limit: 2, duration: 9_000 },
        ],
      },
    ],
    [
      'limits of two kinds',
      { ratelimit: { limit: 1, duration: 1_000 }, ratelimits: [{ limit: 2, duration: 9_000 }] },
    ],
    ['limits as a text', { ratelimits: '[{"limit":1}]' }],
    ['limits of its owner', { identity: { externalId: 'acme', ratelimits: [{ limit: 1 }] } }],
    ['remaining uses', { remaining: 5 }],
    ['remaining uses of its table', { remaining_requests: '5' }],
    ['remaining credits', { credits: { remaining: 5, refill: { interval: 'daily', amount: 5 } } }],
    ['credits that come back', { credits: { remaining: 0, refill: { interval: 'daily', amount: 5 } } }],
    ['permissions', { permissions: ['documents.read'] }],
    ['roles', { roles: ['reader'] }],
    ['networks', { ip_whitelist: '203.0.113.9' }],
    ['a field that is not known and may restrict it', { maxUsesPerDay: 4 }],
  ])('rejects a key with %s: without that it would be stronger', (_what, restriction) => {
    const [line] = read('unkey', [{ ...key, ...restriction }]);
    expect([line?.key, line?.problem]).toEqual([null, expect.stringMatching(/keep|kept|list/)]);
  });

  it('accepts fields that restrict nothing', () => {
    const [line] = read('unkey', [
      {
        ...key,
        ratelimits: [{ id: 'rl_1', name: 'requests', limit: 10, duration: 60_000, autoApply: true }],
        credits: { remaining: null },
        identity: { id: 'id_1', externalId: 'acme', ratelimits: [] },
        permissions: [],
        roles: null,
        enabled: true,
        last_used_ip: '203.0.113.9',
        meta: { maximum: 1 },
      },
    ]);
    expect([line?.problem, line?.key?.rateLimit]).toEqual([null, { limit: 10, windowSeconds: 60 }]);
    expect(line?.leftOut).toEqual(
      expect.arrayContaining(['permissions', 'meta', 'last_used_ip', 'identity.id', 'identity.ratelimits']),
    );
  });
});

describe('the file of better-auth', () => {
  const key = {
    key: digest('a', 'base64url'),
    start: 'abcdef',
    userId: 'u1',
    createdAt: '2024-01-31T12:00:00Z',
  };

  it('is read from JSON and from CSV', () => {
    const csv = `key,start,userId,enabled,createdAt\n${key.key},abcdef,u1,f,${key.createdAt}\n`;
    expect(keyIn('better-auth', [key])).toMatchObject({ hash: digest('a'), owner: 'u1', enabled: true });
    expect(keyIn('better-auth', csv)).toMatchObject({ hash: digest('a'), prefix: 'abcdef', enabled: false });
  });

  it.each<[string, object]>([
    ['remaining uses', { remaining: 3 }],
    ['uses that come back', { remaining: 0, refillInterval: 1_000, refillAmount: 5 }],
    ['permissions', { permissions: '{"files":["read"]}' }],
    ['a limit without a window', { rateLimitEnabled: true, rateLimitMax: 5 }],
  ])('rejects a key with %s', (_what, restriction) => {
    expect(problemsIn('better-auth', [{ ...key, ...restriction }])).toHaveLength(1);
  });

  it('keeps a limit unless it is disabled', () => {
    const limit = { rateLimitMax: 5, rateLimitTimeWindow: 60_000 };
    const limitOf = (more: object) => keyIn('better-auth', [{ ...key, ...limit, ...more }])?.rateLimit;
    expect(limitOf({})).toEqual({ limit: 5, windowSeconds: 60 });
    expect(limitOf({ rateLimitEnabled: true })).toEqual({ limit: 5, windowSeconds: 60 });
    expect(limitOf({ rateLimitEnabled: false })).toBeNull();
    expect(keyIn('better-auth', [{ ...key, remaining: 0 }])?.enabled).toBe(false);
  });

  it('rejects keys in plain text, and never repeats them', () => {
    const plain = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl';
    const short = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ';
    for (const text of [plain, short]) {
      const problems = problemsIn('better-auth', [{ ...key, key: text }]);
      expect(problems).toHaveLength(1);
      expect(problems.join()).not.toContain(text);
    }
  });
});

describe('a list of hashes', () => {
  it('is read with names, comments and empty lines, in every encoding', () => {
    const lines = [
      '# a comment',
      digest('a'),
      '',
      `${digest('b', 'base64')}, CI, staging`,
      digest('c', 'base64url'),
    ];
    const keys = read('hashes', lines.join('\r\n')).map(({ place, key }) => [place, key?.hash, key?.name]);
    expect(keys).toEqual([
      [2, digest('a'), null],
      [4, digest('b'), 'CI, staging'],
      [5, digest('c'), null],
    ]);
  });

  it('rejects a value that is not a SHA-256, and a duplicate hash', () => {
    const file = [digest('a'), 'mk_live_plainkey', digest('a', 'base64'), `${digest('a')}00`].join('\n');
    const problems = problemsIn('hashes', file);
    expect(problems.map((problem) => problem.slice(0, 10))).toEqual([
      '2: the has',
      '3: the sam',
      '4: the has',
    ]);
    expect(problems.join()).not.toContain('plainkey');
  });

  it('rejects base64 with stray bits', () => {
    const hash = digest('a', 'base64url');
    const last = hash.at(-1) === 'B' ? 'C' : 'B';
    expect(problemsIn('hashes', hash.slice(0, -1) + last)).toHaveLength(1);
  });
});

describe('any file', () => {
  it.each([
    ['oxios', { revoked: true }],
    ['oxios', { scopes: 'files:read' }],
    ['oxios', { expires_at: '2030-01-01' }],
    ['oxios', { is_active: false }],
    ['oxios', { status: 'suspended' }],
    ['oxios', { disabledAt: '2024-01-01' }],
    ['oxios', { allowedIps: ['::1'] }],
  ] as const)('of %s cannot hold a restriction that would be lost: %j', (format, restriction) => {
    const entry = { hash_hex: digest('a'), name: 'bot' };
    expect(problemsIn(format, [{ ...entry, ...restriction }])).toHaveLength(1);
    const harmless = {
      revoked: false,
      scopes: [],
      is_active: 't',
      status: 'active',
      description: 'ip',
      lastActiveAt: 1,
    };
    expect(problemsIn(format, [{ ...entry, ...harmless }])).toEqual([]);
  });

  it('must not hold the whole key beside its hash', () => {
    expect(problemsIn('hashes', `${digest('secret')},secret`)).toHaveLength(1);
  });

  it('must not have control characters or a name that is too long', () => {
    expect(problemsIn('hashes', `${digest('a')},x\u001b[2J`)).toHaveLength(1);
    expect(problemsIn('hashes', `${digest('a')},${'x'.repeat(101)}`)).toHaveLength(1);
  });

  it('names an invalid time', () => {
    for (const created_at of ['yesterday', '2024-02-31', 12, true]) {
      expect(problemsIn('oxios', { keys: [{ hash_hex: digest('a'), created_at }] })).toEqual([
        '1: created_at is not a time',
      ]);
    }
  });

  it('is rejected without quoting it if it cannot be parsed', () => {
    for (const [format, content] of [
      ['oxios', '{"keys": [secret'],
      ['oxios', '[1]'],
      ['unkey', '{"nothing": []}'],
      ['makima', 'id,user_id\n"secret'],
    ] as const) {
      expect(() => read(format, content)).toThrow(BadFile);
      expect(() => read(format, content)).not.toThrow(/secret/);
    }
  });
});
