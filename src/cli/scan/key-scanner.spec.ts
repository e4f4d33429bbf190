import { describe, expect, it } from '@jest/globals';
import { PrefixedKeyFormat } from '../../key-store/key-format.js';
import { hashOfKey, KeyMint } from '../../key-store/key-mint.js';
import { keyPatternsOf } from './key-pattern.js';
import { KeyScanner } from './key-scanner.js';

const mint = new KeyMint();
const live = mint.mintApiKey('live').key;
const tool = mint.mintToolKey().key;
const scanner = new KeyScanner(keyPatternsOf({}));

/** What is found in a text that comes in chunks of so many bytes. */
function found(text: string | Buffer, size = 1_000_000, of = scanner): string[] {
  // What follows a key is needed for the chunk with it to be searched.
  const bytes = Buffer.concat([Buffer.from(text as string), Buffer.alloc(300, ' ')]);
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
  return [...of.scan(chunks)].map(({ line, column, encoding, hash }) => {
    const key = [live, tool].find((one) => hashOfKey(one) === hash);
    return `${line}:${column} ${encoding} ${key === live ? 'live' : key === tool ? 'tool' : 'other'}`;
  });
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a scan', () => {
  it.each([
    ['alone', live, ['1:1 plain live']],
    ['after what looks like a beginning', `mk_live_tk_mk_live_${live}`, ['1:20 plain live']],
    ['within a word, or before one', `x${live}more`, ['1:2 plain live']],
    [
      'twice on the second line',
      `a\nk=${live};${tool}`,
      ['2:3 plain live', `2:${live.length + 4} plain tool`],
    ],
    ['in UTF-16', Buffer.from(`a\n b${live}\n`, 'utf16le'), ['2:6 utf-16 live']],
    ['in UTF-16 of the other order', Buffer.from(`a\n b${tool}`, 'utf16le').swap16(), ['2:6 utf-16 tool']],
    [
      'between bytes that are no text',
      Buffer.concat([Buffer.from([0, 255, 10, 0]), Buffer.from(live)]),
      ['2:2 plain live'],
    ],
    ['in base64', `auth: ${base64(live)}`, ['1:7 base64 live']],
    ['in base64, one byte in', `auth: ${base64(`:${tool}:`)}`, ['1:7 base64 tool']],
    [
      'in base64 for URLs, two bytes in',
      base64(`u:${live}`).replaceAll('+', '-').replaceAll('=', ''),
      ['1:1 base64 live'],
    ],
    [
      'in base64 of several lines',
      base64(`${'text '.repeat(7)}${live}`).replace(/.{76}/g, '$&\r\n  '),
      ['1:45 base64 live'],
    ],
  ])('finds a key %s, however it is cut into chunks', (_where, text, expected) => {
    for (const size of [1, 13, 64, 1_000_000]) expect([size, found(text, size)]).toEqual([size, expected]);
  });

  it.each([
    ['with another checksum', `${live.slice(0, -1)}${live.endsWith('a') ? 'b' : 'a'}`],
    ['with another head', live.replace('_live_', '_test_')],
    ['that is cut off', live.slice(0, -1)],
    ['of another prefix', new PrefixedKeyFormat('acme').create('live').key],
    ['in pieces', `${live.slice(0, 20)}" + "${live.slice(20)}`],
    ['without its head', live.slice('mk_live_'.length)],
  ])('does not find a key %s', (_which, text) => {
    expect([...found(text), ...found(base64(text))]).toEqual([]);
  });

  it('finds keys of the prefix that is configured, and shows their prefix only', () => {
    const acme = new KeyScanner(keyPatternsOf({ keyPrefix: 'acme' }));
    const { key, prefix } = new PrefixedKeyFormat('acme').create('test');
    const all = [...acme.scan([Buffer.from(`${live} ${key} ${tool}`)])];
    expect(all.map((one) => [one.kind, one.prefix])).toEqual([
      ['api_key', prefix],
      ['tool_key', tool.slice(0, 11)],
    ]);
    expect(JSON.stringify(all)).not.toContain(key.slice(0, prefix.length + 1));
  });

  it('keeps to its time and memory for text that is nearly keys', () => {
    const chunk = Buffer.from(`${live.slice(0, -1)}_`.repeat(4_000));
    const text = scanner.open();
    const started = performance.now();
    for (let turn = 0; turn < 8; turn += 1) expect([...text.read(chunk, false)]).toEqual([]);
    // Quadratic, it would be minutes.
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
