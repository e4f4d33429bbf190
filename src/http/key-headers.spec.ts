import { expect, it } from '@jest/globals';
import { tellExpiry, tellLimit } from './key-headers.js';

const day = 86_400_000;

function told(tell: (response: { header(name: string, value: string): void }) => void) {
  const headers: Record<string, string> = {};
  tell({ header: (name, value) => (headers[name] = value) });
  return headers;
}

it('tells a limit in the syntax of the draft', () => {
  const state = { limit: 100, windowSeconds: 60, remaining: 99, resetSeconds: 57, exceeded: false };
  expect(told((response) => tellLimit(response, state))).toEqual({
    'RateLimit-Policy': '"key";q=100;w=60',
    RateLimit: '"key";r=99;t=57',
  });
});

it.each<[string, number | null, string | undefined]>([
  ['nothing of a key without an end', null, undefined],
  ['nothing when more than 14 days are left', 14 * day + 1, undefined],
  ['the seconds of 14 days', 14 * day, '1209600'],
  ['whole seconds, rounded down', 1_999, '1'],
  ['no less than 0', -1, '0'],
])('tells %s', (_what, left, seconds) => {
  const now = 1_800_000_000_000;
  const headers = told((response) => tellExpiry(response, left === null ? null : now + left, now));
  expect(headers['X-Key-Expires-In']).toBe(seconds);
});
