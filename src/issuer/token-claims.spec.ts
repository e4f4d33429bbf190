import { expect, it } from '@jest/globals';
import { actClaimOf } from './token-claims.js';

const user = { type: 'user', id: 'ada' } as const;
const key = { type: 'api_key', id: 'k' } as const;
const one = { type: 'tool_key', id: 't1' } as const;
const two = { type: 'tool_key', id: 't2' } as const;

it('nests actors with the current one outermost and the origin innermost', () => {
  expect(actClaimOf([user, key, one, two], 'owner')).toEqual({
    sub: 't2',
    type: 'tool_key',
    act: {
      sub: 't1',
      type: 'tool_key',
      act: { sub: 'k', type: 'api_key', act: { sub: 'ada', type: 'user' } },
    },
  });
});

it('omits the subject of the token', () => {
  expect(actClaimOf([user, key], 'ada')).toEqual({ sub: 'k', type: 'api_key' });
});
