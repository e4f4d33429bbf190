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
    sub_profile: 'ai_agent',
    act: {
      sub: 't1',
      type: 'tool_key',
      sub_profile: 'ai_agent',
      act: {
        sub: 'k',
        type: 'api_key',
        sub_profile: 'service',
        act: { sub: 'ada', type: 'user', sub_profile: 'user' },
      },
    },
  });
});

it('omits the subject of the token', () => {
  expect(actClaimOf([user, key], 'ada')).toEqual({ sub: 'k', type: 'api_key', sub_profile: 'service' });
});
