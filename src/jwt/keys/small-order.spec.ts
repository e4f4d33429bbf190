import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { hasSmallOrder } from './small-order.js';

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

  it('lets ordinary keys pass', () => {
    const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
    expect(hasSmallOrder(Buffer.from(x, 'base64url'))).toBe(false);
    expect(hasSmallOrder(encode(2n))).toBe(false);
  });
});
