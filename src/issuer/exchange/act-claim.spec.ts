import { expect, it } from '@jest/globals';
import { actOf } from './act-claim.js';

const user = { type: 'user', id: 'ada' } as const;
const key = { type: 'api_key', id: 'k' } as const;
const one = { type: 'tool_key', id: 't1' } as const;
const two = { type: 'tool_key', id: 't2' } as const;

it('has who acts now outermost, and the origin innermost', () => {
  expect(actOf([user, key, one, two], 'owner')).toEqual({
    sub: 't2',
    type: 'tool_key',
    act: {
      sub: 't1',
      type: 'tool_key',
      act: { sub: 'k', type: 'api_key', act: { sub: 'ada', type: 'user' } },
    },
  });
});

it('leaves out the user that the token is about', () => {
  expect(actOf([user, key], 'ada')).toEqual({ sub: 'k', type: 'api_key' });
});
