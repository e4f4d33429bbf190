import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import jsonwebtoken from 'jsonwebtoken';
import { AuthError } from '../principal/auth-error.js';
import { Clock } from '../support/clock.js';
import type { IssuerOptions } from './issuers.js';
import { JwtVerifier } from './jwt-verifier.js';

const issuer = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_example';
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const warn = jest.fn<(message: string) => void>();
beforeEach(() => void warn.mockClear());

const verifier = (options: object) =>
  new JwtVerifier(
    [{ issuer, publicKey: publicKey.export({ format: 'jwk' }), ...options } as IssuerOptions],
    new Clock(),
    { warn, log: warn },
  );
const answerTo = (options: object, claims: object, header: object = {}): string => {
  const token = jsonwebtoken.sign(
    JSON.stringify({ iss: issuer, sub: 'ada', exp: 4_000_000_000, ...claims }),
    privateKey,
    { algorithm: 'ES256', header: { alg: 'ES256', ...header } },
  );
  try {
    void verifier(options).verify(token);
    return 'accepted';
  } catch (error) {
    return error instanceof AuthError ? error.code : String(error);
  }
};
const withoutAudience = { claim: 'client_id', values: ['web', 'ios'] };
const byOrigin = { claim: 'azp', values: ['https://app.example.com'] };

describe('a token without aud', () => {
  it.each<[string, object, object]>([
    ['of a listed client (Cognito)', { withoutAudience }, { client_id: 'ios', token_use: 'access' }],
    ['of a listed origin (Clerk)', { withoutAudience: byOrigin }, { azp: 'https://app.example.com' }],
    ['with an empty list of them (Kinde)', { withoutAudience }, { aud: [], client_id: 'web' }],
    ['beside an audience', { withoutAudience, audience: 'api' }, { client_id: 'web' }],
  ])('%s is accepted where the issuer declares it', (_, options, claims) => {
    expect(answerTo(options, claims)).toBe('accepted');
  });

  it.each<[string, object, object, RegExp]>([
    ['no declaration', { audience: 'api' }, { client_id: 'web' }, /no "aud": let the issuer add api, or set/],
    [
      'another client',
      { withoutAudience },
      { client_id: 'Web' },
      /its "client_id" is none of withoutAudience/,
    ],
    ['no client', { withoutAudience }, {}, /its "client_id" is none of/],
    ['the client in another claim', { withoutAudience }, { azp: 'web' }, /its "client_id" is none of/],
    ['a list of clients', { withoutAudience }, { client_id: ['web'] }, /its "client_id" is none of/],
    ['an empty aud', { audience: 'api' }, { aud: [] }, /has no "aud"/],
  ])('is rejected with %s, and the log says why', (_, options, claims, line) => {
    expect(answerTo(options, claims)).toBe('INVALID_TOKEN');
    expect(warn.mock.calls).toEqual([[expect.stringMatching(line)]]);
  });
});

describe('withoutAudience', () => {
  it.each<[string, object, object]>([
    ['an aud of a client, as in an ID token', { withoutAudience }, { aud: 'web', client_id: 'web' }],
    ['an aud of another API', { withoutAudience, audience: 'api' }, { aud: 'billing', client_id: 'web' }],
    ['an aud of no text', { withoutAudience }, { aud: null, client_id: 'web' }],
    ['an ID token', { withoutAudience }, { client_id: 'web', token_use: 'id' }],
  ])('does not excuse %s (RFC 7519 §4.1.3)', (_, options, claims) => {
    expect(answerTo(options, claims)).toBe('INVALID_TOKEN');
  });

  it('says nothing about tokens with an aud, which audience decides about', () => {
    expect(answerTo({ withoutAudience, audience: 'api' }, { aud: ['api'], client_id: 'x' })).toBe('accepted');
  });

  it.each<[unknown]>([
    [null],
    ['client_id'],
    [{ claim: 'client_id' }],
    [{ claim: 'client_id', values: [] }],
    [{ claim: 'client_id', values: 'web' }],
    [{ claim: 'client_id', values: [''] }],
    [{ claim: 'sub', values: ['web'] }],
    [{ claim: 'azp', values: ['web'], others: true }],
    [{ claim: 'azp', values: Array.from({ length: 101 }, (_, n) => `client-${n}`) }],
  ])('is not %j', (value) => {
    expect(() => verifier({ withoutAudience: value })).toThrow(/issuers\[0\]: withoutAudience must be/);
  });
});

describe('an at+jwt (RFC 9068 §2.2)', () => {
  const header = { typ: 'at+jwt' };
  const failing = () => {
    throw new Error('must not be called');
  };

  it.each<[string, object, object, string]>([
    ['with client_id', {}, { client_id: 'web' }, 'accepted'],
    [
      'with azp alone, as of Keycloak, where that names the client',
      { clientClaim: 'azp' },
      { azp: 'web' },
      'accepted',
    ],
    ['with azp alone', {}, { azp: 'web' }, 'INVALID_TOKEN'],
    ['without a client', { clientClaim: 'azp' }, {}, 'INVALID_TOKEN'],
    [
      'without a client, before the application is asked for scopes',
      { mapScopes: failing },
      {},
      'INVALID_TOKEN',
    ],
    ['of two clients', { clientClaim: 'azp' }, { azp: 'web', client_id: 'cli' }, 'INVALID_TOKEN'],
  ])('%s', (_, options, claims, answer) => {
    expect(answerTo({ audience: 'api', ...options }, { aud: 'api', ...claims }, header)).toBe(answer);
  });

  it('without a client leaves a line that says what to set', () => {
    answerTo({ audience: 'api' }, { aud: 'api', azp: 'web' }, header);
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/no "client_id" .*set clientClaim/)]]);
  });
});
