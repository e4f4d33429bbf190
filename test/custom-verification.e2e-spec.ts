import { generateKeyPairSync } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { SignOutsService } from '../src/identity/sign-outs.service.js';
import { CustomVerification, requireDistinctPrefixes } from '../src/jwt/custom-verification.js';
import { JwtVerifier } from '../src/jwt/jwt-verifier.js';
import type { IssuerOptions } from '../src/jwt/issuers.js';
import { AuthError } from '../src/principal/auth-error.js';
import type { RequestOrigin } from '../src/principal/authenticated-user.js';
import { Clock } from '../src/support/clock.js';
import { ExtensionCalls } from '../src/support/extension-calls.js';
import { redact } from '../src/support/redact.js';
import { type Gatehouse, startGatehouse } from './support/gatehouse.js';

const secret = 'a-secret-of-the-application-that-was-there-before';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const [app, sessions, cached, real] = ['app', 'sessions', 'cached', 'real'].map(
  (name) => `https://${name}.example.com`,
) as [string, string, string, string];

/** What each issuer's function was asked, and what it does instead of looking a session up. */
const asked: { readonly by: string; readonly token: string; readonly request: RequestOrigin }[] = [];
const live = new Map<string, object>();
let instead: (() => unknown) | undefined;

function lookUp(by: string) {
  return async (token: string, request: RequestOrigin) => {
    asked.push({ by, token, request });
    if (instead !== undefined) return instead() as never;
    return live.get(token) as never;
  };
}

const issuers: IssuerOptions[] = [
  { issuer: real, audience: 'api', publicKey: rsa.publicKey.export({ format: 'jwk' }) },
  {
    issuer: app,
    aliases: ['old-app'],
    hmac: true,
    verify: (token, request) => {
      asked.push({ by: app, token, request });
      return jwt.verify(token, secret, { algorithms: ['HS256'] }) as object as Record<string, unknown>;
    },
  },
  { issuer: sessions, audience: 'api', opaquePrefix: 'sess_', verify: lookUp(sessions) },
  { issuer: cached, opaquePrefix: 'memo_', rememberedForSeconds: 30, verify: lookUp(cached) },
];
let gatehouse: Gatehouse;

const inSeconds = (seconds: number) => Math.floor(gatehouse.now() / 1000) + seconds;
const session = (more: object = {}) => ({ sub: 'ada', aud: 'api', exp: inSeconds(600), ...more });
const hs = (claims: object, key: string | Buffer = secret, algorithm: jwt.Algorithm = 'HS256') =>
  jwt.sign(JSON.stringify({ sub: 'ada', exp: inSeconds(600), ...claims }), key, { algorithm });
