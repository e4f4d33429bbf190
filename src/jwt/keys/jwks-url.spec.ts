import { describe, expect, it } from '@jest/globals';
import { readJwksUrl } from './jwks-url.js';

describe('readJwksUrl', () => {
  it.each([
    'https://issuer.example/jwks.json',
    'http://localhost:3000/jwks',
    'http://127.0.0.1/jwks',
    'http://127.8.9.10/jwks',
    'http://[::1]:8080/jwks',
  ])('accepts %s', (url) => {
    expect(readJwksUrl(url, 'JWT_JWKS_URL').href).toBe(url);
  });

  it.each([
    'http://issuer.example/jwks.json',
    'http://localhost.issuer.example/jwks',
    'http://127.0.0.1.issuer.example/jwks',
    'http://10.0.0.1/jwks',
    'http://[::2]/jwks',
    'http://0.0.0.0/jwks',
    'file:///etc/jwks.json',
    'data:application/json,{}',
    'ftp://localhost/jwks',
    '/jwks.json',
    '',
  ])('refuses %s', (url) => {
    expect(() => readJwksUrl(url, 'JWT_JWKS_URL')).toThrow(/^JWT_JWKS_URL: the JWKS URL/);
  });

  it.each(['ada:lovelace@', 'ada@', ':lovelace@'])(
    'refuses a URL with %s without repeating it',
    (credentials) => {
      const message = 'JWT_JWKS_URL: the JWKS URL must not hold a user name or a password.';
      expect(() => readJwksUrl(`https://${credentials}issuer.example/jwks`, 'JWT_JWKS_URL')).toThrow(message);
    },
  );
});
