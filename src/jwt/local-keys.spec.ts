import { createHmac, generateKeyPairSync, type JsonWebKey, KeyObject } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Clock } from '../support/clock.js';
import { ChangingKeys, loadKeys } from './local-keys.js';
import { KeyError } from './verification-key.js';

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed = generateKeyPairSync('ed25519');
const ecJwk = jwkOf(ec.publicKey);
const rsaJwk = jwkOf(rsa.publicKey);
const edJwk = jwkOf(ed.publicKey);

function jwkOf(key: KeyObject): JsonWebKey {
  return key.export({ format: 'jwk' });
}

function pemOf(key: KeyObject, type: 'spki' | 'pkcs8' | 'sec1' | 'pkcs1' = 'spki'): string {
  return key.export({ format: 'pem', type } as never) as string;
}

function load(source: string | object) {
  return loadKeys(source, 'JWT_PUBLIC_KEY');
}

function rejection(source: string | object, ...options: ['ES256' | 'RS256' | 'EdDSA'] | []): string {
  try {
    loadKeys(source, 'JWT_PUBLIC_KEY', ...options);
  } catch (error) {
    if (error instanceof KeyError) return error.message;
    throw error;
  }
  throw new Error('was accepted');
}

/** 1 is a power of 65537 modulo anything: the fingerprint, if not a real key. */
const rocaModulus = modulusThatIsOne();

function modulusThatIsOne(): string {
  let multiple = 1n;
  for (let n = 2n; n <= 167n; n += 1n) multiple *= n;
  const modulus = multiple * (2n ** 2047n / multiple + 1n) + 1n;
  return Buffer.from(modulus.toString(16), 'hex').toString('base64url');
}

