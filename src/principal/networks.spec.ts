import { expect, it } from '@jest/globals';
import { isInNetworks, isNetwork, normalizeAddress } from './networks.js';

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
  expect(normalizeAddress(text)).toBe(address);
  expect(normalizeAddress(address)).toBe(address);
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
])('%j is no address', (text) => expect(normalizeAddress(text)).toBeNull());

it('returns null for a missing address', () =>
  expect([normalizeAddress(null), normalizeAddress(undefined)]).toEqual([null, null]));

it.each([
  '10.0.0.0/8',
  '192.168.1.7',
  '0.0.0.0/0',
  '::1',
  '2001:db8::/32',
  '::/0',
  '::ffff:10.0.0.0/104',
  '10.1.2.3/8',
])('%s is a network', (text) => expect(isNetwork(text)).toBe(true));

it.each([
  '',
  '999.1.1.1/33',
  '10.0.0.0/33',
  '::/129',
  '10.0.0',
  '10',
  '0x0a.0.0.1',
  '010.0.0.1',
  '10.0.0.0/',
  '10.0.0.0/08',
  '10.0.0.0/8/8',
  'localhost',
  '10.0.0.0/-1',
  'fe80::1%eth0',
])('%j is no network', (text) => expect(isNetwork(text)).toBe(false));

it.each<[string, string]>([
  ['10.200.3.4', '10.0.0.0/8'],
  ['192.168.1.7', '192.168.1.7'],
  ['::ffff:192.168.1.7', '192.168.1.0/24'],
  ['192.168.1.7', '::ffff:192.168.1.0/120'],
  ['2001:db8:1::1', '2001:db8::/32'],
  ['2001:0DB8:0:0::1', '2001:db8::1'],
  ['203.0.113.9', '0.0.0.0/0'],
  ['203.0.113.9:51234', '203.0.113.9'],
  ['[::ffff:203.0.113.9]:51234', '203.0.113.0/24'],
  ['[2001:db8::1]:443', '2001:db8::/32'],
  ['fe80::1%eth0', 'fe80::/10'],
])('%s is in %s', (ip, network) => expect(isInNetworks(ip, ['198.51.100.0/24', network])).toBe(true));

it.each<[string | null, string]>([
  ['11.0.0.1', '10.0.0.0/8'],
  ['192.168.1.70', '192.168.1.7'],
  ['2001:db9::1', '2001:db8::/32'],
  ['203.0.113.9', '::/0'],
  ['::1', '0.0.0.0/0'],
  [null, '0.0.0.0/0'],
  ['unknown', '0.0.0.0/0'],
  ['203.0.113.70:51234', '203.0.113.7'],
])('%s is not in %s', (ip, network) => expect(isInNetworks(ip, [network])).toBe(false));

it('no address is in an empty list', () => expect(isInNetworks('10.0.0.1', [])).toBe(false));
