import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { startLocalServer } from '../../test/support/local-server.js';
import jsonwebtoken from 'jsonwebtoken';
import { AuthError } from '../principal/auth-error.js';
import { Clock } from '../support/clock.js';
import type { IssuerOptions } from './issuers.js';
import { JwtVerifier } from './jwt-verifier.js';
import type { VerifiedJwt } from './verified-jwt.js';

const issuer = 'https://issuer.example';
const now = 1_800_000_000;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const otherEc = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = ec.publicKey.export({ format: 'pem', type: 'spki' }) as string;
const claims = { iss: issuer, aud: 'app', sub: 'ada', exp: now + 600 };

class FakeClock extends Clock {
  seconds = now;
  override now(): number {
    return this.seconds * 1000;
  }
  override ticks(): number {
    return this.seconds * 1000;
  }
}

function jwk(publicKey: KeyObject, kid: string): object {
  return { ...publicKey.export({ format: 'jwk' }), kid };
}

/** Signed by a library that shares no code with this one. */
function token(changed: object = {}, { kid, pair = ec }: { kid?: string; pair?: typeof ec } = {}): string {
  const algorithm = pair.privateKey.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256';
  const header = kid === undefined ? { alg: algorithm } : { alg: algorithm, kid };
  return jsonwebtoken.sign(JSON.stringify({ ...claims, ...changed }), pair.privateKey, { algorithm, header });
}

function rejection(subject: JwtVerifier, rejected: string): unknown {
  try {
    void subject.verify(rejected);
  } catch (error) {
    if (error instanceof AuthError) return error.code === 'INVALID_TOKEN' ? error.cause : error.code;
    throw error;
  }
  throw new Error('was accepted');
}