describe('loadKeys', () => {
  it('rejects a set of over 100 keys before it imports any', () => {
    const keys = Array.from({ length: 101 }, (_, n) => ({ ...ecJwk, kid: `${n}` }));
    expect(rejection({ keys })).toBe('JWT_PUBLIC_KEY: the key set has over 100 keys.');
    expect(load({ keys: keys.slice(1) }).keys).toHaveLength(100);
  });

  const der = ec.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  const pem = pemOf(ec.publicKey);

  it.each<[string, string | object]>([
    ['a JWK object', ecJwk],
    ['the JSON text of a JWK', JSON.stringify(ecJwk)],
    ['a JWKS object', { keys: [ecJwk] }],
    ['the JSON text of a JWKS', ` ${JSON.stringify({ keys: [ecJwk] }, null, 2)}\n`],
    ['a PEM', pem],
    ['a PEM with Windows line ends', pem.replaceAll('\n', '\r\n')],
    ['a PEM with literal \\n', pem.replaceAll('\n', '\\n')],
    ['a PEM with literal \\r\\n', pem.replaceAll('\n', '\\r\\n')],
    ['a PEM whose line ends became spaces', pem.replaceAll('\n', ' ')],
    ['base64 DER', der],
    ['base64 DER in lines', der.replaceAll(/.{64}/g, '$&\n')],
  ])('reads %s', (_, source) => {
    const { keys, warnings } = load(source);
    expect(keys.map(({ algorithm, key }) => ({ algorithm, jwk: jwkOf(key) }))).toEqual([
      { algorithm: 'ES256', jwk: ecJwk },
    ]);
    expect(warnings).toEqual([]);
  });

  it.each<[string, KeyObject]>([
    ['ES256', ec.publicKey],
    ['RS256', rsa.publicKey],
    ['EdDSA', ed.publicKey],
  ])('binds a key to %s by its type, in every form', (algorithm, key) => {
    const forms = [jwkOf(key), { ...jwkOf(key), alg: algorithm }, pemOf(key)];
    forms.push(key.export({ format: 'der', type: 'spki' }).toString('base64'));
    for (const form of forms) expect(load(form).keys.map((one) => one.algorithm)).toEqual([algorithm]);
  });

  it('reads the PKCS#1 form of a public RSA key', () => {
    expect(load(pemOf(rsa.publicKey, 'pkcs1')).keys[0]?.algorithm).toBe('RS256');
  });

  it('keeps kid, use and key_ops of a JWKS apart', () => {
    const { keys } = load({
      keys: [
        { ...ecJwk, kid: 'a', use: 'sig' },
        { ...rsaJwk, kid: 'b', key_ops: ['verify'] },
        { ...edJwk, key_ops: ['sign', 'verify'], x5c: ['ignored'] },
      ],
    });
    expect(keys.map(({ kid, algorithm }) => [kid, algorithm])).toEqual([
      ['a', 'ES256'],
      ['b', 'RS256'],
      [undefined, 'EdDSA'],
    ]);
  });

  describe('given a private key', () => {
    it.each<[string, string | object]>([
      ['JWK', jwkOf(ec.privateKey)],
      ['JWK of RSA', jwkOf(rsa.privateKey)],
      ['JWK of Ed25519', jwkOf(ed.privateKey)],
      ['JWKS', { keys: [rsaJwk, jwkOf(ec.privateKey)] }],
      ['PKCS#8 PEM', pemOf(ec.privateKey, 'pkcs8')],
      ['PKCS#8 PEM in one line', pemOf(ed.privateKey, 'pkcs8').replaceAll('\n', '\\n')],
      ['SEC1 PEM', pemOf(ec.privateKey, 'sec1')],
      ['PKCS#1 PEM', pemOf(rsa.privateKey, 'pkcs1')],
    ])('keeps only the public part of a %s, and warns without showing it', (_, source) => {
      const { keys, warnings } = load(source);
      for (const { key } of keys) {
        expect(key.type).toBe('public');
        expect(jwkOf(key)).not.toHaveProperty('d');
      }
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(/^JWT_PUBLIC_KEY holds a private key/);
      for (const secret of secretsOf(source)) expect(warnings[0]).not.toContain(secret);
    });
  });

  describe('rejects', () => {
    const rsa1024 = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const secp256k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    const x25519 = generateKeyPairSync('x25519');
    const ed448 = generateKeyPairSync('ed448');
    const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
    const secret = createHmac('sha256', 'x').digest();
    const oct = { kty: 'oct', alg: 'HS256', k: secret.toString('base64url') };
    const offCurve = { ...ecJwk, y: flipLastBit(ecJwk.y ?? '') };

    it.each<[string, string | object, RegExp]>([
      ['nothing', '  ', /is empty/],
      ['a shared secret', secret.toString('base64'), /shared secret is never accepted/],
      ['a plain text secret', 'super-secret-jwt-token-with-at-least-32-characters', /neither JWK, JWKS, PEM/],
      ['a symmetric JWK', oct, /is a shared secret/],
      ['a JWKS with a symmetric key in it', { keys: [ecJwk, oct] }, /keys\[1\] is a shared secret/],
      ['an RSA key of 1024 bits', jwkOf(rsa1024.publicKey), /less than 2048 bits/],
      ['an RSA PEM of 1024 bits', pemOf(rsa1024.publicKey), /less than 2048 bits/],
      ['exponent 1', { ...rsaJwk, e: 'AQ' }, /public exponent/],
      ['exponent 3', { ...rsaJwk, e: 'Aw' }, /public exponent/],
      ['an even exponent', { ...rsaJwk, e: 'AQAC' }, /public exponent/],
      ['exponent 0', { ...rsaJwk, e: 'AA' }, /public exponent|damaged/],
      ['a ROCA modulus', { ...rsaJwk, n: rocaModulus }, /ROCA/],
      ['P-384', jwkOf(p384.publicKey), /not on the curve P-256/],
      ['P-384 in a PEM', pemOf(p384.publicKey), /not on the curve P-256/],
      ['secp256k1', pemOf(secp256k1.publicKey), /not on the curve P-256/],
      ['X25519', jwkOf(x25519.publicKey), /not Ed25519/],
      ['Ed448', pemOf(ed448.publicKey), /not Ed25519/],
      ['RSA-PSS', pemOf(pss.publicKey), /is not a public key of/],
      ['a point that is not on the curve', offCurve, /is damaged/],
      ['an Ed25519 key that is too short', { ...edJwk, x: 'AAAA' }, /is damaged/],
      [
        'an Ed25519 key of small order',
        { ...edJwk, x: Buffer.alloc(32).toString('base64url') },
        /small order/,
      ],
      ['another curve in crv', { ...ecJwk, crv: 'P-384' }, /not on the curve P-256/],
      ['another type in kty', { ...ecJwk, kty: 'RSA' }, /no base64url member "n"/],
      ['an unknown kty', { ...ecJwk, kty: 'constructor' }, /no key type/],
      ['alg RS512', { ...rsaJwk, alg: 'RS512' }, /names another algorithm/],
      ['alg HS256 on a public key', { ...rsaJwk, alg: 'HS256' }, /names another algorithm/],
      ['alg RS256 on an EC key', { ...ecJwk, alg: 'RS256' }, /names another algorithm/],
      ['use enc', { ...ecJwk, use: 'enc' }, /not for signatures/],
      ['key_ops without verify', { ...ecJwk, key_ops: ['encrypt'] }, /not for verifying/],
      ['key_ops that is no list', { ...ecJwk, key_ops: 'verify' }, /not for verifying/],
      ['a kid that is a number', { ...ecJwk, kid: 7 }, /"kid" that is not a string/],
      [
        'two keys with one kid',
        {
          keys: [
            { ...ecJwk, kid: 'a' },
            { ...rsaJwk, kid: 'a' },
          ],
        },
        /same "kid"/,
      ],
      ['damaged base64url', { ...rsaJwk, n: `*${rsaJwk.n}` }, /no base64url member "n"/],
      ['an empty JWKS', { keys: [] }, /no "keys"/],
      ['a JWKS that is no list', { keys: {} }, /no "keys"/],
      ['a null in a JWKS', { keys: [null] }, /keys\[0\] is not a JSON object/],
      ['half a JSON text', '{"kty":"EC"', /is not JSON/],
      ['a JSON list', [ecJwk], /is not a JSON object/],
      ['two PEM blocks', pemOf(ec.publicKey) + pemOf(rsa.publicKey), /holds 2 complete PEM blocks/],
      ['half a PEM', pemOf(ec.publicKey).slice(0, 100), /holds 0 complete PEM blocks/],
      ['a certificate', pemOf(ec.publicKey).replaceAll('PUBLIC KEY', 'CERTIFICATE'), /something other/],
      ['a damaged PEM', pemOf(ec.publicKey).replace('MFkw', 'MFkx'), /is not a public key of/],
      ['an encrypted PEM', encryptedPem(), /something other/],
    ])('%s', (_, source, reason) => {
      const message = rejection(source);
      expect(message).toMatch(/^JWT_PUBLIC_KEY: the key /);
      expect(message).toMatch(reason);
      for (const secretPart of secretsOf(source)) expect(message).not.toContain(secretPart);
    });

    it('a key without alg whose type does not match the configured algorithm', () => {
      expect(rejection(pemOf(rsa.publicKey), 'ES256')).toMatch(
        /is a key for RS256, but one for ES256 is expected/,
      );
      expect(load(pemOf(ec.publicKey)).keys).toHaveLength(1);
    });

    function encryptedPem(): string {
      const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' } as const;
      return ec.privateKey.export(options) as string;
    }
  });
});

