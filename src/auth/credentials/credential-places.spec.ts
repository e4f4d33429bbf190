import { expect, it } from '@jest/globals';
import { keyInBasic } from './credential-places.js';

const encode = (text: string, encoding: BufferEncoding = 'utf8') =>
  Buffer.from(text, encoding).toString('base64');

it.each([
  ['ada:KEY', 'KEY'],
  [':KEY', 'KEY'],
  ['ädä:KEY', 'KEY'],
  ['ada:K:E:Y', 'K:E:Y'],
  ['ada: KEY ', ' KEY '],
  ['KEY:', 'KEY'],
  ['KEY:x', 'x'],
  [':', ''],
])('finds the key of %j', (text, key) => expect(keyInBasic(encode(text))).toBe(key));

it.each([
  ['nothing', ''],
  ['no colon', encode('KEY')],
  ['plain text', 'ada:KEY'],
  ['a byte that is no UTF-8', encode('\u00e9:KEY', 'latin1')],
  ['padding left out', encode('ada:KEY').replaceAll('=', '')],
  ['padding added', `${encode('ada:KE')}==`],
  ['a space', `${encode('ada:KEY').slice(0, 4)} ${encode('ada:KEY').slice(4)}`],
  ['a comma', `${encode('ada:KEY')},`],
  ['base64url', encode('ada:K?>?>').replaceAll('/', '_').replaceAll('+', '-')],
  ['bits that no byte has', 'YTpLRR=='],
])('finds none in %s', (_what, text) => expect(keyInBasic(text)).toBe(''));
