import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import jwt from 'jsonwebtoken';
import type { IssuerOptions } from '../../src/jwt/issuers.js';
import { type Gatehouse, startGatehouse } from '../support/gatehouse.js';
import { TestClock } from '../support/test-clock.js';

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed = generateKeyPairSync('ed25519');
const pem = ec.publicKey.export({ format: 'pem', type: 'spki' }) as string;

const issuer = 'https://issuer.example.com';
const now = () => Math.floor(new TestClock().now() / 1000);
const claims = () => ({ iss: issuer, aud: 'api', sub: 'ada', email: 'ada@example.com', exp: now() + 600 });
const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
const forge = (header: object, payload: object, key = ec.privateKey) => {
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
};
const good = (payload: object = {}, header: object = {}) =>
  forge({ alg: 'ES256', kid: 'a', ...header }, { ...claims(), ...payload });

const outcome = async (gatehouse: Gatehouse, token: string) => {
  const { status, body } = await gatehouse.send('GET', '/api/v1/auth/me', {
    headers: { authorization: `Bearer ${token}` },
  });
  return status === 200 ? '200' : `${status} ${body.code}`;
};

describe('a JWT', () => {
  let gatehouse: Gatehouse;

  beforeAll(async () => {
    const jwks = {
      keys: [
        { ...ec.publicKey.export({ format: 'jwk' }), kid: 'a' },
        { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'b' },
        { ...ed.publicKey.export({ format: 'jwk' }), kid: 'c' },
      ],
    };
    const other = {
      issuer: 'https://other.example.com',
      audience: ['one', 'two'],
      publicKey: stranger.publicKey.export({ format: 'jwk' }),
    };
    gatehouse = await startGatehouse({ issuers: [{ issuer, audience: 'api', publicKey: jwks }, other] });
  });
  afterAll(() => gatehouse.close());

  it.each<[string, () => string]>([
    ['ES256', () => good()],
    ['RS256', () => jwt.sign(claims(), rsa.privateKey, { algorithm: 'RS256', keyid: 'b' })],
    [
      'EdDSA',
      () => {
        const signed = `${encode({ alg: 'EdDSA', kid: 'c' })}.${encode(claims())}`;
        return `${signed}.${sign(null, Buffer.from(signed), ed.privateKey).toString('base64url')}`;
      },
    ],
    ['an audience in a list', () => good({ aud: ['x', 'api'] })],
    ['29 seconds over its time', () => good({ exp: now() - 29 })],
    ['29 seconds before its time', () => good({ nbf: now() + 29 })],
  ])('is accepted: %s', async (_what, token) => {
    expect(await outcome(gatehouse, token())).toBe('200');
  });

  it.each<[string, () => string, string?]>([
    ['31 seconds over its time', () => good({ exp: now() - 31 }), 'EXPIRED_TOKEN'],
    ['31 seconds before its time', () => good({ nbf: now() + 31 })],
    ['without exp', () => good({ exp: undefined })],
    ['with exp in words', () => good({ exp: `${now() + 600}` })],
    ['for another audience', () => good({ aud: 'other' })],
    ['without an audience', () => good({ aud: undefined })],
    ['of an unknown issuer', () => good({ iss: 'https://evil.example.com' })],
    ['of an issuer spelled otherwise', () => good({ iss: `${issuer}/` })],
    ['of one issuer, signed by another', () => good({ iss: 'https://other.example.com', aud: 'one' })],
    ['without a subject', () => good({ sub: '' })],
    ['with a number for a subject', () => good({ sub: 7 })],
    ['with NUL in its subject', () => good({ sub: 'a\u0000' })],
    ['signed by a stranger', () => forge({ alg: 'ES256', kid: 'a' }, claims(), stranger.privateKey)],
    [
      'expired and signed by a stranger',
      () => forge({ alg: 'ES256', kid: 'a' }, { ...claims(), exp: 1 }, stranger.privateKey),
    ],
    ['with alg none', () => `${encode({ alg: 'none' })}.${encode(claims())}.AA`],
    [
      'with alg NONE and no signature',
      () => `${encode({ alg: 'NONE' })}.${encode(claims())}.`,
      'INVALID_API_KEY',
    ],
    [
      'HS256 with our public key as the secret',
      () => {
        const signed = `${encode({ alg: 'HS256', kid: 'a' })}.${encode(claims())}`;
        return `${signed}.${createHmac('sha256', pem).update(signed).digest('base64url')}`;
      },
    ],
    ['with the algorithm of another key', () => good({}, { alg: 'RS256' })],
    ['with an unknown kid', () => good({}, { kid: 'x' })],
    ['with a path for a kid', () => good({}, { kid: '../../dev/null' })],
    [
      'with a key of its own (jwk)',
      () =>
        forge(
          { alg: 'ES256', jwk: stranger.publicKey.export({ format: 'jwk' }) },
          claims(),
          stranger.privateKey,
        ),
    ],
    [
      'with a key address of its own (jku)',
      () => forge({ alg: 'ES256', jku: 'http://127.0.0.1:1/jwks' }, claims(), stranger.privateKey),
    ],
    ['with an unknown crit', () => good({}, { crit: ['exp'] })],
    [
      'with a DER signature',
      () => {
        const signed = `${encode({ alg: 'ES256', kid: 'a' })}.${encode(claims())}`;
        return `${signed}.${sign('sha256', Buffer.from(signed), ec.privateKey).toString('base64url')}`;
      },
    ],
    [
      'with an all-zero signature',
      () => `${good().split('.').slice(0, 2).join('.')}.${Buffer.alloc(64).toString('base64url')}`,
    ],
    ['with padding', () => `${good()}==`, 'INVALID_API_KEY'],
    [
      'with its payload changed',
      () => {
        const [header, , signature] = good().split('.');
        return `${header}.${encode({ ...claims(), sub: 'eve' })}.${signature}`;
      },
    ],
  ])('is rejected: %s', async (_what, token, code = 'INVALID_TOKEN') => {
    expect(await outcome(gatehouse, token())).toBe(`401 ${code}`);
  });

  it('expires by the clock, even if it is cached', async () => {
    const token = good({ exp: now() + 1_000 });
    expect(await outcome(gatehouse, token)).toBe('200');
    expect(await outcome(gatehouse, token)).toBe('200');
    gatehouse.pass(1_031);
    expect(await outcome(gatehouse, token)).toBe('401 EXPIRED_TOKEN');
    gatehouse.pass(-1_031);
  });
});