describe('JwtVerifier', () => {
  it.each<[string, unknown, number | undefined]>([
    ['a second', now, now * 1000],
    ['a fraction', now + 0.5, now * 1000 + 500],
    ['as far ahead as clocks may differ', now + 30, (now + 30) * 1000],
    ['a negative time', -1, -1000],
    ['nothing', undefined, undefined],
    ['a later time', now + 31, undefined],
    ['milliseconds', now * 1000, undefined],
    ['the greatest number', Number.MAX_VALUE, undefined],
  ])('says when a token was issued if its iat is %s', (_, iat, issuedAt) => {
    const subject = new JwtVerifier([{ issuer, audience: 'app', publicKey: key }], new FakeClock());
    const text = JSON.stringify({ ...claims, iat });
    const signed = jsonwebtoken.sign(text, ec.privateKey, { algorithm: 'ES256' });
    expect(subject.verify(signed)).toMatchObject({ issuedAt });
  });

  let clock: FakeClock;

  beforeEach(() => {
    clock = new FakeClock();
  });

  function verifier(...issuers: Partial<IssuerOptions>[]): JwtVerifier {
    const warn = jest.fn<(message: string) => void>();
    const complete = issuers.map((options) => ({ issuer, audience: 'app', ...options }) as IssuerOptions);
    return new JwtVerifier(complete, clock, { warn, log: warn });
  }

  it.each([
    ['ES256', ec],
    ['RS256', rsa],
  ])('returns the claims of a token signed with %s synchronously', (_, pair) => {
    const subject = verifier({ publicKey: pair.publicKey.export({ format: 'pem', type: 'spki' }) as string });
    expect(subject.verify(token({ email: 'ada@example.com' }, { kid: 'any', pair }))).toEqual({
      issuer,
      aliases: [],
      cachedForMs: 60_000,
      createOwners: false,
      claims: {},
      tenant: undefined,
      role: null,
      roleScopes: null,
      primary: true,
      subject: 'ada',
      expiresAt: 1_800_000_600_000,
      audiences: ['app'],
      otherAudiences: [],
      clientId: null,
      scopes: null,
      actors: [],
      email: 'ada@example.com',
      validUntil: (now + 630) * 1000,
    });
  });

  it('accepts any common audience of token and options', () => {
    const several = verifier({ publicKey: key, audience: ['web', 'app'] });
    expect(several.verify(token({ aud: ['x', 'app'] }))).toMatchObject({ subject: 'ada' });
    expect(several.verify(token({ aud: 'web' }))).toMatchObject({ subject: 'ada' });
  });

  it.each<[unknown]>([['other'], ['APP'], [''], [['other', 'ap']], ['app app']])('rejects aud %j', (aud) => {
    expect(rejection(verifier({ publicKey: key }), token({ aud }))).toBe('audience');
  });

  it.each([`${issuer}/`, issuer.toUpperCase(), ` ${issuer}`, 'https://evil.example', ''])(
    'rejects iss %j',
    (iss) => {
      expect(rejection(verifier({ publicKey: key }), token({ iss }))).toBe('issuer');
    },
  );

  it('tries any key of the issuer for a token without kid, and only the named one otherwise', () => {
    const both = verifier({
      publicKey: { keys: [jwk(otherEc.publicKey, 'other'), jwk(ec.publicKey, 'mine')] },
    });
    expect(both.verify(token())).toMatchObject({ subject: 'ada' });
    expect(both.verify(token({}, { kid: 'mine' }))).toMatchObject({ subject: 'ada' });
    expect(rejection(both, token({}, { kid: 'other' }))).toBe('signature');
    expect(rejection(both, token({}, { kid: 'third' }))).toBe('key');
  });

  it('tries at most eight keys', () => {
    const others = Array.from({ length: 8 }, (_, n) => jwk(otherEc.publicKey, `other-${n}`));
    const nine = verifier({ publicKey: { keys: [...others, jwk(ec.publicKey, 'mine')] } });
    expect(rejection(nine, token())).toBe('signature');
    expect(nine.verify(token({}, { kid: 'mine' }))).toMatchObject({ subject: 'ada' });
  });

  it('marks only the first issuer as primary, unless its options forbid it', () => {
    const second = { issuer: 'https://second.example', publicKey: key };
    const ofSecond = token({ iss: second.issuer });
    expect(verifier({ publicKey: key }, { ...second, primary: true }).verify(ofSecond)).toMatchObject({
      issuer: second.issuer,
      primary: false,
    });
    expect(verifier({ publicKey: key }, second).verify(token())).toMatchObject({ primary: true });
    expect(verifier({ publicKey: key, primary: false }).verify(token())).toMatchObject({ primary: false });
  });

  it('rejects a token of one issuer that has the key or the audience of another', () => {
    const second = {
      issuer: 'https://second.example',
      audience: 'b',
      publicKey: jwk(otherEc.publicKey, 'shared'),
    };
    const two = verifier({ publicKey: jwk(ec.publicKey, 'shared') }, second);
    const ofSecond = { iss: second.issuer, aud: 'b' };
    expect(two.verify(token(ofSecond, { kid: 'shared', pair: otherEc }))).toMatchObject({
      issuer: second.issuer,
    });
    expect(rejection(two, token(ofSecond, { kid: 'shared' }))).toBe('signature');
    expect(rejection(two, token({}, { kid: 'shared', pair: otherEc }))).toBe('signature');
    expect(rejection(two, token({ aud: 'b' }))).toBe('audience');
  });

  it('answers AUTH_NOT_CONFIGURED when there are no issuers', () => {
    expect(rejection(verifier(), token())).toBe('AUTH_NOT_CONFIGURED');
  });

  it('verifies the signature of an expired token once a minute, however often it is sent', () => {
    const publicKeys = jest.fn(() => keys);
    const keys = jwk(ec.publicKey, 'mine');
    const subject = verifier({ publicKeys });
    const expired = token({ exp: now - 60 });
    const calls = () => publicKeys.mock.calls.length;
    expect(rejection(subject, expired)).toBe('EXPIRED_TOKEN');
    const before = calls();
    for (let again = 0; again < 5; again += 1) expect(rejection(subject, expired)).toBe('EXPIRED_TOKEN');
    expect(calls()).toBe(before);
    // Another signature below the same claims is another token.
    const [head, payload] = expired.split('.');
    expect(rejection(subject, `${head}.${payload}.${'A'.repeat(86)}`)).toBe('signature');
    clock.seconds += 60;
    const later = calls();
    expect(rejection(subject, expired)).toBe('EXPIRED_TOKEN');
    expect(calls()).toBeGreaterThan(later);
    clock.seconds = now - 120;
    expect(subject.verify(expired)).toMatchObject({ subject: 'ada' });
  });

  it('expires a token exactly 30 s after exp', () => {
    const subject = verifier({ publicKey: key });
    clock.seconds = now + 629.999;
    expect(subject.verify(token())).toMatchObject({ subject: 'ada' });
    clock.seconds = now + 630;
    expect(rejection(subject, token())).toBe('EXPIRED_TOKEN');
  });

  it('accepts a token from 30 s before nbf', () => {
    const subject = verifier({ publicKey: key });
    expect(subject.verify(token({ nbf: now + 30 }))).toMatchObject({ subject: 'ada' });
    expect(rejection(subject, token({ nbf: now + 31 }))).toBe('not valid yet');
  });

  it('answers EXPIRED_TOKEN only for a token that is otherwise valid', () => {
    const subject = verifier({ publicKey: key });
    const exp = now - 3600;
    expect(rejection(subject, token({ exp }))).toBe('EXPIRED_TOKEN');
    expect(rejection(subject, token({ exp, aud: 'other' }))).toBe('audience');
    expect(rejection(subject, token({ exp, nbf: now + 3600 }))).toBe('not valid yet');
    expect(rejection(subject, token({ exp }, { pair: otherEc }))).toBe('signature');
  });

  it('waits for remote keys only if it must, and distinguishes a bad token from missing keys', async () => {
    let up = true;
    const server = await startLocalServer((_, response) => {
      response.writeHead(up ? 200 : 503).end(JSON.stringify({ keys: [jwk(ec.publicKey, 'a')] }));
    });
    const jwksUrl = `${server.url}/`;
    expect(rejection(verifier({ jwksUrl }), token().replace(/^[^.]+/, 'eyJhbGciOiJIUzI1NiJ9'))).toBe(
      'algorithm',
    );
    const subject = verifier({ jwksUrl });
    expect(subject.state()).toEqual([{ issuer, reachable: false }]);
    const first = subject.verify(token({}, { kid: 'a' }));
    expect(first).toBeInstanceOf(Promise);
    expect(await first).toMatchObject({ subject: 'ada' });
    expect((subject.verify(token({}, { kid: 'a' })) as VerifiedJwt).subject).toBe('ada');
    expect(subject.state()).toEqual([{ issuer, reachable: true }]);
    expect(rejection(subject, token({}, { kid: 'a', pair: otherEc }))).toBe('signature');
    await expect(subject.verify(token({}, { kid: 'b' }))).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
    up = false;
    clock.seconds += 30;
    await expect(subject.verify(token({}, { kid: 'b' }))).rejects.toMatchObject({ code: 'AUTH_UNAVAILABLE' });
    const cold = verifier({ jwksUrl });
    await expect(cold.warm()).resolves.toBeUndefined();
    await expect(cold.verify(token({}, { kid: 'a' }))).rejects.toMatchObject({
      code: 'AUTH_UNAVAILABLE',
      retryAfterSeconds: expect.any(Number),
    });
    await server.close();
  });

  it.each([['a'], [undefined]])(
    'accepts a key that was replaced without a new kid (%s), and fetches for forged tokens at most every 30 s',
    async (kid) => {
      let pair = ec;
      let fetches = 0;
      const server = await startLocalServer((_, response) => {
        fetches += 1;
        const { kid: _none, ...key } = jwk(pair.publicKey, kid ?? '') as { kid: string };
        response.end(JSON.stringify({ keys: [kid === undefined ? key : { ...key, kid }] }));
      });
      const subject = verifier({ jwksUrl: `${server.url}/` });
      await subject.verify(token({}, { kid }));
      pair = otherEc;
      expect(rejection(subject, token({}, { kid, pair: otherEc }))).toBe('signature');
      clock.seconds += 30;
      // Many at once share one fetch.
      const good = Array.from({ length: 5 }, () => subject.verify(token({}, { kid, pair: otherEc })));
      const forged = subject.verify(
        token({}, { kid, pair: generateKeyPairSync('ec', { namedCurve: 'P-256' }) }),
      );
      await expect(forged).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
      for (const one of await Promise.all(good)) expect(one.subject).toBe('ada');
      expect(rejection(subject, token({}, { kid }))).toBe('signature');
      expect(fetches).toBe(2);
      await server.close();
      clock.seconds += 30;
      await expect(subject.verify(token({}, { kid }))).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
      expect((subject.verify(token({}, { kid, pair: otherEc })) as VerifiedJwt).subject).toBe('ada');
    },
  );

  it('accepts Ed25519 as the name of EdDSA (RFC 9864)', () => {
    const pair = generateKeyPairSync('ed25519');
    const publicKey = { ...pair.publicKey.export({ format: 'jwk' }), alg: 'Ed25519' };
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const signed = `${encode({ alg: 'Ed25519' })}.${encode(claims)}`;
    const signature = sign(null, Buffer.from(signed), pair.privateKey).toString('base64url');
    const verified = verifier({ publicKey }).verify(`${signed}.${signature}`) as VerifiedJwt;
    expect(verified.subject).toBe('ada');
    expect(rejection(verifier({ publicKey: key }), `${signed}.${signature}`)).toBe('algorithm');
  });
});
