import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AuthError } from './auth-error.js';
import {
  effectiveScopes,
  type Grant,
  type Granter,
  rejectionOfGrant,
  requireGrant,
  unbounded,
} from './grants.js';
import { isInNetworks, isNetwork } from './networks.js';
import {
  holdsScope,
  missingScopes,
  type Scope,
  scopesLackedBy,
  scopesOfRole,
  scopesOfUser,
} from './scopes.js';

const part = fc.constantFrom('*', 'files', 'notes', 'api-keys', 'admin', 'read', 'write');
const scope = fc.array(part, { minLength: 2, maxLength: 3 }).map((parts) => parts.join(':') as Scope);
const network = fc
  .tuple(
    fc.constantFrom('10.0.0.0', '10.1.0.0', '10.0.0.1', '::ffff:10.0.0.1', '2001:db8::', '2001:db8::1', '::'),
    fc.constantFrom('', '/0', '/8', '/15', '/16', '/31', '/32', '/96', '/128'),
  )
  .map(([address, bits]) => address + bits)
  .filter(isNetwork);
const addresses = [
  '10.0.0.1',
  '10.0.0.2',
  '10.1.0.9',
  '10.2.0.1',
  '11.0.0.1',
  '::1',
  '2001:db8::1',
  '2001:db9::1',
];
const grant: fc.Arbitrary<Grant> = fc.record({
  ownerId: fc.constantFrom('ada', 'bob'),
  role: fc.option(fc.constantFrom('read_only', 'write_agent', 'admin')),
  scopes: fc.option(fc.array(scope, { maxLength: 4 })),
  environment: fc.constantFrom('live', 'test'),
  expiresAt: fc.option(fc.integer({ min: 1, max: 9 })),
  allowedIps: fc.option(fc.array(network, { minLength: 1, maxLength: 3 })),
  rateLimit: fc.option(
    fc.record({ limit: fc.integer({ min: 1, max: 4 }), windowSeconds: fc.constantFrom(59, 60, 3600) }),
  ),
});
const asGranter = (made: Grant): Granter => ({ ...made, scopes: effectiveScopes(made) });
const everything: Scope[] = ['files', 'notes', 'api-keys', 'admin', 'other'].flatMap((resource) => [
  `${resource}:read` as const,
  `${resource}:write` as const,
  `${resource}:notes:read` as const,
]);
const placesOf = ({ allowedIps }: Granter) =>
  addresses.filter((ip) => allowedIps === null || isInNetworks(ip, allowedIps));
const held = ({ scopes }: Granter) => everything.filter((one) => holdsScope(scopes, one));