/** A token that no library would make. */
const forged = (header: object, payload: string) =>
  [JSON.stringify(header), payload, 'no signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
const me = (bearer: string, path = '/api/v1/auth/me') =>
  gatehouse.send('GET', path, { headers: { authorization: `Bearer ${bearer}`, 'user-agent': 'test/1' } });
const verdict = async (bearer: string) => {
  const { status, body } = await me(bearer);
  return body?.code === undefined ? String(status) : `${status} ${body.code}`;
};

beforeAll(async () => {
  gatehouse = await startGatehouse({ issuers });
});
afterEach(() => {
  instead = undefined;
  asked.length = 0;
});
afterAll(() => gatehouse.close());

describe('an issuer with `verify`', () => {
  it('verifies HS256 tokens with its secret: by their iss, by an alias, or by the algorithm without one', async () => {
    const bodies = [];
    for (const iss of [app, 'old-app', undefined]) bodies.push((await me(hs({ iss }))).body);
    expect(bodies[0]).toMatchObject({ userId: expect.any(String), source: { type: 'jwt' } });
    expect(new Set(bodies.map(({ userId, ownerId }) => `${userId} ${ownerId}`)).size).toBe(1);
    expect(asked[0]?.request).toEqual({
      ip: expect.any(String),
      userAgent: 'test/1',
      requestId: expect.any(String),
    });
  });

  it('answers 401 to what jsonwebtoken rejects', async () => {
    expect(await verdict(hs({ iss: app }, 'another secret'))).toBe('401 INVALID_TOKEN');
    const expired = hs({ iss: app, exp: Math.floor(Date.now() / 1000) - 60 });
    expect(await verdict(expired)).toBe('401 EXPIRED_TOKEN');
  });

  it('looks opaque tokens up, and asks again for each request', async () => {
    live.set('sess_1', session());
    const first = await me('sess_1');
    expect(first).toMatchObject({ status: 200 });
    expect((await me('sess_1')).body).toEqual(first.body);
    expect(asked.map(({ by }) => by)).toEqual([sessions, sessions]);
    live.delete('sess_1');
    expect(await verdict('sess_1')).toBe('401 INVALID_TOKEN');
  });

  it('caches as long as it says, and never beyond the exp', async () => {
    live.set('memo_1', session()).set('memo_2', session({ exp: inSeconds(-20) }));
    expect([await verdict('memo_1'), await verdict('memo_2')]).toEqual(['200', '200']);
    live.clear();
    expect([await verdict('memo_1'), await verdict('memo_2')]).toEqual(['200', '200']);
    expect(asked).toHaveLength(2);
    gatehouse.pass(11);
    expect(await verdict('memo_2')).toBe('401 INVALID_TOKEN');
    gatehouse.pass(20);
    expect(await verdict('memo_1')).toBe('401 INVALID_TOKEN');
  });

  it.each<[string, () => object, string]>([
    ['no exp', () => session({ exp: undefined }), '401 INVALID_TOKEN'],
    ['an exp in the past', () => session({ exp: inSeconds(-31) }), '401 EXPIRED_TOKEN'],
    ['an exp that is a date', () => session({ exp: new Date() }), '401 INVALID_TOKEN'],
    ['no sub', () => session({ sub: undefined }), '401 INVALID_TOKEN'],
    ['an empty sub', () => session({ sub: '' }), '401 INVALID_TOKEN'],
    ['a fraction as sub', () => session({ sub: 1.5 }), '401 INVALID_TOKEN'],
    ['no aud, although one is declared', () => session({ aud: undefined }), '401 INVALID_TOKEN'],
    ['another aud', () => session({ aud: 'other' }), '401 INVALID_TOKEN'],
    ['a later nbf', () => session({ nbf: inSeconds(60) }), '401 INVALID_TOKEN'],
    ['the iss of another issuer', () => session({ iss: real }), '401 INVALID_TOKEN'],
    ['a list as iss', () => session({ iss: [sessions] }), '401 INVALID_TOKEN'],
    ['a key that its sender must prove', () => session({ cnf: {} }), '401 INVALID_TOKEN'],
    ['its own iss', () => session({ iss: sessions }), '200'],
    ['an exp within the clock skew', () => session({ exp: inSeconds(-29) }), '200'],
  ])('checks the claims as those of any token: %s', async (_what, claims, expected) => {
    live.set('sess_x', claims());
    expect(await verdict('sess_x')).toBe(expected);
  });

  it('takes a number as sub, which is the same user as its text', async () => {
    live.set('sess_7', session({ sub: 7 })).set('sess_07', session({ sub: '7' }));
    const [number, text] = [(await me('sess_7')).body, (await me('sess_07')).body];
    expect([number.userId, number.ownerId]).toEqual([text.userId, text.ownerId]);
  });

  it('bounds a token by its scopes', async () => {
    live.set('sess_b', session({ scope: 'files:read', client_id: 'mcp' }));
    expect((await me('sess_b')).body).toMatchObject({ scopes: ['files:read'], source: { clientId: 'mcp' } });
  });

  it('ends with a sign-out of its user', async () => {
    live.set('sess_s', session({ sub: 'signed-out', iat: inSeconds(-1) }));
    const { userId } = (await me('sess_s')).body;
    await gatehouse.app.get(SignOutsService).signOutUser({ user: null, origin: null }, userId);
    expect(await verdict('sess_s')).toBe('401 INVALID_TOKEN');
    live.set('sess_s', session({ sub: 'signed-out', iat: inSeconds(2) }));
    gatehouse.pass(2);
    expect(await verdict('sess_s')).toBe('200');
  });

  it('is rejected while its user is disabled, and once the user is erased', async () => {
    live.set('sess_l', session({ sub: 'leaver', email: 'leaver@example.com' }));
    const { userId } = (await me('sess_l')).body;
    const admin = { headers: { 'x-api-key': gatehouse.adminKey } };
    const users = '/api/v1/admin/users';
    await gatehouse.send('POST', `${users}/${userId}/disable`, admin);
    expect(await verdict('sess_l')).toBe('401 USER_NOT_FOUND');
    await gatehouse.send('POST', `${users}/${userId}/enable`, admin);
    expect(await verdict('sess_l')).toBe('200');
    await gatehouse.send('DELETE', `${users}/${userId}`, admin);
    expect(await verdict('sess_l')).toBe('401 USER_NOT_FOUND');
    expect((await gatehouse.send('GET', `${users}?search=leaver`, admin)).body.users).toEqual([]);
  });

  it.each<[string, () => unknown, string]>([
    ['null', () => null, '401 INVALID_TOKEN'],
    ['undefined', () => undefined, '401 INVALID_TOKEN'],
    ['false', () => false, '503 AUTH_UNAVAILABLE'],
    ['a text', () => 'ada', '503 AUTH_UNAVAILABLE'],
    ['a list', () => [session()], '503 AUTH_UNAVAILABLE'],
    ['claims beyond bounds', () => session({ x: 'x'.repeat(70_000) }), '503 AUTH_UNAVAILABLE'],
    ['claims without end', () => loop(), '503 AUTH_UNAVAILABLE'],
    ['a BigInt', () => session({ id: 1n }), '503 AUTH_UNAVAILABLE'],
    ['an AuthError of 401', () => fail(new AuthError('EXPIRED_TOKEN')), '401 EXPIRED_TOKEN'],
    ['an AuthError of 403', () => fail(new AuthError('FORBIDDEN')), '503 AUTH_UNAVAILABLE'],
    ['an AuthError of 503', () => fail(new AuthError('DB_UNAVAILABLE')), '503 DB_UNAVAILABLE'],
    ['any other error', () => fail(new Error('boom')), '503 AUTH_UNAVAILABLE'],
    ['no error', () => fail('boom'), '503 AUTH_UNAVAILABLE'],
  ])('that returns or throws %s', async (_what, does, expected) => {
    instead = does;
    const { status, body, text } = await me('sess_x');
    expect(`${status} ${body.code}`).toBe(expected);
    expect(text).not.toMatch(/boom|Gatehouse|verify/);
  });

  it('that hangs is 503, an address that has as many calls as there are places left is 503 unasked, and neither blocks others', async () => {
    instead = () => new Promise(() => undefined);
    const hanging = Array.from({ length: 50 }, (_, index) => verdict(`sess_${index}`));
    while (asked.length < 50) await new Promise(setImmediate);
    expect(await verdict('sess_more')).toBe('503 AUTH_UNAVAILABLE');
    expect(asked).toHaveLength(50);
    expect(await verdict(hs({ iss: app }))).toBe('200');
    instead = undefined;
    live.set('sess_other', session());
    const verifier = gatehouse.app.get(JwtVerifier, { strict: false });
    const from = (ip: string) => verifier.verify('sess_other', { ip, userAgent: null, requestId: null });
    for (const ip of ['192.0.2.1', '2001:db8::1', '127.0.0.1']) {
      const answer = Promise.resolve(from(ip)).then(
        ({ subject }) => subject,
        ({ code }: AuthError) => code,
      );
      expect(await answer).toBe(ip === '127.0.0.1' ? 'AUTH_UNAVAILABLE' : 'ada');
    }
    expect(new Set(await Promise.all(hanging))).toEqual(new Set(['503 AUTH_UNAVAILABLE']));
    live.set('sess_after', session());
    expect(await verdict('sess_after')).toBe('200');
  }, 15_000);

  it('leaves places to others, however many addresses are greedy', async () => {
    let running = 0;
    const forever = () => new Promise<never>(() => void running++);
    const verification = new CustomVerification(app, forever, new ExtensionCalls(new Clock()));
    const callsOf = (ip: string) => {
      const before = running;
      for (let call = 0; call < 100; call++)
        void verification.claimsOf('x', { ip, userAgent: null, requestId: null }).catch(() => undefined);
      return running - before;
    };
    expect(['192.0.2.1', '192.0.2.2', '192.0.2.3', '2001:db8::1', '2001:db8::2'].map(callsOf)).toEqual([
      50, 25, 13, 6, 0,
    ]);
  });
});

function fail(error: unknown): never {
  throw error;
}

function loop(): object {
  const claims: Record<string, unknown> = session();
  claims.self = claims;
  return claims;
}

describe('exactly one verifier sees a token', () => {
  const pem = () => rsa.publicKey.export({ format: 'pem', type: 'spki' });

  it.each<[string, () => string]>([
    ['HS256 with the RSA public key of another issuer', () => hs({ iss: real, aud: 'api' }, pem())],
    ['HS256 with the secret, but the iss of another issuer', () => hs({ iss: real, aud: 'api' })],
    ['HS256 with an unknown iss', () => hs({ iss: 'https://evil.example.com' })],
    ['HS256 with a list as iss', () => hs({ iss: [app] })],
    ['HS256 with null as iss', () => hs({ iss: null })],
    [
      'the key of another issuer and its iss',
      () =>
        jwt.sign({ aud: 'api', iss: real, sub: 'ada' }, ec.privateKey, {
          algorithm: 'ES256',
          expiresIn: 60,
        }),
    ],
    ['none with the iss of it', () => forged({ alg: 'none' }, JSON.stringify({ iss: app, ...session() }))],
    ['NONE without iss', () => forged({ alg: 'nOnE' }, JSON.stringify(session()))],
    [
      'an unknown algorithm with the iss of it',
      () => forged({ alg: 'HS1' }, JSON.stringify({ iss: app, ...session() })),
    ],
    [
      'iss twice, the other issuer last',
      () => forged({ alg: 'HS256' }, `{"iss":"${app}","iss":"${real}","sub":"ada","exp":9999999999}`),
    ],
    ['an RSA token without iss', () => jwt.sign({ sub: 'ada' }, rsa.privateKey, { algorithm: 'RS256' })],
    ['a critical extension', () => forged({ alg: 'HS256', crit: ['x'] }, JSON.stringify({ iss: app }))],
    ['too long a token', () => hs({ iss: app, x: 'x'.repeat(17_000) })],
    ['an opaque token without a declared prefix', () => 'unknown_1'],
  ])('and not that of the application: %s', async (_what, token) => {
    expect(await verdict(token())).toMatch(/^401 INVALID_/);
    expect(asked).toEqual([]);
  });

  it('of two iss the last counts, for the choice and for the claims', async () => {
    const token = forged(
      { alg: 'HS256' },
      `{"iss":"${real}","iss":"${app}","sub":"ada","exp":${inSeconds(60)}}`,
    );
    expect(await verdict(token)).toBe('401 INVALID_TOKEN');
    expect(asked.map(({ by }) => by)).toEqual([app]);
  });

  it('and no other after it rejected: neither a key nor another issuer', async () => {
    expect(await verdict(hs({ iss: app }, 'wrong'))).toBe('401 INVALID_TOKEN');
    expect(await verdict('sess_memo_unknown')).toBe('401 INVALID_TOKEN');
    expect(asked.map(({ by }) => by)).toEqual([app, sessions]);
  });

  it.each(['sess_a.b.c', 'sess_eyJhbGciOiJIUzI1NiJ9.e30.AA', `sess_${'x'.repeat(8_000)}`, 'sess_'])(
    'an opaque token is read by its prefix: %.40s',
    async (token) => {
      expect(await verdict(token)).toBe('401 INVALID_TOKEN');
      expect(asked.map(({ by, token: seen }) => [by, seen])).toEqual([[sessions, token]]);
    },
  );

  it.each(['Sess_1', 'SESS_1', 'xsess_1', 'sess-1'])('%s has no declared prefix', async (token) => {
    expect(await verdict(token)).toBe('401 INVALID_API_KEY');
    expect(asked).toEqual([]);
  });
});

it('failures count against the address, and no more is asked than it has left', async () => {
  const limited = await startGatehouse({ issuers, failuresPerMinute: 5 });
  const tryOne = async (token: string) => {
    const { status } = await limited.send('GET', '/api/v1/auth/me', {
      headers: { authorization: `Bearer ${token}` },
    });
    return status;
  };
  live.set('sess_good', session());
  expect(await tryOne('sess_good')).toBe(200);
  const statuses = await Promise.all(Array.from({ length: 40 }, (_, index) => tryOne(`sess_bad${index}`)));
  expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(5);
  expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(35);
  expect(asked.length).toBeLessThanOrEqual(8);
  expect(await tryOne('sess_good')).toBe(200);
  await limited.close();
});

describe('options of an issuer with `verify`', () => {
  const verify = () => undefined;
  const publicKey = rsa.publicKey.export({ format: 'jwk' });
  it.each<[object[], RegExp]>([
    [[{ verify: 'secret' }], /verify must be a function/],
    [[{ verify, publicKey }], /needs either a public key/],
    [[{ publicKey, audience: 'api', hmac: true }], /hmac is for an issuer with verify/],
    [[{ publicKey, audience: 'api', opaquePrefix: 'sess_' }], /opaquePrefix is for an issuer with verify/],
    [[{ publicKey }], /has no audience/],
    [[{ verify, audience: [] }], /has no audience/],
    [[{ verify, hmac: 'yes' }], /hmac must be true or false/],
    [[{ verify, opaquePrefix: 'x' }], /opaquePrefix must be/],
    [[{ verify, opaquePrefix: 'eyJ' }], /opaquePrefix must be/],
    [[{ verify, opaquePrefix: 'Sess_' }], /opaquePrefix must be/],
    [[{ verify, opaquePrefix: 'se ss' }], /opaquePrefix must be/],
    [[{ verify, rememberedForSeconds: 3_601 }], /rememberedForSeconds must be/],
    [[{ verify, rememberedForSeconds: Number.NaN }], /rememberedForSeconds must be/],
    [
      [
        { verify, hmac: true },
        { issuer: 'b', verify, hmac: true },
      ],
      /hmac is set for a too/,
    ],
  ])('stop the start: %j', (list, expected) => {
    const all = list.map((one) => ({ issuer: 'a', ...one })) as never;
    expect(() => new JwtVerifier(all, new Clock())).toThrow(expected);
  });

  it.each([[['mk_']], [['mk_live_x']], [['tk_x']], [['sess_', 'sess_a']], [['sess_a', 'sess_']]])(
    'stop the start: opaquePrefix %j is that of a key or of another issuer',
    (prefixes) => {
      const list = prefixes.map((opaquePrefix) => ({ opaquePrefix }));
      expect(() => requireDistinctPrefixes(list, ['mk_live_', 'tk_'])).toThrow(/cannot be told from/);
    },
  );
});

it('opaque tokens are redacted wherever they are logged', () => {
  expect(redact('session sess_abcdef.123 of ada')).toBe('session sess_[redacted] of ada');
});
