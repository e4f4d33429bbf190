import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { isSignedByOneOf } from './is-signed-by.js';

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = { kid: undefined, algorithm: 'ES256', key: pair.publicKey } as const;
const signedText = 'header.payload';
const signature = sign('sha256', Buffer.from(signedText), {
  key: pair.privateKey,
  dsaEncoding: 'ieee-p1363',
});
const jws = { algorithm: 'ES256', kid: undefined, payload: Buffer.alloc(0), signedText, signature };

describe('isSignedByOneOf', () => {
  it('is true when any of the keys made the signature', () => {
    expect(isSignedByOneOf(jws, [{ ...key, key: other.publicKey }, key])).toBe(true);
    expect(isSignedByOneOf(jws, [{ ...key, key: other.publicKey }])).toBe(false);
    expect(isSignedByOneOf(jws, [])).toBe(false);
  });

  it('never uses a key for another algorithm than its own', () => {
    for (const algorithm of ['RS256', 'EdDSA', 'HS256', 'none', '']) {
      expect(isSignedByOneOf({ ...jws, algorithm }, [key])).toBe(false);
    }
  });
});
