import { describe, expect, it } from '@jest/globals';
import { AuthError } from '../principal/auth-error.js';
import { readClaims } from './claims.js';
import { payloadOf } from './jws.js';

const claims = { iss: 'https://issuer.example', aud: 'app', sub: 'ada', exp: 2_000 };

function read(changed: object) {
  return readClaims(payloadOf({ payload: Buffer.from(JSON.stringify({ ...claims, ...changed })) }));
}

function reason(payload: string | Buffer): unknown {
  try {
    readClaims(payloadOf({ payload: Buffer.from(payload as string) }));
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    expect(error.code).toBe('INVALID_TOKEN');
    return error.cause;
  }
  throw new Error('was accepted');
}

describe('readClaims', () => {
  it('reads the claims of a token, with a clock skew of 30 s in both directions', () => {
    expect(read({ nbf: 1_000, iat: 999.5, email: 'ada@example.com' })).toEqual({
      issuer: 'https://issuer.example',
      audiences: ['app'],
      subject: 'ada',
      email: 'ada@example.com',
      issuedAt: 999_500,
      validFrom: 970_000,
      validUntil: 2_030_000,
      expiresAt: 2_000_000,
      isIdToken: false,
      all: { ...claims, nbf: 1_000, iat: 999.5, email: 'ada@example.com' },
    });
    expect(read({})).toMatchObject({ validFrom: -Infinity, issuedAt: undefined });
  });

  it.each<[string, object]>([
    ['no iss', { iss: undefined }],
    ['an iss that is no text', { iss: ['https://issuer.example'] }],
    ['no sub', { sub: undefined }],
    ['an empty sub', { sub: '' }],
    ['a sub that is a number', { sub: 1 }],
    ['a sub of 256 characters', { sub: 'x'.repeat(256) }],
    ['a sub with a line break', { sub: 'ada\nlovelace' }],
    ['a sub with a NUL', { sub: 'ada\u0000' }],
    ['a sub with a C1 control', { sub: 'ada\u0085' }],
    ['a sub with half a surrogate pair', { sub: 'ada\ud800' }],
    ['an aud that is an object', { aud: { app: true } }],
    ['an aud with something else than text in it', { aud: ['app', 1] }],
    ['no exp', { exp: undefined }],
    ['exp null', { exp: null }],
    ['an exp that is text', { exp: '2000' }],
    ['an nbf that is text', { nbf: '0' }],
    ['an nbf of null', { nbf: null }],
    ['an iat that is text', { iat: '0' }],
  ])('rejects %s', (_, changed) => {
    expect(reason(JSON.stringify({ ...claims, ...changed }))).toEqual(expect.any(String));
  });

  it.each<[string, object]>([
    ['a DPoP token', { cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' } }],
    [
      'a token bound to a client certificate',
      { cnf: { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' } },
    ],
    ['a token bound in an unknown way', { cnf: {} }],
    ['a token whose cnf is null', { cnf: null }],
    ['a logout token', { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }],
    ['a security event', { events: {} }],
    ['a refresh token of Keycloak', { typ: 'Refresh' }],
    ['an offline token of Keycloak', { typ: 'Offline' }],
    ['a logout token of Keycloak', { typ: 'Logout' }],
    ['a refresh token by its use', { token_use: 'refresh' }],
  ])('rejects %s', (_, changed) => {
    expect(reason(JSON.stringify({ ...claims, ...changed }))).toEqual(expect.any(String));
  });

  it.each<[string, object]>([
    ['at_hash', { at_hash: '' }],
    ['c_hash', { c_hash: 'LDktKdoQak3Pk0cnXxCltA' }],
    ['s_hash', { s_hash: 'x' }],
    ['the typ of Keycloak', { typ: 'ID' }],
    ['the typ of Keycloak in lower case', { typ: 'id' }],
    ['the token_use of Cognito', { token_use: 'id' }],
    ['its nonce', { nonce: 'n' }],
    ['its nonce, whatever else it has', { nonce: 'n', azp: 'web', typ: 'JWT', sid: 's' }],
  ])('knows an ID token by %s', (_, changed) => {
    expect(read(changed).isIdToken).toBe(true);
  });

  it.each<object>([
    { typ: 'Bearer' },
    { token_use: 'access' },
    { client_id: 'web' },
    { scope: '' },
    { scp: [] },
    { permissions: [] },
  ])('does not take an access token with a nonce and %j for an ID token', (changed) => {
    expect(read({ ...changed, nonce: 'n', azp: 'web' }).isIdToken).toBe(false);
  });

  it('has an expiry that a Date can be, however far off', () => {
    expect(new Date(read({ exp: 1e300 }).expiresAt).toISOString()).toBe('9999-12-31T23:59:59.999Z');
  });

  it.each(['exp', 'nbf', 'iat'])('rejects an infinite %s', (name) => {
    expect(reason(JSON.stringify({ ...claims, [name]: 0 }).replace(`"${name}":0`, `"${name}":1e999`))).toBe(
      `"${name}" is not a number`,
    );
  });

  it.each(['', 'null', '[]', '1', '"text"', '{"iss"'])('rejects the payload %j', (payload) => {
    expect(reason(payload)).toBe('payload is not a JSON object');
  });

  it('rejects a payload that is not UTF-8', () => {
    const latin1 = Buffer.from(JSON.stringify({ ...claims, sub: 'adé' }), 'latin1');
    expect(reason(latin1)).toBe('payload is not a JSON object');
  });

  it('accepts a sub of 255 characters in any script', () => {
    expect(read({ sub: 'é😀'.repeat(85) }).subject).toHaveLength(255);
  });

  it.each([undefined, null, 1, '', 'x'.repeat(321), 'a\r\nBcc: b@example.com', ['ada@example.com']])(
    'treats the email %j as absent',
    (email) => {
      expect(read({ email }).email).toBeNull();
    },
  );
});
