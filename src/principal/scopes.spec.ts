import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  delegableScopes,
  holdsScope,
  isScope,
  missingScopes,
  type Scope,
  scopesOfPersonalKey,
  scopesOfRole,
  scopesOfUser,
  sharedScopes,
} from './scopes.js';

const part = fc.constantFrom('*', 'files', 'notes', 'api-keys', 'admin', 'read', 'write');
const scope = fc.tuple(part, part).map(([resource, action]): Scope => `${resource}:${action}`);
const concrete = scope.filter((one) => !one.includes('*'));

describe('holdsScope', () => {
  it.each<[Scope, Scope]>([
    ['files:read', 'files:read'],
    ['files:*', 'files:read'],
    ['*:read', 'files:read'],
    ['*:*', 'files:read'],
    ['*:read', 'api-keys:read'],
    ['*:*', 'api-keys:verify'],
    ['api-keys:*', 'api-keys:write'],
    ['admin:*', 'admin:owners'],
  ])('%s covers %s', (granted, required) => {
    expect(holdsScope([granted], required)).toBe(true);
  });

  it.each<[Scope, Scope]>([
    ['files:read', 'files:write'],
    ['files:read', 'files:*'],
    ['*:read', '*:*'],
    ['*:*', 'api-keys:write'],
    ['*:write', 'api-keys:write'],
    ['*:*', 'api-keys:*'],
    ['*:*', 'admin:*'],
    ['*:*', 'admin:read'],
    ['*:read', 'admin:read'],
    ['file:read', 'files:read'],
  ])('%s does not cover %s', (granted, required) => {
    expect(holdsScope([granted], required)).toBe(false);
  });

  it('is transitive: a delegated scope never covers more than the original', () => {
    fc.assert(
      fc.property(fc.array(scope), scope, concrete, (granted, passedOn, wanted) => {
        fc.pre(holdsScope(granted, passedOn) && holdsScope([passedOn], wanted));
        expect(holdsScope(granted, wanted)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

it('a role, a user and a personal key hold the documented scopes', () => {
  expect(missingScopes(scopesOfRole.admin, ['api-keys:write', 'admin:owners', 'files:read'])).toEqual([]);
  expect(missingScopes(scopesOfRole.write_agent, ['files:write', 'api-keys:write', 'admin:read'])).toEqual([
    'api-keys:write',
    'admin:read',
  ]);
  expect(missingScopes(scopesOfRole.read_only, ['files:read', 'files:write'])).toEqual(['files:write']);
  expect(missingScopes(scopesOfUser, ['api-keys:write', 'admin:read'])).toEqual(['admin:read']);
  expect(missingScopes(scopesOfPersonalKey, ['files:write', 'api-keys:write'])).toEqual(['api-keys:write']);
});

it('the scopes of a tool key never include key or platform management', () => {
  fc.assert(
    fc.property(fc.array(scope), (granted) => {
      const delegated = delegableScopes(granted);
      expect(missingScopes(granted, delegated)).toEqual([]);
      expect(holdsScope(delegated, 'api-keys:write')).toBe(false);
      expect(holdsScope(delegated, 'admin:read')).toBe(false);
    }),
    { numRuns: 2_000 },
  );
});

describe('sharedScopes', () => {
  it.each<[Scope[], Scope[], Scope[]]>([
    [['files:read'], ['files:read'], ['files:read']],
    [['files:read'], ['files:*'], ['files:read']],
    [['files:*'], ['*:read'], ['files:read']],
    [['*:*'], ['files:read', 'notes:*'], ['files:read', 'notes:*']],
    [['*:read', '*:write'], ['files:*'], ['files:read', 'files:write']],
    [['files:*', 'notes:read'], ['*:read'], ['files:read', 'notes:read']],
    [['files:read'], ['files:write'], []],
    [['files:read'], ['notes:read'], []],
    [['files:read'], [], []],
    [[], ['*:*'], []],
    [['*:*'], ['api-keys:write', 'admin:*'], []],
    [['*:read'], ['api-keys:read'], ['api-keys:read']],
  ])('of %j and %j are %j', (some, others, shared) => {
    expect(sharedScopes(some, others)).toEqual(shared);
    expect([...sharedScopes(others, some)].sort()).toEqual([...shared].sort());
  });

  it('are exactly those that both sides hold', () => {
    fc.assert(
      fc.property(fc.array(scope), fc.array(scope), concrete, (some, others, wanted) => {
        const both = holdsScope(some, wanted) && holdsScope(others, wanted);
        const shared = holdsScope(sharedScopes(some, others), wanted);
        expect(shared && !both).toBe(false);
        // What has to be named may be lost where one side names it and the other only means it.
        const isNamed = wanted.startsWith('api-keys:') || wanted.startsWith('admin:');
        if (!isNamed) expect(shared).toBe(both);
      }),
      { numRuns: 2_000 },
    );
  });

  it('contain no duplicates, and do not change if shared again', () => {
    fc.assert(
      fc.property(fc.array(scope), fc.array(scope), (some, others) => {
        const shared = sharedScopes([...new Set(some)], others);
        expect(new Set(shared).size).toBe(shared.length);
        expect(sharedScopes(shared, others)).toEqual(shared);
      }),
    );
  });
});

it.each(['files:read', '*:*', 'a.b-c_d:x1'])('%s is a scope', (text) => expect(isScope(text)).toBe(true));
it.each([
  'files',
  ':',
  'files:',
  ':read',
  'a:b:c',
  'A:b',
  'fi les:read',
  '**:read',
  `${'x'.repeat(65)}:read`,
  'files:read\n',
])('%j is no scope', (text) => expect(isScope(text)).toBe(false));
