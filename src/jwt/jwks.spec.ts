import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { KeyError } from './verification-key.js';
import { readJwks } from './jwks.js';

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' });

describe('readJwks', () => {
  it('skips keys that cannot verify and keeps the rest', () => {
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
    const { keys } = readJwks({ keys: [...unusable, { ...ec, kid: 'good' }] });
    expect(keys.map(({ kid, algorithm }) => [kid, algorithm])).toEqual([['good', 'ES256']]);
  });

  it('has a key that is listed twice once, and all keys that share a kid', () => {
    const [one, two] = [
      { ...ec, kid: 'a' },
      { ...other, kid: 'a' },
    ];
    const { keys } = readJwks({ keys: [one, two, { ...one, use: 'sig' }, { ...other, kid: 'b' }, ec, ec] });
    expect(keys.map(({ kid }) => kid)).toEqual(['a', 'a', 'b', undefined]);
  });

  it('takes null for absent, and Ed25519 for EdDSA', () => {
    const ed = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
    const { keys } = readJwks({
      keys: [
        { ...ec, kid: null, use: null, alg: null, key_ops: null, x5c: null },
        { ...ed, alg: 'Ed25519' },
        { ...ec, kid: 'c', alg: 'Ed25519' },
      ],
    });
    expect(keys.map(({ kid, algorithm }) => [kid, algorithm])).toEqual([
      [undefined, 'ES256'],
      [undefined, 'EdDSA'],
    ]);
  });

  it('names what it rejects, with the reason', () => {
    const { keys, rejected } = readJwks({
      keys: [{ ...ec, kid: 1 }, { ...ec, y: ec.x, kid: 'b' }, p384, ec],
    });
    expect(keys).toHaveLength(1);
    expect(rejected).toEqual([
      'keys[0] has a "kid" that is not a string',
      '"b" is damaged: not a valid public key of its type',
    ]);
  });

  it('accepts a document without a usable key', () => {
    expect(readJwks({ keys: [] }).keys).toEqual([]);
  });

  it('skips a key without alg that does not match the configured algorithm', () => {
    expect(readJwks({ keys: [ec] }, 'RS256').keys).toEqual([]);
    expect(readJwks({ keys: [{ ...ec, alg: 'ES256' }] }, 'RS256').keys).toHaveLength(1);
  });

  it('uses no more than 100 keys, and names the others', () => {
    const many = Array.from({ length: 4_800 }, (_, n) => ({ ...ec, kid: `key-${n}` }));
    const started = performance.now();
    const { keys, ignored, ignoredCount } = readJwks({ keys: many });
    expect(performance.now() - started).toBeLessThan(400);
    expect(keys.map(({ kid }) => kid)).toEqual(many.slice(0, 100).map(({ kid }) => kid));
    expect([ignored, ignoredCount]).toEqual([
      ['"key-100"', '"key-101"', '"key-102"', '"key-103"', '"key-104"'],
      4_700,
    ]);
  });

  it('does not count keys of other types towards the limit', () => {
    const others = Array.from({ length: 500 }, (_, n) => ({ ...p384, kid: `other-${n}` }));
    const { keys, ignoredCount } = readJwks({ keys: [...others, { ...ec, kid: 'good' }] });
    expect([keys.map(({ kid }) => kid), ignoredCount]).toEqual([['good'], 0]);
  });

  it('counts damaged keys too, and logs only the first of them', () => {
    const damaged = Array.from({ length: 200 }, () => ({ ...ec, y: ec.x, kid: 'x'.repeat(10_000) }));
    const { keys, ignored, ignoredCount } = readJwks({ keys: [...damaged, ec] });
    expect([keys, ignoredCount]).toEqual([[], 101]);
    expect(ignored.join().length).toBeLessThan(200);
  });

  it('skips RSA keys that would make verification slow', () => {
    const rsa = (bits: number, e = 'AQAB') => {
      const modulus = Buffer.alloc(bits / 8, 0xff).toString('base64url');
      return { kty: 'RSA', n: modulus, e };
    };
    expect(
      readJwks({ keys: [rsa(16_384), rsa(2_048, Buffer.alloc(256, 0xff).toString('base64url'))] }).keys,
    ).toEqual([]);
    expect(readJwks({ keys: [rsa(8_192)] }).keys).toHaveLength(1);
  });

  it.each([null, [], 'keys', {}, { keys: null }, { keys: {} }])(
    'rejects %j, which is no JWKS',
    (document) => {
      expect(() => readJwks(document)).toThrow(KeyError);
    },
  );
});
