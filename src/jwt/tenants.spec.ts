import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import jsonwebtoken from 'jsonwebtoken';
import { startLocalServer } from '../../test/support/local-server.js';
import { AuthError } from '../principal/auth-error.js';
import { Clock } from '../support/clock.js';
import type { IssuerOptions } from './issuers.js';
import { JwtVerifier } from './jwt-verifier.js';

const template = 'https://login.example.com/{tenant}/v2.0';
const of = (tenant: string) => template.replace('{tenant}', tenant);
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = pair.publicKey.export({ format: 'jwk' });
const warn = jest.fn<(message: string) => void>();
beforeEach(() => void warn.mockClear());

class StoppedClock extends Clock {
  time = 1_000_000;
  override ticks(): number {
    return this.time;
  }
}

const verifier = (...issuers: object[]) =>
  new JwtVerifier(
    issuers.map((one) => ({ issuer: template, audience: 'api', publicKey: jwk, ...one }) as IssuerOptions),
    new StoppedClock(),
    { warn, log: warn },
  );
const token = (
  iss: string,
  { key = pair.privateKey, kid }: { key?: typeof pair.privateKey; kid?: string } = {},
) =>
  jsonwebtoken.sign(JSON.stringify({ iss, aud: 'api', sub: 'ada', exp: 4_000_000_000 }), key, {
    algorithm: 'ES256',
    header: { alg: 'ES256', ...(kid !== undefined && { kid }) },
  });
const answerOf = (subject: JwtVerifier, signed: string): unknown => {
  try {
    return subject.verify(signed);
  } catch (error) {
    return error instanceof AuthError ? error.code : error;
  }
};

describe('an issuer with tenants', () => {
  it('accepts the listed ones, each as an issuer of its own', () => {
    const subject = verifier({ tenants: ['acme', '11111111-2222-4333-8444-555555555555'] });
    for (const tenant of ['acme', '11111111-2222-4333-8444-555555555555'])
      expect(answerOf(subject, token(of(tenant)))).toMatchObject({
        issuer: of(tenant),
        subject: 'ada',
        primary: false,
      });
    expect(subject.find(of('acme'))).toMatchObject({ issuer: of('acme'), primary: false });
    expect([subject.find(of('other')), subject.find(template)]).toEqual([undefined, undefined]);
    expect(subject.state()).toEqual([{ issuer: template, reachable: true }]);
  });

  it.each([
    of('other'),
    of('Acme'),
    of(''),
    of('acme/x'),
    of('acme%2Fx'),
    of('acme.'),
    of('..'),
    of('{tenant}'),
    of('acme\n'),
    of('x'.repeat(65)),
    `${of('acme')}/`,
    of('acme').replace('login', 'acme'),
    of('acme').replace('https', 'http'),
    `https://evil.example/?${of('acme')}`,
    'https://login.example.com/v2.0',
    'https://login.example.com//v2.0',
  ])('rejects the issuer %s', (iss) => {
    expect(answerOf(verifier({ tenants: ['acme', 'x'] }), token(iss))).toBe('INVALID_TOKEN');
  });

  it('is asked about the tenants of verified tokens only, if it has a function', () => {
    const tenants = jest.fn((tenant: string) => tenant.startsWith('a'));
    const subject = verifier({ tenants });
    const forged = token(of('acme'), { key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey });
    expect(answerOf(subject, forged)).toBe('INVALID_TOKEN');
    expect(tenants).not.toHaveBeenCalled();
    expect(answerOf(subject, token(of('acme')))).toMatchObject({ issuer: of('acme') });
    expect(answerOf(subject, token(of('beta')))).toBe('INVALID_TOKEN');
    expect(tenants.mock.calls).toEqual([['acme'], ['beta']]);
    expect(warn).toHaveBeenLastCalledWith(expect.stringMatching(/\/beta\/v2\.0 is of a tenant that tenants/));
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no table');
      },
    ],
    ['is async', () => Promise.resolve(true)],
    ['fails later', () => Promise.reject(new Error('late'))],
    ['returns no boolean', () => 1],
  ])('is unavailable while its function %s', (_, tenants) => {
    expect(answerOf(verifier({ tenants }), token(of('acme')))).toBe('AUTH_UNAVAILABLE');
  });

  it('leaves a tenant that is configured by itself to that entry', () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const own = { issuer: of('own'), publicKey: other.publicKey.export({ format: 'jwk' }) };
    const subject = verifier({ tenants: ['acme', 'own'] }, own);
    expect(answerOf(subject, token(of('own')))).toBe('INVALID_TOKEN');
    expect(answerOf(subject, token(of('own'), { key: other.privateKey }))).toMatchObject({
      issuer: of('own'),
    });
  });

  it.each<[string, object, RegExp]>([
    ['a placeholder and no tenants', {}, /has a placeholder, so tenants must list/],
    [
      'another placeholder',
      { issuer: 'https://x.example/{tenantid}/v2.0', tenants: ['a'] },
      /\{tenant\} as one/,
    ],
    ['no placeholder', { issuer: 'https://x.example/', tenants: ['a'] }, /\{tenant\} as one segment/],
    ['two placeholders', { issuer: 'https://x.example/{tenant}/{tenant}', tenants: ['a'] }, /no other/],
    ['a placeholder in the host', { issuer: 'https://{tenant}.example/', tenants: ['a'] }, /as one segment/],
    ['a placeholder for the host', { issuer: 'https://{tenant}/v2.0', tenants: ['a'] }, /as one segment/],
    ['a part of a segment', { issuer: 'https://x.example/t-{tenant}', tenants: ['a'] }, /as one segment/],
    [
      'a placeholder in the query',
      { issuer: 'https://x.example/?t=/{tenant}', tenants: ['a'] },
      /as one segment/,
    ],
    ['a user name', { issuer: 'https://x@y.example/{tenant}', tenants: ['a'] }, /as one segment/],
    ['no URL', { issuer: 'x/{tenant}', tenants: ['a'] }, /as one segment/],
    ['an empty list', { tenants: [] }, /tenants must be 1 to/],
    ['a text', { tenants: 'acme' }, /tenants must be 1 to/],
    ['a wildcard', { tenants: ['*'] }, /tenants must be 1 to/],
    ['a path', { tenants: ['a/b'] }, /tenants must be 1 to/],
    ['aliases', { tenants: ['a'], aliases: ['https://y.example/'] }, /no aliases/],
    ['primary', { tenants: ['a'], primary: true }, /not primary/],
    ['verify', { tenants: ['a'], publicKey: undefined, verify: () => undefined }, /no verify/],
    ['a JWKS URL of each', { tenants: ['a'], publicKey: undefined, jwksUrl: of('{tenant}') }, /one JWKS URL/],
    ['an alias with a placeholder', { issuer: 'https://x.example/', aliases: [template] }, /placeholder/],
  ])('is not configured with %s', (_, options, reason) => {
    expect(() => verifier(options)).toThrow(reason);
    expect(() => verifier(options)).toThrow(/^issuers\[0\]: /);
  });
});

