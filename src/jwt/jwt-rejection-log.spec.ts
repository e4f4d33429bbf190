import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Clock } from '../support/clock.js';
import { JwtVerifier } from './jwt-verifier.js';

const issuer = 'https://issuer.example';
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

class FakeClock extends Clock {
  time = 0;
  override now(): number {
    return 0;
  }
  override ticks(): number {
    return this.time;
  }
}

function token(header: object, changed: object = {}): string {
  const claims = { iss: issuer, aud: 'app', sub: 'ada', exp: 600, secret: 'canary', ...changed };
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  if ('alg' in header && header.alg === 'RS256') {
    return `${text}.${sign('sha256', Buffer.from(text), rsa.privateKey).toString('base64url')}`;
  }
  return `${text}.${createHmac('sha256', 'x').update(text).digest('base64url')}`;
}

describe('JwtRejectionLog', () => {
  let clock: FakeClock;
  let warn: jest.Mock<(message: string) => void>;

  beforeEach(() => {
    clock = new FakeClock();
    warn = jest.fn<(message: string) => void>();
  });

  function verifier(publicKey: object, setBy: string): JwtVerifier {
    return new JwtVerifier([{ issuer, audience: 'app', publicKey, setBy }], clock, { warn, log: warn });
  }

  it('names at most 100 clients a minute whose tokens would be bounded', () => {
    const options = { issuer, audience: 'app', publicKey: rsaJwk, bounded: 'warn' } as const;
    const subject = new JwtVerifier([options], clock, { warn, log: warn });
    const send = (client_id: string) => void subject.verify(token({ alg: 'RS256' }, { client_id }));
    for (let index = 0; index < 1_100; index += 1) send(`client-${index}`);
    expect(warn).toHaveBeenCalledTimes(101);
    send('client-99');
    expect(warn).toHaveBeenCalledTimes(101);
    clock.time += 60_000;
    for (const client of ['client-0', 'client-500', 'client-600']) send(client);
    expect(warn.mock.calls.slice(101).map(([line]) => line)).toEqual([
      expect.stringMatching(/"client-0" has all rights/),
      expect.stringMatching(/"client-500" has .*\(999 more since this was last said\)/),
    ]);
  });

  function lines(subject: JwtVerifier, ...tokens: string[]): string[] {
    for (const one of tokens) expect(() => subject.verify(one)).toThrow();
    return warn.mock.calls.map(([line]) => line);
  }

  const ecJwk = ec.publicKey.export({ format: 'jwk' });
  const rsaJwk = rsa.publicKey.export({ format: 'jwk' });

  it.each([
    [
      'SUPABASE_JWT_PUBLIC_KEY',
      ecJwk,
      'RS256',
      /RS256 but .* SUPABASE_JWT_PUBLIC_KEY is for ES256; set SUPABASE_JWT_RSA_PUBLIC_KEY/,
    ],
    [
      'SUPABASE_JWT_RSA_PUBLIC_KEY',
      rsaJwk,
      'ES256',
      /ES256 but .* SUPABASE_JWT_RSA_PUBLIC_KEY is for RS256; set SUPABASE_JWT_PUBLIC_KEY/,
    ],
    [
      'JWT_PUBLIC_KEY',
      ecJwk,
      'EdDSA',
      /EdDSA but the key in JWT_PUBLIC_KEY is for ES256; give it a key for EdDSA/,
    ],
    ['JWT_PUBLIC_KEY', ecJwk, 'HS256', /HS256, which is never accepted/],
    ['JWT_PUBLIC_KEY', ecJwk, 'canary', /an unknown algorithm, which is never accepted/],
  ])('of %s says what to set for an algorithm mismatch', (setBy, key, alg, line) => {
    const found = lines(verifier(key, setBy), token({ alg }));
    expect(found).toEqual([expect.stringMatching(line)]);
    expect(found[0]).toContain(issuer);
  });

  it('quotes no part of a token', () => {
    const subject = verifier(ecJwk, 'JWT_PUBLIC_KEY');
    const found = lines(
      subject,
      token({ alg: 'ES256', kid: 'canary' }),
      token({ alg: 'canary' }),
      token({ alg: 'ES256' }, { iss: 'https://canary.example' }),
      token({ alg: 'ES256' }, { aud: 'canary' }),
      token({ alg: 'ES256' }, { sub: 'canary' }),
      'canary.canary.canary',
    );
    expect(found).toHaveLength(4);
    for (const line of found) expect(line).not.toContain('canary');
  });

  it('logs a reason once a minute, with the number of tokens in between', () => {
    const subject = verifier(ecJwk, 'JWT_PUBLIC_KEY');
    const flood = Array.from({ length: 100 }, () => token({ alg: 'HS256' }));
    expect(lines(subject, ...flood)).toHaveLength(1);
    clock.time = 59_999;
    expect(lines(subject, ...flood)).toHaveLength(1);
    clock.time = 60_000;
    expect(lines(subject, ...flood)).toHaveLength(2);
    expect(lines(subject)[1]).toContain('(199 more since this was last said)');
  });

  it('logs each reason separately', () => {
    const subject = verifier(ecJwk, 'JWT_PUBLIC_KEY');
    expect(lines(subject, token({ alg: 'ES256' }), token({ alg: 'RS256' }))).toHaveLength(2);
  });
});
