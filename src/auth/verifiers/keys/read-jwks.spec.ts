import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { KeyError } from './key-error.js';
import { readJwks } from './read-jwks.js';

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' });

describe('readJwks', () => {
  it('skips what cannot verify and keeps the rest', () => {
    const unusable = [
      null,
      'text',
      { kty: 'oct', k: 'AAAA', kid: 'a' },
      { ...p384, kid: 'b' },
      { ...ec, alg: 'ES512' },
      { ...ec, use: 'enc', kid: 'good' },
      { ...ec, key_ops: ['sign'] },
      { ...ec, y: ec.x },
      { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA' },
    ];
    const keys = readJwks({ keys: [...unusable, { ...ec, kid: 'good' }] });
    expect(keys.map(({ kid, algorithm }) => [kid, algorithm])).toEqual([['good', 'ES256']]);
  });

  it('refuses the whole document when two usable keys share a kid', () => {
    const document = {
      keys: [
        { ...ec, kid: 'a' },
        { ...other, kid: 'a' },
        { ...other, kid: 'b' },
      ],
    };
    expect(() => readJwks(document)).toThrow(KeyError);
  });

  it('accepts a document without a usable key, as an answer', () => {
    expect(readJwks({ keys: [] })).toEqual([]);
  });

  it('skips a key without alg that is not of the configured algorithm', () => {
    expect(readJwks({ keys: [ec] }, 'RS256')).toEqual([]);
    expect(readJwks({ keys: [{ ...ec, alg: 'ES256' }] }, 'RS256')).toHaveLength(1);
  });

  it.each([null, [], 'keys', {}, { keys: null }, { keys: {} }])(
    'refuses %j, which is no JWKS',
    (document) => {
      expect(() => readJwks(document)).toThrow(KeyError);
    },
  );
});