/** Every run of characters in a source that is long enough to be key material. */
function secretsOf(source: string | object): string[] {
  const text = typeof source === 'string' ? source : JSON.stringify(source);
  return text.match(/[\w+/-]{20,}/g) ?? [];
}

function flipLastBit(text: string): string {
  const bytes = Buffer.from(text, 'base64url');
  bytes[31] = (bytes[31] ?? 0) ^ 1;
  return bytes.toString('base64url');
}

const jwksOf = (...kids: string[]) => ({
  keys: kids.map((kid) => ({
    ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
    kid,
  })),
});
const clock = new Clock();

describe('ChangingKeys', () => {
  it('uses changed keys from the next token on', () => {
    let jwks: object = jwksOf('a');
    const keys = new ChangingKeys(() => jwks, 'test', clock);
    expect([keys.candidates('a', 'ES256').length, keys.candidates('b', 'ES256').length]).toEqual([1, 0]);
    jwks = jwksOf('b');
    expect([keys.candidates('a', 'ES256').length, keys.candidates('b', 'ES256').length]).toEqual([0, 1]);
  });

  it('answers 503, and trusts no key, while the changed keys are invalid', () => {
    let jwks: object = jwksOf('a');
    const keys = new ChangingKeys(() => jwks, 'test', clock);
    jwks = { keys: [{ kty: 'oct', k: 'AAAA' }] };
    for (let turn = 0; turn < 2; turn += 1)
      expect(() => keys.candidates('a', 'ES256')).toThrow('unavailable');
    expect(keys.reachable()).toBe(false);
    jwks = jwksOf('a');
    expect(keys.reachable()).toBe(true);
  });

  it('does not start with invalid keys', () => {
    expect(() => new ChangingKeys(() => ({ keys: [] }), 'test', clock)).toThrow(
      'test: the key set has no "keys"',
    );
  });
});
