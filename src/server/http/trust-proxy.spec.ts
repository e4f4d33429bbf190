import type { IncomingMessage } from 'node:http';
import { expect, it } from '@jest/globals';
import { requestIds, trustFunction } from './trust-proxy.js';

const idFor = (trustProxy: boolean | number | string, sent: string | string[], remoteAddress = '127.0.0.1') =>
  requestIds(trustFunction(trustProxy))({
    headers: { 'x-request-id': sent },
    socket: { remoteAddress },
  } as unknown as IncomingMessage);

it.each<[boolean | number | string, string]>([
  [true, '203.0.113.9'],
  [1, '203.0.113.9'],
  ['127.0.0.1', '127.0.0.1'],
  ['10.0.0.0/8, ::1', '::ffff:10.1.2.3'],
])('keeps the id of a sender that TRUST_PROXY=%s trusts', (trustProxy, address) => {
  expect(idFor(trustProxy, 'from-the-proxy', address)).toBe('from-the-proxy');
});

it.each<[boolean | number | string, string]>([
  [false, '127.0.0.1'],
  [0, '127.0.0.1'],
  ['10.0.0.1', '127.0.0.1'],
  ['10.0.0.0/8', '11.0.0.1'],
])('keeps no id of a sender that TRUST_PROXY=%s does not trust', (trustProxy, address) => {
  expect(idFor(trustProxy, 'forged-by-client', address)).toMatch(/^[0-9a-f-]{36}$/);
});

it.each(['short', 'x'.repeat(65), 'line\nbreak-in-it', '<script>alert(1)</script>'])(
  'discards the invalid id %j',
  (sent) => {
    expect(idFor(true, sent)).toMatch(/^[0-9a-f-]{36}$/);
  },
);