describe('without an issuer', () => {
  it('a JWT is answered 503 AUTH_NOT_CONFIGURED, and keys go on working', async () => {
    const gatehouse = await startGatehouse({ builtinIssuer: false });
    expect(await outcome(gatehouse, good())).toBe('503 AUTH_NOT_CONFIGURED');
    const admin = await gatehouse.send('GET', '/api/v1/auth/me', {
      headers: { 'x-api-key': gatehouse.adminKey },
    });
    expect(admin.status).toBe(200);
    expect((await gatehouse.send('GET', '/.well-known/jwks.json')).status).toBe(404);
    await gatehouse.close();
  });
});

describe('a remote JWKS', () => {
  let endpoint: Server;
  let answer: () => { status: number; body: string };
  let asked = 0;
  let remote: IssuerOptions;

  beforeAll(async () => {
    endpoint = createServer((_request, response) => {
      asked += 1;
      const { status, body } = answer();
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
    await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
    const { port } = endpoint.address() as AddressInfo;
    remote = { issuer, audience: 'api', jwksUrl: `http://127.0.0.1:${port}/jwks.json` };
  });
  afterAll(() => new Promise((resolve) => endpoint.close(resolve)));

  const jwks = (kid: string) => ({
    status: 200,
    body: JSON.stringify({ keys: [{ ...ec.publicKey.export({ format: 'jwk' }), kid }] }),
  });

  it('is fetched once for many tokens, and asked again for a new kid', async () => {
    answer = () => jwks('a');
    const gatehouse = await startGatehouse({ issuers: [remote] });
    asked = 0;
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_unused, turn) => outcome(gatehouse, good({ sub: `${turn}` }))),
    );
    expect(new Set(outcomes)).toEqual(new Set(['200']));
    expect(asked).toBeLessThanOrEqual(1);
    answer = () => jwks('new');
    expect(await outcome(gatehouse, good({}, { kid: 'new' }))).toBe('200');
    const before = asked;
    await Promise.all(
      Array.from({ length: 20 }, (_unused, turn) => outcome(gatehouse, good({}, { kid: `forged-${turn}` }))),
    );
    expect(asked).toBe(before);
    await gatehouse.close();
  });

  it.each<[string, () => { status: number; body: string }]>([
    ['down', () => ({ status: 500, body: '' })],
    ['garbage', () => ({ status: 200, body: '<html>' })],
    ['2 MB', () => ({ status: 200, body: JSON.stringify({ keys: [], pad: 'x'.repeat(2 << 20) }) })],
  ])('that is %s gives 503 AUTH_UNAVAILABLE with Retry-After, never a 401', async (_what, bad) => {
    answer = bad;
    const gatehouse = await startGatehouse({ issuers: [remote] });
    const rejected = await gatehouse.send('GET', '/api/v1/auth/me', {
      headers: { authorization: `Bearer ${good()}` },
    });
    expect([rejected.status, rejected.body.code]).toEqual([503, 'AUTH_UNAVAILABLE']);
    expect(Number(rejected.headers['retry-after'])).toBeGreaterThan(0);
    const status = await gatehouse.send('GET', '/api/v1/auth/status', {
      headers: { authorization: `Bearer ${good()}` },
    });
    expect([status.status, status.body.authenticated]).toEqual([200, false]);
    answer = () => jwks('a');
    gatehouse.pass(40);
    expect(await outcome(gatehouse, good({ exp: now() + 600 }))).toBe('200');
    await gatehouse.close();
  });
});