describe('over random trees of grants', () => {
  const root: fc.Arbitrary<Granter> = grant.map(asGranter);

  it('no grant exceeds, or outlives, any of its granters', () => {
    fc.assert(
      fc.property(root, fc.array(fc.tuple(grant, fc.nat()), { maxLength: 20 }), (first, requests) => {
        const tree = [{ granter: first, above: [first] }];
        for (const [requested, pick] of requests) {
          const parent = tree[pick % tree.length] as (typeof tree)[number];
          if (rejectionOfGrant(parent.granter, requested) !== undefined) continue;
          const child = asGranter(requested);
          for (const ancestor of parent.above) {
            expect(held(ancestor)).toEqual(expect.arrayContaining(held(child)));
            expect(child.expiresAt ?? Infinity).toBeLessThanOrEqual(ancestor.expiresAt ?? Infinity);
            expect(child.ownerId).toBe(ancestor.ownerId);
            expect(ancestor.environment === 'test' && child.environment !== 'test').toBe(false);
            expect(placesOf(ancestor)).toEqual(expect.arrayContaining(placesOf(child)));
            if (ancestor.rateLimit === null) continue;
            expect(child.rateLimit?.windowSeconds).toBe(ancestor.rateLimit.windowSeconds);
            expect(child.rateLimit?.limit).toBeLessThanOrEqual(ancestor.rateLimit.limit);
          }
          tree.push({ granter: child, above: [...parent.above, child] });
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('*:* never becomes key management or the platform', () => {
    fc.assert(
      fc.property(fc.array(grant), (requests) => {
        let granter: Granter = { ...unbounded, ownerId: null, scopes: ['*:*'] };
        for (const requested of requests)
          if (rejectionOfGrant(granter, requested) === undefined) granter = asGranter(requested);
        expect(missingScopes(granter.scopes, ['api-keys:write', 'admin:read'])).toHaveLength(2);
      }),
    );
  });
});

const plain: Grant = { ...unbounded, ownerId: 'ada', role: null, scopes: null, environment: 'live' };
const user: Granter = { ...unbounded, ownerId: 'ada', scopes: scopesOfUser };
const admin: Granter = { ...user, ownerId: null, scopes: scopesOfRole.admin, environment: 'live' };
const office: Granter = { ...user, allowedIps: ['10.0.0.0/8', '2001:db8::/32'] };
const slow: Granter = { ...user, rateLimit: { limit: 3, windowSeconds: 60 } };
const agent: Granter = { ...user, scopes: ['*:*'], source: { type: 'tool_key' } };

it.each<[string, Granter, Partial<Grant>, string | undefined]>([
  ['a user grants a role', user, { role: 'write_agent' }, undefined],
  ['a user grants key management', user, { scopes: ['api-keys:write'] }, undefined],
  ['a user grants admin', user, { role: 'admin' }, 'role'],
  [
    'a user grants the name of admin with few scopes',
    user,
    { role: 'admin', scopes: ['files:read'] },
    'role',
  ],
  ['an admin grants admin', admin, { role: 'admin' }, undefined],
  ['a reader grants writing', { ...user, scopes: ['*:read'] }, { scopes: ['files:write'] }, 'scopes'],
  [
    'one of many is too much',
    { ...user, scopes: ['files:*'] },
    { scopes: ['files:read', 'notes:read'] },
    'scopes',
  ],
  ['a test key makes a live one', { ...user, environment: 'test' }, {}, 'environment'],
  ['a user makes a key of another owner', user, { ownerId: 'bob' }, 'ownerId'],
  ['an admin makes a key of any owner', admin, { ownerId: 'bob' }, undefined],
  ['a mortal key makes one without an end', { ...user, expiresAt: 5 }, {}, 'expiresAt'],
  ['a mortal key makes one that ends with it', { ...user, expiresAt: 5 }, { expiresAt: 5 }, undefined],
  ['a key of some networks makes one for everywhere', office, {}, 'allowedIps'],
  [
    'a key of some networks makes one for some of them',
    office,
    { allowedIps: ['10.9.0.0/16', '10.0.0.1'] },
    undefined,
  ],
  ['one of two networks is elsewhere', office, { allowedIps: ['10.9.0.0/16', '11.0.0.1'] }, 'allowedIps'],
  ['a network is wider', office, { allowedIps: ['10.0.0.0/7'] }, 'allowedIps'],
  ['an IPv4 network is written as IPv6', office, { allowedIps: ['::ffff:10.1.0.0/112'] }, undefined],
  ['all of IPv6 is wanted for a part of it', office, { allowedIps: ['::/0'] }, 'allowedIps'],
  [
    'a key for everywhere makes one for everywhere',
    { ...user, allowedIps: ['0.0.0.0/0', '::/0'] },
    {},
    undefined,
  ],
  ['a limited key makes one without a limit', slow, {}, 'rateLimit'],
  [
    'a limited key makes one of the same limit',
    slow,
    { rateLimit: { limit: 3, windowSeconds: 60 } },
    undefined,
  ],
  [
    'a limited key makes one of a lower limit',
    slow,
    { rateLimit: { limit: 1, windowSeconds: 60 } },
    undefined,
  ],
  [
    'a limited key makes one of a higher limit',
    slow,
    { rateLimit: { limit: 4, windowSeconds: 60 } },
    'rateLimit',
  ],
  [
    'a limited key makes one of another window',
    slow,
    { rateLimit: { limit: 3, windowSeconds: 59 } },
    'rateLimit',
  ],
  [
    'a limited key makes one of a longer window',
    slow,
    { rateLimit: { limit: 3, windowSeconds: 61 } },
    'rateLimit',
  ],
  ['an agent passes on what its wildcards cover', agent, { scopes: ['files:read'] }, undefined],
  ['an agent passes on key management', agent, { scopes: ['api-keys:read'] }, 'scopes'],
])('%s', (_what, granter, requested, path) => {
  expect(rejectionOfGrant(granter, { ...plain, ...requested })?.path).toBe(path);
});

it.each<Scope>([
  'api-keys:read',
  'api-keys:write',
  'api-keys:*',
  'api-keys:delete',
  'api-keys:write:z',
  'admin:read',
  'admin:*',
  'admin:x:y',
  'members:read',
  'members:*',
  'members:*:x',
  'trust-rules:read',
])('a tool key never has %s, by wildcards or by name', (scope) => {
  for (const held of [
    ['*:*'],
    ['*:read', '*:write', '*:delete'],
    [scope],
    ['api-keys:*', 'admin:*', 'members:*', 'trust-rules:*'],
  ] as Scope[][])
    expect(scopesLackedBy({ scopes: held, source: { type: 'tool_key' } }, [scope])).toEqual([scope]);
  expect(scopesLackedBy({ scopes: [scope], source: { type: 'api_key' } }, [scope])).toEqual([]);
});

it('requires the scopes of a role, also where the key has its own in their place', () => {
  const granter: Granter = { ...unbounded, ownerId: 'ada', scopes: ['files:read'] };
  const wanted: Grant = { ...unbounded, ownerId: 'ada', role: 'read_only', scopes: ['files:read'] };
  const detailsOf = (grant: Grant) => {
    try {
      requireGrant(granter, grant);
    } catch (error) {
      return (error as AuthError).getResponse();
    }
    return undefined;
  };
  expect(detailsOf(wanted)).toMatchObject({
    details: { path: 'role', required: ['*:read'], missing: ['*:read'], granted: ['files:read'] },
  });
  expect(detailsOf({ ...wanted, role: null, scopes: ['files:*'] })).toMatchObject({
    details: { path: 'scopes', required: ['files:*'], missing: ['files:*'] },
  });
  expect(detailsOf({ ...wanted, role: null })).toBeUndefined();
});
