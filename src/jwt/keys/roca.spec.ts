import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { isRocaModulus } from './roca.js';

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

  it('lets an ordinary key pass', () => {
    const { n = '' } = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
      format: 'jwk',
    });
    expect(isRocaModulus(BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`))).toBe(false);
  });
});
