import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { leaksOptionsSchema } from './leak-options.js';

const options = z.strictObject({ leaks: leaksOptionsSchema });
const faultsOf = (leaks: unknown) =>
  (options.safeParse({ leaks }).error?.issues ?? []).map(({ message }) => message);

it.each<[string, unknown, string]>([
  [
    'a tool key that is disabled',
    { policy: { tool: 'disable' } },
    "leaks.policy.tool is one of 'revoke', 'notify'.",
  ],
  [
    'an unknown action',
    { policy: { service: 'delete' } },
    "leaks.policy.service is one of 'revoke', 'disable', 'notify'.",
  ],
  [
    'an unknown kind',
    { policy: { robot: 'revoke' } },
    'leaks.policy has no kind robot; there are personal, access,',
  ],
  ['another field', { polici: {} }, 'leaks is an object'],
  [
    'a URL of another scheme',
    { githubKeysUrl: 'http://keys.example.com' },
    'leaks.githubKeysUrl must be an https URL',
  ],
  ['a number', 5, 'leaks is an object'],
  ['a policy that is a list', { policy: [] }, 'leaks is an object'],
])('rejects %s', (_what, leaks, message) => {
  expect(faultsOf(leaks)).toEqual([expect.stringContaining(message)]);
});

it('takes policies of some kinds, and none', () => {
  const policy = { service: 'disable', tool: 'notify', admin: undefined };
  for (const leaks of [undefined, {}, { policy }, { githubKeysUrl: 'https://api.github.com/keys' }])
    expect(faultsOf(leaks)).toEqual([]);
  expect(options.safeParse({}).success).toBe(true);
});
