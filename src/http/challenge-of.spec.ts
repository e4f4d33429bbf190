import { expect, it } from '@jest/globals';
import { AuthError } from '../principal/auth-error.js';
import { challengeOf } from './challenge-of.js';

it.each<[AuthError, string | undefined]>([
  [new AuthError('MISSING_TOKEN'), 'Bearer realm="gatehouse"'],
  [new AuthError('INVALID_TOKEN'), 'Bearer realm="gatehouse", error="invalid_token"'],
  [new AuthError('INVALID_API_KEY'), 'Bearer realm="gatehouse", error="invalid_token"'],
  [
    new AuthError('INSUFFICIENT_SCOPE', { details: { required: ['a:b', 'c:d'] } }),
    'Bearer realm="gatehouse", error="insufficient_scope", scope="a:b c:d"',
  ],
  [new AuthError('FORBIDDEN'), undefined],
  [new AuthError('DB_UNAVAILABLE'), undefined],
])('%s is challenged with %s', (error, challenge) => expect(challengeOf(error)).toBe(challenge));
