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

const part = fc.constantFrom('*', 'files', 'notes', 'api-keys', 'admin', 'members', 'read', 'write');
const name = fc.constantFrom('files', 'notes', 'api-keys', 'admin', 'members', 'read', 'write');
const scopeOf = (of: fc.Arbitrary<string>, maxLength = 5) =>
  fc.array(of, { minLength: 2, maxLength }).map((parts) => parts.join(':') as Scope);
/** Few words and many wildcards, so that most pairs meet. */
const dense = fc.constantFrom('*', '*', 'api-keys', 'write', 'x');
const scope = fc.oneof(scopeOf(part), scopeOf(dense, 4), scopeOf(dense, 8));
const concrete = fc.oneof(scopeOf(name), scopeOf(fc.constantFrom('api-keys', 'write', 'x'), 8));

describe('holdsScope', () => {
  it.each<[Scope, Scope]>([
    ['files:read', 'files:read'],
    ['files:*', 'files:read'],
    ['*:read', 'files:read'],
    ['*:*', 'files:read'],
    ['*:read', 'api-keys:read'],
    ['*:*', 'api-keys:verify'],
    ['*:*', 'api-keys:*'],
    ['api-keys:*', 'api-keys:read'],
    ['api-keys:write:*', 'api-keys:write:z'],
    ['admin:*', 'admin:owners'],
    ['*:*', 'mcp:tools:call'],
    ['mcp:*', 'mcp:tools:call'],
    ['mcp:*', 'mcp:tools'],
    ['mcp:*:call', 'mcp:tools:call'],
    ['mcp:*:*', 'mcp:a:b:c:d:e:f:g'],
    ['*:tools:*', 'mcp:tools:call:twice'],
    ['*:*', 'a:b:*'],
    ['*:*', 'a:*:c'],
    ['a:*', 'a:*:*'],
    ['a:*:*', 'a:b:*'],
    ['admin:*', 'admin:x:y'],
    ['*:*', 'api-keys:*:z'],
    ['members:*', 'members:write:x'],
    ['*:*', 'Admin:read'],
    ['*:*', 'administration:read'],
    ['*:*', 'api-keys:writer'],
    ['*:*', 'api-keys:read:*'],
    ['*:*', '__proto__:constructor'],
  ])('%s covers %s', (granted, required) => {
    expect(holdsScope([granted], required)).toBe(true);
  });

  it.each<[Scope, Scope]>([
    ['files:read', 'files:write'],
    ['files:read', 'files:*'],
    ['*:read', '*:*'],
    ['*:*', 'api-keys:write'],
    ['*:write', 'api-keys:write'],
    ['api-keys:*', 'api-keys:write'],
    ['api-keys:*', 'api-keys:write:z'],
    ['*:*', 'admin:*'],
    ['*:*', 'admin:read'],
    ['*:read', 'admin:read'],
    ['file:read', 'files:read'],
    ['files:read', 'file:read'],
    ['files:reads', 'files:read'],
    ['files:read', 'files:reads'],
    ['files:read', 'Files:read'],
    ['files:Read', 'files:read'],
    ['*:read', 'files:archive:read'],
    ['mcp:*:call', 'mcp:a:b:call'],
    ['mcp:*:call', 'mcp:call'],
    ['mcp:*:call', 'mcp:tools:call:twice'],
    ['mcp:*:call', 'mcp:*'],
    ['mcp:*:*', 'mcp:tools'],
    ['a:*:*', 'a:*'],
    ['a:b:*', 'a:b'],
    ['a:b', 'a:b:c'],
    ['a:b:c', 'a:b'],
    ['a:b:c', 'a:*:c'],
    ['*:*', 'admin:x:y'],
    ['*:*:*', 'admin:x:y'],
    ['*:x:y', 'admin:x:y'],
    ['*:*', 'api-keys:write:z'],
    ['*:write:*', 'api-keys:write:z'],
    ['*:*', 'members:read'],
    ['*:*', 'members:*'],
    ['*:read', 'members:read'],
    ['*:*', 'trust-rules:write'],
    ['*:*:x', 'trust-rules:write:x'],
    // Not scopes: an empty part is not one part.
    ['files:*', 'files:'],
    ['files:*:read', 'files::read'],
    ['*:read', ':read'],
  ])('%s does not cover %s', (granted, required) => {
    expect(holdsScope([granted], required)).toBe(false);
  });

  it('is transitive: a delegated scope never covers more than the original', () => {
    fc.assert(
      fc.property(fc.array(scope), scope, concrete, (granted, passedOn, wanted) => {
        const isPassedOn = holdsScope(granted, passedOn) && holdsScope([passedOn], wanted);
        expect(isPassedOn && !holdsScope(granted, wanted)).toBe(false);
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
  const reserved: Scope[] = ['api-keys:write', 'admin:read', 'members:read', 'trust-rules:read'];
  expect(missingScopes(scopesOfUser, reserved)).toEqual(reserved.slice(1));
  expect(missingScopes(scopesOfPersonalKey, ['files:write', 'api-keys:write'])).toEqual(['api-keys:write']);
});

it('the scopes of a tool key never include management of keys, members, trust or the platform', () => {
  fc.assert(
    fc.property(fc.array(scope), (granted) => {
      const delegated = delegableScopes(granted);
      expect(missingScopes(granted, delegated)).toEqual([]);
      expect(holdsScope(delegated, 'api-keys:write')).toBe(false);
      expect(holdsScope(delegated, 'admin:read')).toBe(false);
      expect(holdsScope(delegated, 'members:read:x')).toBe(false);
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
    [['*:*', 'api-keys:write'], ['api-keys:*'], ['api-keys:*']],
    [['api-keys:*'], ['*:write'], []],
    [['mcp:*'], ['mcp:*:call'], ['mcp:*:call']],
    [['mcp:*'], ['*:tools:call'], ['mcp:tools:call']],
    [['mcp:*:*'], ['mcp:tools:*'], ['mcp:tools:*']],
    [['mcp:*:*'], ['*:tools:*'], ['mcp:tools:*']],
    [['*:*:call'], ['mcp:tools:*'], ['mcp:tools:call']],
    [['a:*'], ['*:*:*'], ['a:*:*']],
    [['*:b:*'], ['a:*:*:d'], ['a:b:*:d']],
    [['*:read'], ['mcp:*:read'], []],
    [['a:*:c'], ['a:*:*:d'], []],
    [['*:*:y'], ['admin:x:*'], []],
    [['*:*'], ['members:*', 'trust-rules:read'], []],
    [['Files:*'], ['files:*'], []],
  ])('of %j and %j are %j', (some, others, shared) => {
    expect(sharedScopes(some, others)).toEqual(shared);
    expect([...sharedScopes(others, some)].sort()).toEqual([...shared].sort());
  });

  it('are exactly those that both sides hold', () => {
    fc.assert(
      fc.property(fc.array(scope), fc.array(scope), concrete, (some, others, wanted) => {
        const both = holdsScope(some, wanted) && holdsScope(others, wanted);
        expect(holdsScope(sharedScopes(some, others), wanted)).toBe(both);
      }),
      { numRuns: 2_000 },
    );
  });

  it('have at most 200 characters: two long scopes share nothing that would be longer', () => {
    const long = 'x'.repeat(150);
    expect(sharedScopes([`${long}:*`], [`*:${long}`])).toEqual([]);
    expect(sharedScopes([`${long}:*`], [`*:${'y'.repeat(49)}`])).toEqual([`${long}:${'y'.repeat(49)}`]);
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

const parts = (count: number) => Array.from({ length: count }, () => 'a').join(':');

it.each([
  'files:read',
  '*:*',
  'a.b-c_d:x1',
  'mcp:tools:call',
  'MCP:Tools:readFile',
  'a:*:c',
  '*:*:*',
  parts(8),
  `${'x'.repeat(195)}:read`,
  'constructor:toString',
])('%s is a scope', (text) => expect(isScope(text)).toBe(true));

it.each([
  '',
  'files',
  '*',
  ':',
  '::',
  'files:',
  ':read',
  'files::read',
  'a:b:',
  ':a:b',
  parts(9),
  'fi les:read',
  ' files:read',
  '**:read',
  'files:**',
  'files:re*d',
  'files:*d',
  'files:.read',
  'files:-read',
  'files:_read',
  '__proto__:read',
  'files:rêad',
  'ﬁles:read',
  'files:re\u0301ad',
  'files：read',
  'files:read\n',
  'files:read\r',
  'files:read\u2028',
  '\nfiles:read',
  'files:read\0',
  'files:read,files:write',
  'files:%72ead',
  `${'x'.repeat(196)}:read`,
  `${'a:'.repeat(100_000)}a`,
  'a'.repeat(1_000_000),
])('%j is no scope', (text) => expect(isScope(text)).toBe(false));

it.each([undefined, null, 7, {}, [], ['files:read'], ['files:read', 'files:write']])(
  '%j is no scope',
  (value) => expect(isScope(value as never)).toBe(false),
);
