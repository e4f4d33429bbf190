import { ForbiddenException } from '@nestjs/common';
import { expect, it } from '@jest/globals';
import { AuthError } from '../../principal/auth-error.js';
import { DecisionCounts, outcomeOfError } from './decision-counts.js';

it.each<[string, unknown, string]>([
  [
    'the reason of a rejected key',
    new AuthError('INVALID_API_KEY', { cause: { outcome: 'REVOKED' } }),
    'REVOKED',
  ],
  ['the code where there is no other reason', new AuthError('EXPIRED_TOKEN'), 'EXPIRED_TOKEN'],
  ['a fault of the service', new AuthError('DB_UNAVAILABLE', { cause: new Error('gone') }), 'DB_UNAVAILABLE'],
  [
    'a key over its limit',
    new AuthError('RATE_LIMITED', { cause: { outcome: 'RATE_LIMITED' } }),
    'RATE_LIMITED',
  ],
  [
    'an address over its own',
    new AuthError('RATE_LIMITED', { cause: { outcome: 'NOT_FOUND' } }),
    'ADDRESS_LIMITED',
  ],
  ['an address whose key was not looked at', new AuthError('RATE_LIMITED'), 'ADDRESS_LIMITED'],
  ['a rejection of the application itself', new ForbiddenException('no names here'), 'FORBIDDEN'],
  ['an unexpected error', new Error('secret text'), 'INTERNAL_ERROR'],
  ['what is no error', 'secret text', 'INTERNAL_ERROR'],
])('counts %s', (_what, error, outcome) => {
  expect(outcomeOfError(error)).toBe(outcome);
});

it('counts each kind of credential separately', () => {
  const decisions = new DecisionCounts();
  decisions.add('jwt', 'VALID');
  decisions.add('jwt', 'VALID');
  decisions.add('tool_key', 'VALID');
  decisions.add('none', 'MISSING_TOKEN');
  expect([...decisions.entries()]).toEqual([
    ['tool_key', 'VALID', 1],
    ['jwt', 'VALID', 2],
    ['none', 'MISSING_TOKEN', 1],
  ]);
});
