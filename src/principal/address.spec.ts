import { expect, it } from '@jest/globals';
import { normalAddress } from './address.js';

it.each<[string, string]>([
  ['203.0.113.9', '203.0.113.9'],
  ['203.0.113.9:51234', '203.0.113.9'],
  [' 203.0.113.9 ', '203.0.113.9'],
  ['2001:db8::1', '2001:db8::1'],
  ['2001:0DB8:0:0::0001', '2001:db8::1'],
  ['2001:DB8::1', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['[2001:db8::1]:443', '2001:db8::1'],
  ['2001:db8::1:443', '2001:db8::1:443'],
  ['fe80::1%eth0', 'fe80::1'],
  ['[fe80::1%eth0.2]:443', 'fe80::1'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['::FFFF:cb00:7109', '203.0.113.9'],
  ['[::ffff:203.0.113.9]:51234', '203.0.113.9'],
  ['0:0:0:0:0:ffff:cb00:7109', '203.0.113.9'],
  ['::1', '::1'],
])('%j is %s', (text, address) => {
  expect(normalAddress(text)).toBe(address);
  expect(normalAddress(address)).toBe(address);
});

it.each([
  '',
  'unknown',
  '_hidden',
  'localhost',
  '203.0.113',
  '203.0.113.256',
  '0203.0.113.9',
  '0xcb.0.113.9',
  '3405803785',
  '[203.0.113.9]',
  '203.0.113.9:',
  '203.0.113.9:port',
  '203.0.113.9, 198.51.100.1',
  '203.0.113.0/24',
  '203.0.113.9%eth0',
  '[2001:db8::1',
  '2001:db8::1]:443',
  '[2001:db8::1]443',
  '2001:db8:::1',
  '::ffff:203.0.113.9:443',
  'dead',
  'fe80::1%',
  'fe80::1%et h0',
  `fe80::1%${'x'.repeat(100)}`,
  '203.0.113.9 or 1=1',
])('%j is no address', (text) => expect(normalAddress(text)).toBeNull());

it('none is none', () => expect([normalAddress(null), normalAddress(undefined)]).toEqual([null, null]));
