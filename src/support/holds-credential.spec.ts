import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { base62, addKeyHeads } from './find-keys.js';
import { anyHoldsCredential, holdsCredential } from './holds-credential.js';
import { redact } from './redact.js';
import { KeyMint } from '../key-store/key-mint.js';
import { PrefixedKeyFormat } from '../key-store/key-format.js';

const mint = new KeyMint();
const live = mint.mintApiKey('live').key;
const tool = mint.mintToolKey().key;
const secret = live.slice('mk_live_'.length);
const base64 = (text: string) => Buffer.from(text).toString('base64');
const base64url = (text: string) => Buffer.from(text).toString('base64url');
/** A split after the display prefix: neither piece looks like a key. */
const [head, tail] = [live.slice(0, 20), live.slice(20)];
const other = {
  body: secret.replace(/^./, (first) => (first === 'x' ? 'y' : 'x')),
  checksum: secret.slice(-6),
};
/** The longest piece of the secret that is still in the text. */
const leftIn = (text: string) => {
  let longest = 0;
  for (let start = 0; start < secret.length; start += 1)
    while (start + longest < secret.length && text.includes(secret.slice(start, start + longest + 1)))
      longest += 1;
  return longest;
};

const held: [string, string][] = [
  ['a key without its head', secret],
  ['a key of the test environment without its head', mint.mintApiKey('test').key.slice(8)],
  ['a tool key without its head', tool.slice(3)],
  ['a key without its head, with letters around it', `abc${secret}xyz`],
  ['a key with half of its head', live.slice(3)],
  ['a key in base64', base64(live)],
  ['a key in base64url', base64url(tool)],
  ['a key without its head in base64', base64(secret)],
  ['a key in base64 without padding', base64(`${live}0`).replace(/=+$/, '')],
  ['the header of Basic', `Basic ${base64(`user:${live}`)}`],
  ['Basic with a name of other letters', `Basic ${base64(`Zoë>>>?~:${live}`)}`],
  ['JSON in base64', base64(JSON.stringify({ name: 'CI', key: live }))],
  ['base64 in base64', base64(base64(live))],
  ['Basic in base64url', base64url(`Basic ${base64(`ci:${tool}`)}`)],
  ['base64 in lines of MIME', base64(`a long name:${live}`).replace(/.{48}/g, '$&\r\n')],
  ['base64 behind a slash', `https://a.example/x/${base64(live)}`],
  ['base64 that is percent-encoded', base64(live).replace(/^../, '%62%57')],
  [
    'a key without its head that is percent-encoded',
    secret.replace(/[a-m]/g, (one) => `%${one.charCodeAt(0).toString(16)}`),
  ],
  ['two pieces with a space', `${head} ${tail}`],
  ['two pieces as of a user agent', `ci/${head} (+${tail})`],
  ['pieces of one character', Array.from(secret).join('-')],
  ['pieces with line breaks', `${secret.slice(0, 25)}\n${secret.slice(25)}`],
  ['pieces in base64', `${base64(live).slice(0, 38)}.${base64(live).slice(38)}`],
];

const jwt = `${base64url('{"alg":"ES256","typ":"JWT"}')}.${base64url('{"sub":"ada","exp":1}')}.${base64url('x'.repeat(64))}`;

describe('holdsCredential of a JWT', () => {
  it.each([
    ['whole', jwt],
    ['in base64', base64(jwt)],
    ['in base64 behind a name', `token${base64(jwt)}`],
    ['in the header of Basic', base64(`ada:${jwt}`)],
    ['in base64url within JSON', base64url(JSON.stringify({ access_token: jwt }))],
  ])('is true %s', (_what, text) => expect(holdsCredential(text)).toBe(true));

  it('is true where it is split over two neighbours, and false for either of them', () => {
    for (const at of [10, jwt.indexOf('.') + 1, jwt.lastIndexOf('.'), jwt.length - 70]) {
      const [first, second] = [jwt.slice(0, at), jwt.slice(at)];
      expect(anyHoldsCredential({ a: first, b: second })).toBe(true);
      expect(anyHoldsCredential(first, { second })).toBe(true);
    }
    const [header = '', payload = ''] = jwt.split('.');
    expect(anyHoldsCredential({ header, payload })).toBe(false);
  });
});

