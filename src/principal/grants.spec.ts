import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { effectiveScopes, type Grant, type Granter, refusalOfGrant } from './grants.js';
import { scopesOfRole, scopesOfUser } from './roles.js';
import { holdsScope, missingScopes, type Scope } from './scopes.js';

const part = fc.constantFrom('*', 'files', 'notes', 'api-keys', 'admin', 'read', 'write');
const scope = fc.tuple(part, part).map(([resource, action]): Scope => `${resource}:${action}`);
const grant: fc.Arbitrary<Grant> = fc.record({
  ownerId: fc.constantFrom('ada', 'bob'),
  role: fc.option(fc.constantFrom('read_only', 'write_agent', 'admin')),
  scopes: fc.option(fc.array(scope, { maxLength: 4 })),
  environment: fc.constantFrom('live', 'test'),
  expiresAt: fc.option(fc.integer({ min: 1, max: 9 })),
});
const asGranter = (made: Grant): Granter => ({ ...made, scopes: effectiveScopes(made) });
const everything: Scope[] = ['files', 'notes', 'api-keys', 'admin', 'other'].flatMap((resource) => [
  `${resource}:read` as const,
  `${resource}:write` as const,
]);
const held = ({ scopes }: Granter) => everything.filter((one) => holdsScope(scopes, one));

describe('over random trees of grants', () => {
  const root: fc.Arbitrary<Granter> = grant.map(asGranter);

  it('nobody ever holds, or outlives, what any of its granters did not', () => {
    fc.assert(
      fc.property(root, fc.array(fc.tuple(grant, fc.nat()), { maxLength: 20 }), (first, wishes) => {
        const tree = [{ granter: first, above: [first] }];
        for (const [wish, pick] of wishes) {
          const parent = tree[pick % tree.length] as (typeof tree)[number];
          if (refusalOfGrant(parent.granter, wish) !== undefined) continue;
          const child = asGranter(wish);
          for (const ancestor of parent.above) {
            expect(held(ancestor)).toEqual(expect.arrayContaining(held(child)));
            expect(child.expiresAt ?? Infinity).toBeLessThanOrEqual(ancestor.expiresAt ?? Infinity);
            expect(child.ownerId).toBe(ancestor.ownerId);
            expect(ancestor.environment === 'test' && child.environment !== 'test').toBe(false);
          }
          tree.push({ granter: child, above: [...parent.above, child] });
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('*:* never becomes key management or the platform', () => {
    fc.assert(
      fc.property(fc.array(grant), (wishes) => {
        let granter: Granter = { ownerId: null, scopes: ['*:*'], environment: null, expiresAt: null };
        for (const wish of wishes) if (refusalOfGrant(granter, wish) === undefined) granter = asGranter(wish);
        expect(missingScopes(granter.scopes, ['api-keys:write', 'admin:read'])).toHaveLength(2);
      }),
    );
  });
});

const plain: Grant = { ownerId: 'ada', role: null, scopes: null, environment: 'live', expiresAt: null };
const user: Granter = { ownerId: 'ada', scopes: scopesOfUser, environment: null, expiresAt: null };
const admin: Granter = { ownerId: null, scopes: scopesOfRole.admin, environment: 'live', expiresAt: null };

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
])('%s', (_what, granter, wish, path) => {
  expect(refusalOfGrant(granter, { ...plain, ...wish })?.path).toBe(path);
});
