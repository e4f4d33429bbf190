import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it, jest } from '@jest/globals';
import { Clock } from '../support/clock.js';
import { ExtensionCalls } from '../support/extension-calls.js';
import { type IssuerOptions, trustIssuers } from './issuers.js';

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const publicKey = pair.publicKey.export({ format: 'pem', type: 'spki' }) as string;
const options = { issuer: 'https://issuer.example', audience: 'app', publicKey, setBy: 'JWT_PUBLIC_KEY' };

function trust(...list: object[]) {
  const warn = jest.fn<(message: string) => void>();
  return {
    trusted: trustIssuers(
      list as IssuerOptions[],
      new Clock(),
      { warn, log: warn },
      new ExtensionCalls(new Clock()),
    ),
    warn,
  };
}

describe('trustIssuers', () => {
  it.each<[string, object, RegExp]>([
    ['an empty issuer', { issuer: '' }, /issuer is empty/],
    ['no issuer', { issuer: undefined }, /issuer is empty/],
    ['an empty audience', { audience: '' }, /no audience/],
    ['no audience', { audience: undefined }, /no audience/],
    ['an audience list without one', { audience: [] }, /no audience/],
    ['an audience list with an empty one', { audience: ['app', ''] }, /no audience/],
    ['no keys', { publicKey: undefined }, /either a public key or a JWKS URL/],
    ['both sources of keys', { jwksUrl: 'https://issuer.example/jwks' }, /either a public key or a JWKS URL/],
    [
      'a plain http JWKS URL',
      { publicKey: undefined, jwksUrl: 'http://issuer.example/jwks' },
      /must be https/,
    ],
    ['a bad key', { publicKey: 'secret' }, /^JWT_PUBLIC_KEY: the key is /],
    ['a key for another algorithm', { algorithm: 'RS256' }, /one for RS256 is expected/],
  ])('rejects %s, and names the variable', (_, changed, reason) => {
    expect(() => trust({ ...options, ...changed })).toThrow(/^JWT_PUBLIC_KEY: /);
    expect(() => trust({ ...options, ...changed })).toThrow(reason);
  });

  it('rejects an issuer that is listed twice', () => {
    expect(() => trust(options, options)).toThrow(/same issuer/);
  });

  it('names the index in the list if nothing else identifies the issuer', () => {
    expect(() => trust(options, { ...options, issuer: 'b', setBy: undefined, publicKey: '' })).toThrow(
      /^issuers\[1\]: /,
    );
  });

  it('warns about a private key', () => {
    const privateKey = pair.privateKey.export({ format: 'pem', type: 'pkcs8' });
    expect(trust({ ...options, publicKey: privateKey }).warn).toHaveBeenCalledTimes(1);
    expect(trust(options).warn).not.toHaveBeenCalled();
  });
});