describe('holdsCredential', () => {
  it.each(held)('is true for %s', (_what, text) => {
    expect(holdsCredential(text)).toBe(true);
    expect(holdsCredential(`note: ${text}.`)).toBe(true);
  });

  it.each<[string, string]>([
    ['a UUID', randomUUID()],
    ['four UUIDs', Array.from({ length: 4 }, () => randomUUID()).join(' ')],
    ['a SHA-256', createHash('sha256').update('a').digest('hex')],
    ['a hash of git', createHash('sha1').update('a').digest('hex')],
    ['ULIDs', '01ARZ3NDEKTSV4RRFFQ69G5FAV 01BX5ZZKBKACTAV9WEVGEMMVRZ'],
    ['a key with one character changed', other.body],
    ['a key with another checksum', secret.slice(0, -6) + '000000'],
    ['a key that lacks its last character', secret.slice(0, -1)],
    ['pieces in another order', `${tail} ${secret.slice(0, 12)}`],
    ['one of two pieces', head],
    ['the other one', tail],
    ['a display prefix in base64', base64(live.slice(0, 16))],
    ['a picture in base64', randomBytes(600).toString('base64')],
    ['text in base64', base64('The quick brown fox jumps over the lazy dog, again and again and again.')],
    ['a fingerprint of SSH', 'SHA256:uNiVztksCsDhcc0u9e8BrrQXVUpKZIDTMczCvj3tD2s'],
  ])('is false for %s', (_what, text) => {
    expect(holdsCredential(text)).toBe(false);
  });

  it('is false for a hundred thousand random ids of the length of a secret', () => {
    for (let turn = 0; turn < 100; turn += 1) {
      const ids = Array.from({ length: 1_000 }, () => base62(randomBytes(36), 49).slice(0, 49));
      expect(holdsCredential(ids.join(' '))).toBe(false);
    }
  });

  it('recognizes keys by the prefix of the application alone', () => {
    const format = new PrefixedKeyFormat('acmeprove');
    const acme = new KeyMint(format).mintApiKey('test').key.slice('acmeprove_test_'.length);
    expect(holdsCredential(acme)).toBe(false);
    addKeyHeads(format.heads);
    expect(holdsCredential(acme)).toBe(true);
  });
});

describe('anyHoldsCredential', () => {
  it.each<[string, unknown[]]>([
    ['a name and a value', [`ci ${head}`, { rest: tail }]],
    ['a name and the name of a field', [head, { [tail]: 1 }]],
    ['two values', [{ a: head, b: tail }]],
    ['two values in the other order', [{ a: tail, b: head }]],
    ['the name of a field and its value', [{ [head]: tail }]],
    ['a value and the name of its field', [{ [tail]: head }]],
    ['the names of two fields', [{ [head]: 1, [tail]: 2 }]],
    ['values at different depths', [{ a: [1, { b: head }], c: { d: tail } }]],
    ['two pieces without a head', [{ a: secret.slice(0, 24), b: secret.slice(24) }]],
    ['three values', [{ a: secret.slice(0, 20), b: secret.slice(20, 40), c: secret.slice(40) }]],
    ['two values in base64', [{ a: base64(live).slice(0, 40), b: base64(live).slice(40) }]],
    ['one value', [{ a: [live] }]],
  ])('finds a key in %s', (_what, values) => {
    expect(anyHoldsCredential('CI', ...values)).toBe(true);
  });

  it.each<[string, unknown[]]>([
    ['pieces of different keys', [{ a: head, b: mint.mintApiKey('live').key.slice(20) }]],
    [
      'a display prefix and an id',
      [`replaces ${live.slice(0, 16)}`, { id: randomUUID(), commit: 'a'.repeat(40) }],
    ],
    ['nothing', [undefined, null, {}, []]],
    ['what is nested without an end', [JSON.parse('['.repeat(5_000) + ']'.repeat(5_000))]],
  ])('finds none in %s', (_what, values) => {
    expect(anyHoldsCredential(...values)).toBe(false);
  });
});

describe('redact', () => {
  it.each(held)('leaves no more of %s than may be shown', (_what, text) => {
    expect(leftIn(redact(`GET ${text} 200`))).toBeLessThanOrEqual(8);
    expect(holdsCredential(redact(`GET ${text} 200`))).toBe(false);
  });

  it('keeps the text around the pieces of a key', () => {
    expect(redact(`ci/1.2 ${head} (${tail}) Linux`)).toBe('ci/1.2 mk_live_[redacted]) Linux');
    expect(redact(`a ${head}.${tail} b ${head}.${tail} c`)).toBe(
      'a mk_live_[redacted] b mk_live_[redacted] c',
    );
  });

  it.each([
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
    `${randomUUID()} ${createHash('sha256').update('b').digest('hex')}`,
  ])('leaves %s as it is', (text) => {
    expect(redact(text)).toBe(text);
  });
});

it.each<[string, string]>([
  ['letters', 'a'.repeat(65_536)],
  ['base64', randomBytes(49_152).toString('base64')],
  ['base64 in base64 in base64', base64(base64(base64('k'.repeat(27_000))))],
  ['heads of keys', 'mk_live_'.repeat(8_192)],
])('is fast for 64 KiB of %s', (_what, text) => {
  const before = performance.now();
  holdsCredential(text);
  anyHoldsCredential(
    Array.from({ length: 1_000 }, (_none, index) => text.slice(index * 64, index * 64 + 64)),
  );
  // A second look at each character for each would take half a minute.
  expect(performance.now() - before).toBeLessThan(1_000);
});
