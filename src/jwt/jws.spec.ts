import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { AuthError } from '../principal/auth-error.js';
import { isSignedByOneOf, parseJws } from './jws.js';

function encode(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

function token(header: unknown, payload: unknown = { sub: 'ada' }, signature = 'c2ln'): string {
  return `${encode(header)}.${encode(payload)}.${signature}`;
}

function reason(text: string): unknown {
  try {
    parseJws(text);
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    expect(error.code).toBe('INVALID_TOKEN');
    return error.cause;
  }
  throw new Error('was accepted');
}

describe('parseJws', () => {
  it('parses a token', () => {
    const text = token({ alg: 'ES256', kid: 'one', typ: 'JWT' });
    expect(parseJws(text)).toEqual({
      algorithm: 'ES256',
      kid: 'one',
      isAccessToken: false,
      payload: Buffer.from('{"sub":"ada"}'),
      signedText: text.slice(0, text.lastIndexOf('.')),
      signature: Buffer.from('sig'),
    });
  });

  const good = token({ alg: 'ES256' });

  it.each([
    '',
    '.',
    '..',
    'a.b',
    'a..b',
    `${good}.`,
    `${good}.${good}`,
    `${good}\n`,
    ` ${good}`,
    `${good}=`,
    `${good}==`,
    good.replace('.', '=.'),
    good.replace('.', '+.'),
    good.replace('.', '\u0000.'),
    good.replace('.', 'é.'),
    good.slice(0, good.lastIndexOf('.') + 1),
  ])('rejects %j, which is not three base64url segments', (text) => {
    expect(reason(text)).toBe('not three base64url segments');
  });

  it('rejects a second spelling of every segment', () => {
    const [header, payload] = [encode('{"alg":"ES256"}'), encode('{"sub":"a"} ')];
    expect(parseJws(`${header}.${payload}.AA`).algorithm).toBe('ES256');
    for (const spelling of ['AB', 'AP', 'AAB', 'A', 'AAAAA']) {
      expect(reason(`${header}.${payload}.${spelling}`)).toBe('base64url is not canonical');
    }
    const loose = encode('{"alg":"ES256"}  ');
    expect(reason(`${loose.slice(0, -1)}B.${payload}.AA`)).toBe('base64url is not canonical');
    expect(reason(`${header}.e31.AA`)).toBe('base64url is not canonical');
  });

  it('rejects more than 16 KiB before parsing', () => {
    const filler = 'A'.repeat(16 * 1024);
    expect(reason(`${good}${filler}`)).toBe('too long');
    expect(reason('.'.repeat(10_000_000))).toBe('too long');
  });

  it.each([
    'text',
    '"text"',
    'null',
    '1',
    '[]',
    '{"alg":"ES256"',
    '\uFEFF{"alg":"ES256"}',
    '[{"alg":"ES256"}]',
  ])('rejects the header %j, which is no JSON object', (header) => {
    expect(reason(token(header))).toBe('header is not a JSON object');
  });

  it('rejects a header that is not UTF-8', () => {
    const bytes = Buffer.concat([
      Buffer.from('{"alg":"ES256","x":"'),
      Buffer.from([0xff]),
      Buffer.from('"}'),
    ]);
    expect(reason(`${bytes.toString('base64url')}.e30.AA`)).toBe('header is not a JSON object');
  });

  it.each<[string, object]>([
    ['no alg', {}],
    ['an alg that is no text', { alg: ['ES256'] }],
    ['a kid that is no text', { alg: 'ES256', kid: 1 }],
    ['a kid of null', { alg: 'ES256', kid: null }],
    ['an unknown crit', { alg: 'ES256', crit: ['exp'], exp: 1 }],
    ['an empty crit', { alg: 'ES256', crit: [] }],
    ['crit null', { alg: 'ES256', crit: null }],
    ['b64 false with its crit', { alg: 'ES256', b64: false, crit: ['b64'] }],
    ['b64 false', { alg: 'ES256', b64: false }],
    ['typ of a DPoP proof', { alg: 'ES256', typ: 'dpop+jwt' }],
    ['typ of a logout token', { alg: 'ES256', typ: 'logout+jwt' }],
    ['typ that is no text', { alg: 'ES256', typ: null }],
    ['an empty typ', { alg: 'ES256', typ: '' }],
    ['typ JWS', { alg: 'ES256', typ: 'application/application/jwt' }],
  ])('rejects a header with %s', (_, header) => {
    expect(reason(token(header))).toMatch(/^header has /);
  });

  it.each(['JWT', 'jwt', 'at+jwt', 'AT+JWT', 'application/jwt', 'application/at+jwt', 'Application/AT+JWT'])(
    'accepts typ %s',
    (typ) => {
      expect(parseJws(token({ alg: 'ES256', typ })).algorithm).toBe('ES256');
    },
  );

  it('uses the last of two members with the same name, like JSON.parse', () => {
    expect(parseJws(token('{"alg":"none","alg":"ES256"}')).algorithm).toBe('ES256');
    expect(reason(token('{"alg":"ES256","crit":["a"],"crit":["b"]}'))).toBe('header has "crit"');
  });
});

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = { kid: undefined, algorithm: 'ES256', key: pair.publicKey } as const;
const signedText = 'header.payload';
const signature = sign('sha256', Buffer.from(signedText), {
  key: pair.privateKey,
  dsaEncoding: 'ieee-p1363',
});
const jws = {
  algorithm: 'ES256',
  kid: undefined,
  isAccessToken: false,
  payload: Buffer.alloc(0),
  signedText,
  signature,
};

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
