import { expect, it } from '@jest/globals';
import { AuthError } from '../principal/auth-error.js';
import { challengeOf, setExpiryHeader, setLimitHeaders } from './response-headers.js';

it.each<[AuthError, string | undefined]>([
  [new AuthError('MISSING_TOKEN'), 'Bearer realm="gatehouse"'],
  [new AuthError('INVALID_TOKEN'), 'Bearer realm="gatehouse", error="invalid_token"'],
  [new AuthError('INVALID_API_KEY'), 'Bearer realm="gatehouse", error="invalid_token"'],
  [
    new AuthError('INSUFFICIENT_SCOPE', { details: { required: ['a:b', 'c:d'] } }),
    'Bearer realm="gatehouse", error="insufficient_scope", scope="a:b c:d"',
  ],
  [
    new AuthError('INSUFFICIENT_SCOPE', { details: { required: Array(41).fill(`a:${'b'.repeat(198)}`) } }),
    'Bearer realm="gatehouse", error="insufficient_scope"',
  ],
  [new AuthError('FORBIDDEN'), undefined],
  [new AuthError('DB_UNAVAILABLE'), undefined],
])('%s is challenged with %s', (error, challenge) => expect(challengeOf(error)).toBe(challenge));

const day = 86_400_000;

function told(tell: (response: { header(name: string, value: string): void }) => void) {
  const headers: Record<string, string> = {};
  tell({ header: (name, value) => (headers[name] = value) });
  return headers;
}

it('sends a limit in the syntax of the draft', () => {
  const state = { limit: 100, windowSeconds: 60, remaining: 99, resetSeconds: 57, exceeded: false };
  expect(told((response) => setLimitHeaders(response, state))).toEqual({
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
  const headers = told((response) => setExpiryHeader(response, left === null ? null : now + left, now));
  expect(headers['X-Key-Expires-In']).toBe(seconds);
});
