import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { algorithmOfKey, hasSmallOrder, isRocaModulus } from './key-strength.js';

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
  ])('rejects other types and curves', ({ publicKey }) => {
    expect(() => algorithmOfKey(publicKey)).toThrow(/^is n/);
  });
});

/** 2048 bits that are a power of 65537 modulo every small prime, as the broken library made them. */
function weakModulus(): bigint {
  let primorial = 1n;
  for (let n = 2n; n <= 167n; n += 1n) if (isPrime(n)) primorial *= n;
  let power = 1n;
  for (let step = 0; step < 1000; step += 1) power = (power * 65_537n) % primorial;
  return power + primorial * (2n ** 2047n / primorial + 2n);
}

function isPrime(n: bigint): boolean {
  for (let d = 2n; d * d <= n; d += 1n) if (n % d === 0n) return false;
  return true;
}

describe('isRocaModulus', () => {
  it('recognises the fingerprint, and only all of it', () => {
    expect(isRocaModulus(weakModulus())).toBe(true);
    expect(isRocaModulus(weakModulus() + 2n)).toBe(false);
  });

  it('accepts an ordinary key', () => {
    const { n = '' } = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
      format: 'jwk',
    });
    expect(isRocaModulus(BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`))).toBe(false);
  });
});

const prime = 2n ** 255n - 19n;
const orderEight = 0x5fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
const ys = [0n, 1n, prime - 1n, orderEight, prime - orderEight, prime, prime + 1n];

function encode(y: bigint): Uint8Array {
  return new Uint8Array(Buffer.from(y.toString(16).padStart(64, '0'), 'hex')).toReversed();
}

describe('hasSmallOrder', () => {
  it.each(ys)('recognises y = %s with either sign', (y) => {
    expect(hasSmallOrder(encode(y))).toBe(true);
    expect(hasSmallOrder(encode(y + 2n ** 255n))).toBe(true);
  });

  it('accepts ordinary keys', () => {
    const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
    expect(hasSmallOrder(Buffer.from(x, 'base64url'))).toBe(false);
    expect(hasSmallOrder(encode(2n))).toBe(false);
  });
});
