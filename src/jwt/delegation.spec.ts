import { describe, expect, it } from '@jest/globals';
import { AuthError } from '../principal/auth-error.js';
import { checkDelegationOptions, delegationOf, type DelegationOptions } from './delegation.js';

const read = (claims: object, options: DelegationOptions = {}, isAccessToken = false) =>
  delegationOf({ sub: 'ada', ...claims }, isAccessToken, options);
const scopesOf = (...args: Parameters<typeof read>) => read(...args).scopes;
function codeOf(...args: Parameters<typeof read>): string {
  try {
    return JSON.stringify(read(...args));
  } catch (error) {
    return error instanceof AuthError ? error.code : String(error);
  }
}

describe('the scopes of a token', () => {
  it.each<[string, object, readonly string[] | null]>([
    ['a session without any mark has all rights', {}, null],
    ['so has one whose azp is an origin', { azp: 'https://app.example.com' }, null],
    ['scope is a list with spaces', { scope: 'notes:read notes:write' }, ['notes:read', 'notes:write']],
    ['scope may be an array', { scope: ['notes:read'] }, ['notes:read']],
    ['scp may be a text', { scp: 'notes:read files:read' }, ['notes:read', 'files:read']],
    ['scp may be an array', { scp: ['notes:read'] }, ['notes:read']],
    ['permissions is an array', { permissions: ['notes:read'] }, ['notes:read']],
    ['unknown words are ignored', { scope: 'openid profile notes:read offline_access' }, ['notes:read']],
    ['a text without a scope grants nothing', { scope: 'openid profile' }, []],
    ['an empty scope grants nothing', { scope: '' }, []],
    ['an empty list grants nothing', { permissions: [] }, []],
    ['a claim of another type grants nothing', { scope: 5 }, []],
    ['null grants nothing', { scope: null }, []],
    ['an object grants nothing', { scp: { '0': 'notes:read' } }, []],
    ['elements of another type grant nothing', { scp: [['notes:read'], 1, null] }, []],
    ['a list in one element is no scope', { permissions: ['notes:read files:read'] }, []],
    ['other white space separates nothing', { scope: 'notes:read\nfiles:read' }, []],
    ['a client without a scope claim has nothing', { client_id: 'cli' }, []],
    ['repeated scopes count once', { scope: 'notes:read notes:read' }, ['notes:read']],
    [
      'several claims grant what all of them say',
      { scope: 'openid notes:read', permissions: ['notes:read', 'notes:write'] },
      ['notes:read'],
    ],
    ['a wildcard in one of them widens nothing', { scope: 'notes:*', scp: ['notes:read'] }, ['notes:read']],
  ])('%s', (_, claims, scopes) => {
    expect(scopesOf(claims)).toEqual(scopes);
  });

  it('at+jwt is bounded, also without any scope', () => {
    expect(scopesOf({ client_id: 'cli' }, {}, true)).toEqual([]);
    expect(scopesOf({ client_id: 'cli', scope: 'a:b' }, {}, true)).toEqual(['a:b']);
  });

  it('are 500 at most', () => {
    const scope = Array.from({ length: 501 }, (_unused, index) => `a:${index}`);
    expect(codeOf({ scope: scope.join(' ') })).toBe('INVALID_TOKEN');
    expect(scopesOf({ scope: scope.slice(1).join(' ') })).toHaveLength(500);
  });

  it('have 20 wildcards at most, also where a client repeats itself', () => {
    const wild = Array.from({ length: 21 }, (_unused, index) => `a${index}:*`);
    expect(codeOf({ scope: wild })).toBe('INVALID_TOKEN');
    expect(codeOf({ scope: 'notes:read', scp: wild.join(' ') })).toBe('INVALID_TOKEN');
    expect(codeOf({}, { mapScopes: () => wild })).toBe('INVALID_TOKEN');
    expect(scopesOf({ scope: [...wild.slice(1), ...wild.slice(1)] })).toHaveLength(20);
  });

  it('are 500 at most also where several claims multiply', () => {
    const of = (shape: (index: number) => string) =>
      Array.from({ length: 20 }, (_unused, index) => shape(index));
    const claims = { scope: of((index) => `a${index}:*:*`), scp: of((index) => `*:b${index}:*`) };
    expect(scopesOf(claims)).toHaveLength(400);
    expect(codeOf({ ...claims, permissions: of((index) => `*:*:c${index}`) })).toBe('INVALID_TOKEN');
  });

  it('cost no more than reading them, however many there are in several claims', () => {
    const claims = {
      scope: Array.from({ length: 500 }, (_unused, index) => `a:${index}`),
      permissions: Array.from({ length: 500 }, (_unused, index) => `b:${index}`),
    };
    const start = performance.now();
    for (let times = 0; times < 5; times += 1) expect(scopesOf(claims)).toEqual([]);
    // All pairs took more than a second each time.
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

describe('first-party', () => {
  const token = { client_id: 'web', scope: 'openid' };

  it('is every token of an issuer that says so, whatever scopes and client it names', () => {
    expect(read(token, { firstParty: true })).toMatchObject({ clientId: 'web', scopes: null });
    expect(scopesOf({ scope: 'notes:read' }, { firstParty: true })).toBeNull();
    expect(scopesOf(token, { firstParty: false })).toEqual([]);
  });

  it('is a listed client by its exact id', () => {
    const options = { firstPartyClients: ['web', 'ios'] };
    expect(scopesOf(token, options)).toBeNull();
    for (const client_id of ['Web', 'web ', 'we', 'cli'])
      expect(scopesOf({ client_id }, options)).toEqual([]);
    expect(scopesOf({ scope: 'notes:read' }, options)).toEqual(['notes:read']);
  });

  it('is no client by its azp, unless the issuer names its clients there', () => {
    expect(scopesOf({ azp: 'web', scope: '' }, { firstPartyClients: ['web'] })).toEqual([]);
    const byAzp = { firstPartyClients: ['web'], clientClaim: 'azp' } as const;
    expect(read({ azp: 'web', scope: '' }, byAzp)).toMatchObject({ clientId: 'web', scopes: null });
    expect(scopesOf({ azp: 'cli' }, byAzp)).toEqual([]);
    expect(scopesOf({ azp: 'web', client_id: 'web' }, byAzp)).toBeNull();
  });

  it('rejects a token whose two clients differ', () => {
    expect(codeOf({ azp: 'web', client_id: 'cli' }, { clientClaim: 'azp' })).toBe('INVALID_TOKEN');
    expect(read({ azp: 'https://app.example.com', client_id: 'cli' }).clientId).toBe('cli');
  });

  it.each(['', 5, null, ['web'], 'we\nb', 'x'.repeat(256)])(
    'rejects a token with the client %j',
    (client_id) => {
      expect(codeOf({ client_id })).toBe('INVALID_TOKEN');
      expect(codeOf({ client_id }, { firstParty: true })).toBe('INVALID_TOKEN');
      expect(codeOf({ azp: client_id }, { clientClaim: 'azp' })).toBe('INVALID_TOKEN');
    },
  );
});

describe('mapScopes', () => {
  it('replaces the claims as the source of the scopes', () => {
    const mapScopes = ({ scope }: Readonly<Record<string, unknown>>) =>
      String(scope)
        .split(' ')
        .map((word) => word.replace('/', ':'));
    expect(scopesOf({ scope: 'notes/read openid' }, { mapScopes })).toEqual(['notes:read']);
    expect(scopesOf({}, { mapScopes: () => [] })).toEqual([]);
  });

  it('leaves it to the claims when it returns undefined', () => {
    expect(scopesOf({ scope: 'notes:read' }, { mapScopes: () => undefined })).toEqual(['notes:read']);
    expect(scopesOf({ client_id: 'cli' }, { mapScopes: () => undefined })).toEqual([]);
    expect(scopesOf({}, { mapScopes: () => undefined })).toBeNull();
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a text', 'notes:read'],
    ['a promise', Promise.reject(new Error('late'))],
  ])('that returns %s is a mistake, not a grant', (_, result) => {
    expect(codeOf({}, { mapScopes: () => result as never })).toMatch(/TypeError/);
  });

  it('is not asked about first-party clients', () => {
    const mapScopes = () => ['notes:read'];
    expect(scopesOf({ client_id: 'web' }, { mapScopes, firstPartyClients: ['web'] })).toBeNull();
  });
});

describe('the actors of a token', () => {
  it('are read from the innermost to the current one', () => {
    const act = { sub: 'gateway', act: { client_id: 'planner', act: { sub: 'intern' } } };
    expect(read({ act }).actors).toEqual(['intern', 'planner', 'gateway']);
    expect(read({}).actors).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a text', 'gateway'],
    ['a list', [{ sub: 'gateway' }]],
    ['an object that names no one', { iss: 'https://issuer.example' }],
    ['a number', { sub: 5 }],
    ['an unknown one inside', { sub: 'gateway', act: {} }],
  ])('cannot be %s', (_, act) => {
    expect(codeOf({ act })).toBe('INVALID_TOKEN');
  });

  it('are 8 at most', () => {
    const nested = (depth: number): object =>
      depth === 1 ? { sub: 'a' } : { sub: 'a', act: nested(depth - 1) };
    expect(read({ act: nested(8) }).actors).toHaveLength(8);
    expect(codeOf({ act: nested(9) })).toBe('INVALID_TOKEN');
  });
});

it.each<[object, RegExp]>([
  [{ firstParty: 'true' }, /firstParty must/],
  [{ firstPartyClients: 'web' }, /firstPartyClients must/],
  [{ firstPartyClients: [''] }, /firstPartyClients must/],
  [{ clientClaim: 'sub' }, /clientClaim must/],
  [{ mapScopes: ['notes:read'] }, /mapScopes must/],
  [{ bounded: false }, /bounded must/],
])('stops the start for %j', (options, message) => {
  expect(() => checkDelegationOptions(options as DelegationOptions, 'JWT_ISSUERS[0]')).toThrow(message);
  expect(() => checkDelegationOptions({}, 'JWT_ISSUERS[0]')).not.toThrow();
});
