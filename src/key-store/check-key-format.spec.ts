import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Environment } from '../principal/authenticated-user.js';
import { checkKeyFormat } from './check-key-format.js';
import { KeyFormat, type KeyShape, type KeyText, PrefixedKeyFormat } from './key-format.js';
import { KeyMint } from './key-mint.js';

class HexFormat extends KeyFormat {
  override heads: readonly string[] = ['acme-'];

  override create(environment: Environment): KeyText {
    const key = `acme-${environment[0]}${randomBytes(16).toString('hex')}`;
    return { key, prefix: key.slice(0, 6) };
  }

  override recognise(key: string): KeyShape {
    return /^acme-[lt][0-9a-f]{32}$/.test(key) ? 'PLAUSIBLE' : 'MALFORMED';
  }
}

function formatOf(changes: Partial<KeyFormat>): KeyFormat {
  return Object.assign(new HexFormat(), changes);
}

/** Makes keys of this text, and recognises all that it makes. */
const making = (text: () => Partial<KeyText>, heads: readonly string[] = ['acme-']) =>
  formatOf({ heads, create: text as () => KeyText, recognise: () => 'PLAUSIBLE' });
const random = (bytes = 32) => randomBytes(bytes).toString('base64url');

function faultsOf(format: KeyFormat): string {
  try {
    checkKeyFormat(format);
    return 'none';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('a key format', () => {
  it.each([
    ['the default', new PrefixedKeyFormat()],
    ['the default with the longest prefix', new PrefixedKeyFormat('abcdefghijklmnop')],
    ['128 bits in hex', new HexFormat()],
    [
      'digits',
      making(() => ({
        key: `acme-${BigInt(`0x${randomBytes(24).toString('hex')}`)
          .toString()
          .padStart(58, '0')}`,
        prefix: 'acme-',
      })),
    ],
  ])('is valid: %s', (_name, format) => expect(faultsOf(format)).toBe('none'));

  it.each<[string, KeyFormat, string | RegExp]>([
    ['without heads', formatOf({ heads: [] }), 'heads is a list of texts'],
    ['with a head that says nothing', formatOf({ heads: ['a'] }), 'heads is a list of texts'],
    ['with a head that is no text', formatOf({ heads: [/x/ as never] }), 'heads is a list of texts'],
    ['that makes nothing', making(() => ({})), 'let create return { key, prefix }, two texts.'],
    [
      'that promises keys',
      making(() => Promise.resolve() as never),
      'let create return { key, prefix }, two texts.',
    ],
    [
      'with spaces',
      making(() => ({ key: `acme- ${random()}`, prefix: 'acme-' })),
      'visible ASCII characters without spaces',
    ],
    [
      'with letters that no header takes',
      making(() => ({ key: `acme-é${random()}`, prefix: 'acme-' })),
      'visible ASCII',
    ],
    ['too long for a header', making(() => ({ key: `acme-${random(400)}`, prefix: 'acme-' })), '24 to 512'],
    ['too short', making(() => ({ key: `acme-${random(12)}`, prefix: 'acme-' })), '24 to 512'],
    [
      'like a JWT',
      making(() => ({ key: `acme-${random()}.${random()}.${random()}`, prefix: 'acme-' })),
      'looks like a JWT',
    ],
    ['like a tool key', making(() => ({ key: `tk_${random()}`, prefix: 'tk_' }), ['tk_']), 'begins with tk_'],
    [
      'that does not begin as it says',
      making(() => ({ key: `other-${random()}`, prefix: 'other-' })),
      'begins with none of its heads',
    ],
    [
      'whose prefix is no beginning',
      making(() => ({ key: `acme-${random()}`, prefix: 'ACME' })),
      'does not begin with its prefix',
    ],
    [
      'whose prefix is empty',
      making(() => ({ key: `acme-${random()}`, prefix: '' })),
      'does not begin with its prefix',
    ],
    [
      'that shows too much',
      making(() => {
        const key = `acme-${random(64)}`;
        return { key, prefix: key.slice(0, 41) };
      }),
      'at most 40 characters and half of the key',
    ],
    [
      'that shows more than half',
      making(() => {
        const key = `acme-${random(16)}`;
        return { key, prefix: key.slice(0, 20) };
      }),
      'at most 40 characters and half of the key',
    ],
    ['that does not know its own', formatOf({ recognise: () => 'CHECKSUM_FAILED' }), 'recognise rejects'],
    [
      'that makes one key',
      making(() => ({ key: `acme-${'a'.repeat(60)}`, prefix: 'acme-' })),
      'the same key twice',
    ],
    [
      'of too little randomness',
      making(() => ({ key: `acme-${'0'.repeat(30)}${random(8)}`, prefix: 'acme-' })),
      /differ by about \d\d bits; 128 are needed/,
    ],
    [
      'of a UUID',
      making(() => ({ key: `acme-${randomUUID()}`, prefix: 'acme-' })),
      'about 124 bits; 128 are needed',
    ],
    [
      'whose randomness is shown',
      making(() => {
        const key = `acme-${random(15)}${'0'.repeat(40)}`;
        return { key, prefix: key.slice(0, 25) };
      }),
      'the same key twice',
    ],
  ])('is invalid: %s', (_name, format, fault) => {
    const message = faultsOf(format);
    expect(message).toMatch(fault);
    expect(message).toMatch(/^HexFormat cannot create keys:\n {2}/);
  });

  it('does not reveal any part of a key in its errors', () => {
    let key = '';
    const message = faultsOf(making(() => ({ key: (key = `nope-${random()}`), prefix: 'x' })));
    for (let at = 5; at + 8 <= key.length; at += 1) expect(message).not.toContain(key.slice(at, at + 8));
  });
});

describe('the mint', () => {
  it('passes a format only keys with its prefix, and considers all others plausible', () => {
    const asked: string[] = [];
    const mint = new KeyMint(formatOf({ recognise: (key) => (asked.push(key), 'MALFORMED') }));
    const old = new KeyMint().mintApiKey('live').key;
    expect(mint.shapeOfApiKey(old)).toBe('PLAUSIBLE');
    expect(mint.shapeOfApiKey('ox_0123')).toBe('PLAUSIBLE');
    expect(mint.shapeOfApiKey('acme-\n')).toBe('MALFORMED');
    expect(mint.shapeOfApiKey(`acme-${'x'.repeat(600)}`)).toBe('MALFORMED');
    expect(asked).toEqual([]);
    expect(mint.shapeOfApiKey('acme-x')).toBe('MALFORMED');
    expect(asked).toEqual(['acme-x']);
  });

  it('never returns an invalid key of a format, even after the start', () => {
    const format = new HexFormat();
    checkKeyFormat(format);
    format.create = () => ({ key: 'acme-short', prefix: 'acme-' });
    expect(() => new KeyMint(format).mintApiKey('live')).toThrow(
      'HexFormat made a key that is not 24 to 512',
    );
  });

  it('uses tk_ for tool keys, whatever the format', () => {
    expect(new KeyMint(new HexFormat()).mintToolKey().key).toMatch(/^tk_[0-9A-Za-z]{49}$/);
  });
});
