import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, it, jest } from '@jest/globals';
import { AuthError } from '../principal/auth-error.js';
import { Clock } from '../support/clock.js';
import { JwtVerifier } from './jwt-verifier.js';

const issuer = 'https://issuer.example';
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const evil = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed = generateKeyPairSync('ed25519');
const claims = { iss: issuer, aud: 'app', sub: 'ada', exp: 4_000_000_000 };

function textOf(header: object, payload: object = claims): string {
  return [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
}

function signatureOf(text: string, key: KeyObject): Buffer {
  if (key.asymmetricKeyType === 'ed25519') return sign(null, Buffer.from(text), key);
  return sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
}

function tokenOf(text: string, signature: Buffer): string {
  return `${text}.${signature.toString('base64url')}`;
}

function forge(header: object, key: KeyObject): string {
  return tokenOf(textOf(header), signatureOf(textOf(header), key));
}

function verifier(publicKey: string | object): JwtVerifier {
  const log = jest.fn<(message: string) => void>();
  return new JwtVerifier([{ issuer, audience: 'app', publicKey }], new Clock(), { warn: log, log });
}

/** Why a token is rejected; checks on the way that the error repeats nothing of it. */
function rejection(subject: JwtVerifier, token: string): unknown {
  try {
    void subject.verify(token);
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    expect(error.code).toBe('INVALID_TOKEN');
    expect(typeof error.cause).toBe('string');
    const output = JSON.stringify([error.cause, error.message, error.getResponse()]);
    for (const part of token.split('.')) if (part.length > 8) expect(output).not.toContain(part);
    return error.cause;
  }
  throw new Error('was accepted');
}

describe('a forged token', () => {
  const pem = rsa.publicKey.export({ format: 'pem', type: 'spki' }) as string;

  it.each([
    ['the PEM text', pem],
    ['the PEM text without its last line break', pem.trim()],
    ['the DER bytes', rsa.publicKey.export({ format: 'der', type: 'spki' })],
    ['nothing', ''],
  ])('with an HMAC under %s of the public key is rejected', (_, secret) => {
    for (const [alg, cause] of [
      ['HS256', 'algorithm'],
      ['RS256', 'signature'],
    ]) {
      const text = textOf({ alg });
      const mac = createHmac('sha256', secret).update(text).digest();
      expect(rejection(verifier(pem), tokenOf(text, mac))).toBe(cause);
    }
  });

  it.each(['none', 'None', 'NONE', 'HS256', 'ES384', 'PS256', 'es256', 'ES256 ', 'Ed25519', '', '__proto__'])(
    'with alg %j is rejected, even over a good signature',
    (alg) => {
      const subject = verifier(ec.publicKey.export({ format: 'jwk' }));
      expect(rejection(subject, forge({ alg }, ec.privateKey))).toBe('algorithm');
      expect(rejection(subject, tokenOf(textOf({ alg }), Buffer.alloc(1)))).toBe('algorithm');
    },
  );

  it('with the algorithm of another key of the issuer is rejected', () => {
    const keys = [ec, rsa].map(({ publicKey }, n) => ({
      ...publicKey.export({ format: 'jwk' }),
      kid: `${n}`,
    }));
    const both = verifier({ keys });
    expect(rejection(both, forge({ alg: 'RS256', kid: '0' }, rsa.privateKey))).toBe('key');
    expect(rejection(both, forge({ alg: 'ES256', kid: '1' }, ec.privateKey))).toBe('key');
  });

  it.each<[string, object]>([
    ['jwk', { jwk: evil.publicKey.export({ format: 'jwk' }) }],
    ['jku', { jku: 'https://evil.example/jwks.json' }],
    ['x5u', { x5u: 'https://evil.example/cert.pem' }],
    ['x5c', { x5c: [evil.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')] }],
    ['a kid that is a path', { kid: '../../../../dev/null' }],
    ['a kid that is SQL', { kid: "' UNION SELECT 'x" }],
    ['a kid of the prototype', { kid: '__proto__' }],
  ])('that brings its own key as %s is rejected', (_, header) => {
    const token = forge({ alg: 'ES256', ...header }, evil.privateKey);
    const jwk = ec.publicKey.export({ format: 'jwk' });
    expect(rejection(verifier(jwk), token)).toBe('signature');
    expect(rejection(verifier({ ...jwk, kid: 'a' }), token)).toBe('kid' in header ? 'key' : 'signature');
  });

  it('with an ES256 signature that is not 64 valid bytes is rejected', () => {
    const text = textOf({ alg: 'ES256' });
    const raw = signatureOf(text, ec.privateKey);
    const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
    const subject = verifier(ec.publicKey.export({ format: 'jwk' }));
    expect(subject.verify(tokenOf(text, raw))).toMatchObject({ subject: 'ada' });
    for (const bad of [
      sign('sha256', Buffer.from(text), ec.privateKey),
      Buffer.alloc(64),
      Buffer.alloc(64, 0xff),
      Buffer.concat([order, order]),
      Buffer.concat([raw, Buffer.alloc(1)]),
      Buffer.concat([Buffer.alloc(1), raw]),
      raw.subarray(0, 63),
      Buffer.alloc(1),
      Buffer.alloc(4096),
    ]) {
      expect(rejection(subject, tokenOf(text, bad))).toBe('signature');
    }
  });

  it.each([
    ['RS256', rsa],
    ['EdDSA', ed],
  ])('with an %s signature of another length or value is rejected', (alg, pair) => {
    const text = textOf({ alg });
    const raw = signatureOf(text, pair.privateKey);
    const subject = verifier(pair.publicKey.export({ format: 'jwk' }));
    expect(subject.verify(tokenOf(text, raw))).toMatchObject({ subject: 'ada' });
    for (const bad of [
      Buffer.alloc(raw.length),
      Buffer.alloc(raw.length, 0xff),
      Buffer.concat([Buffer.alloc(1), raw]),
      Buffer.concat([raw, Buffer.alloc(1)]),
      raw.subarray(1),
      Buffer.alloc(1),
    ]) {
      expect(rejection(subject, tokenOf(text, bad))).toBe('signature');
    }
  });

  it('with any single bit changed is rejected', () => {
    const subject = verifier(ec.publicKey.export({ format: 'jwk' }));
    const token = forge({ alg: 'ES256' }, ec.privateKey);
    for (let at = 0; at < token.length; at += 1) {
      const changed = String.fromCharCode(token.charCodeAt(at) ^ 1);
      expect(rejection(subject, token.slice(0, at) + changed + token.slice(at + 1))).toEqual(
        expect.any(String),
      );
    }
  });
});