describe('200 issuers with one JWKS URL', () => {
  it('share one fetch, one bound for further ones, and short lines in the log', async () => {
    let fetches = 0;
    let keys: unknown[] = [];
    const server = await startLocalServer((_, response) => {
      fetches += 1;
      response.end(JSON.stringify({ keys }));
    });
    const clock = new StoppedClock();
    const issuers = Array.from({ length: 200 }, (_, n) => ({
      issuer: of(`tenant-${n}`),
      audience: 'api',
      jwksUrl: `${server.url}/keys${n % 2 === 0 ? '' : '#'}`,
    }));
    const subject = new JwtVerifier(issuers, clock, { warn, log: warn });
    const lines = () => warn.mock.calls.map(([line]) => line);
    const send = async (n: number, kid: string) => {
      try {
        return await subject.verify(token(of(`tenant-${n}`), { kid }));
      } catch (error) {
        return error instanceof AuthError ? error.code : error;
      }
    };
    try {
      await subject.warm();
      expect(fetches).toBe(1);
      expect(lines()).toEqual([expect.stringMatching(/tenant-0.* and 195 more cannot be fetched/)]);
      keys = [{ ...jwk, kid: 'a' }];
      clock.time += 60_000;
      await subject.warm();
      expect(fetches).toBe(2);
      expect(subject.state().every(({ reachable }) => reachable)).toBe(true);
      const found = await Promise.all(issuers.map((_, n) => send(n, 'a')));
      expect(found).toEqual(issuers.map(({ issuer }) => expect.objectContaining({ issuer })));
      clock.time += 60_000;
      for (let n = 0; n < 200; n += 1) expect(await send(n, 'unknown')).toBe('INVALID_TOKEN');
      expect(fetches).toBe(3);
      expect(answerOf(subject, token('https://unknown.example'))).toBe('INVALID_TOKEN');
      expect(lines().at(-1)).toMatch(/none of https.*tenant-0.* and 195 more\.$/);
      for (const line of lines()) expect(line.length).toBeLessThan(1_200);
    } finally {
      await server.close();
    }
  });
});
