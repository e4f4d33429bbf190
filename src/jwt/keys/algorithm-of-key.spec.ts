import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { algorithmOfKey } from './algorithm-of-key.js';

describe('algorithmOfKey', () => {
  it('binds each type of key to one algorithm', () => {
    expect(algorithmOfKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey)).toBe('ES256');
    expect(algorithmOfKey(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey)).toBe('RS256');
    expect(algorithmOfKey(generateKeyPairSync('ed25519').publicKey)).toBe('EdDSA');
  });

  it.each([
    generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
    generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
    generateKeyPairSync('ed448'),
    generateKeyPairSync('x25519'),
  ])('refuses other types and curves', ({ publicKey }) => {
    expect(() => algorithmOfKey(publicKey)).toThrow(/^is n/);
  });
});
