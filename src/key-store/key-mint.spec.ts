import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { base62 } from '../support/find-keys.js';
import { type KeyShape, PrefixedKeyFormat } from './key-format.js';
import { hashOfKey, KeyMint } from './key-mint.js';

const mint = new KeyMint();
/** Created once. A change of the format that breaks existing keys breaks this test. */
const published = `mk_live_${'0'.repeat(43)}24jeos`;

describe('a minted key', () => {
  it.each(['live', 'test'] as const)('of %s says its environment and is plausible', (environment) => {
    const { key, prefix, hash } = mint.mintApiKey(environment);
    expect(key).toMatch(new RegExp(`^mk_${environment}_[0-9A-Za-z]{49}$`));
    expect(prefix).toBe(key.slice(0, 16));
    expect(hash).toBe(createHash('sha256').update(key).digest('hex'));
    expect(mint.shapeOfApiKey(key)).toBe('PLAUSIBLE');
  });

  it('for a tool begins with tk_', () => {
    const { key, prefix } = mint.mintToolKey();
    expect(key).toMatch(/^tk_[0-9A-Za-z]{49}$/);
    expect(prefix).toBe(key.slice(0, 11));
    expect(mint.shapeOfToolKey(key)).toBe('PLAUSIBLE');
  });

  it('is never the same twice', () => {
    expect(new Set(Array.from({ length: 1_000 }, () => mint.mintApiKey('live').key)).size).toBe(1_000);
  });
});

describe('the shape of an API key', () => {
  it('with any one character changed is rejected without a lookup', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 56 }), fc.constantFrom(...'09AZaz'), (index, character) => {
        const { key } = mint.mintApiKey('live');
        fc.pre(key[index] !== character);
        expect(mint.shapeOfApiKey(key.slice(0, index) + character + key.slice(index + 1))).toBe(
          'CHECKSUM_FAILED',
        );
      }),
    );
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => void mint.shapeOfApiKey(`mk_live_${text}`)),
    );
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void mint.shapeOfApiKey(text)));
  });

  it.each<[string, () => KeyShape]>([
    [
      'throws',
      () => {
        throw new Error('it cannot be read');
      },
    ],
    ['answers nothing', () => undefined as never],
    ['answers what is no shape', () => 'constructor' as never],
  ])('is plausible to a format that %s, so that a lookup decides', (_what, recognise) => {
    const mint = new KeyMint(Object.assign(new PrefixedKeyFormat(), { recognise }));
    expect(mint.shapeOfApiKey(published)).toBe('PLAUSIBLE');
    expect(mint.shapeOfApiKey('a b')).toBe('MALFORMED');
  });

  it.each([
    '',
    ' ',
    'a b',
    'ключ',
    'a\n',
    'x'.repeat(513),
    'mk_live_',
    'mk_test_short',
    `mk_live_${'!'.repeat(49)}`,
  ])('%j is malformed', (text) => expect(mint.shapeOfApiKey(text)).toBe('MALFORMED'));

  it('of another system is plausible, as it may have been imported', () => {
    expect(mint.shapeOfApiKey('ox_0123456789')).toBe('PLAUSIBLE');
  });

  it('is plausible for a key of the first release', () => {
    expect(mint.shapeOfApiKey(published)).toBe('PLAUSIBLE');
  });

  it('follows the prefix', () => {
    const other = new KeyMint(new PrefixedKeyFormat('acme'));
    expect(other.mintApiKey('test').key).toMatch(/^acme_test_/);
    expect(other.shapeOfApiKey('acme_live_short')).toBe('MALFORMED');
  });

  it.each(['tk', '', 'Mk', 'a_b', '1a', 'x'.repeat(17)])('has no prefix %j', (prefix) => {
    expect(() => new PrefixedKeyFormat(prefix)).toThrow('key prefix');
  });
});

it.each(['', 'tk_', 'mk_live_x', `tk_${'0'.repeat(48)}`, `TK_${'0'.repeat(49)}`])(
  '%j is no tool key',
  (text) => {
    expect(mint.shapeOfToolKey(text)).toBe('MALFORMED');
  },
);

it('hashes with plain SHA-256', () => {
  expect(hashOfKey('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

it('counts in base 62', () => {
  expect(base62(Buffer.from([61]), 2)).toBe('0z');
  expect(base62(Buffer.from([62]), 2)).toBe('10');
  expect(base62(Buffer.alloc(32, 0xff), 43)).toHaveLength(43);
  expect(base62(Buffer.alloc(32), 43)).toBe('0'.repeat(43));
});
