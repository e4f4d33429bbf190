import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ToolKeyState } from '../key-store/tool-key.state.js';
import type { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import { holdsScope, missingScopes, type Scope } from '../principal/scopes.js';
import type { Issuer } from './issuer-lookup.js';
import type { ToolKeyRequest } from './tool-key.schemas.js';
import { leaseEnd, planToolKey } from './tool-key-plan.js';

const now = 1_800_000_000_000;
const minted = { hash: 'hash', prefix: 'tk_prefix' };

function aUser(changes: Partial<AuthenticatedUser> = {}): AuthenticatedUser {
  return {
    userId: 'ada',
    ownerId: 'owner',
    email: null,
    source: { type: 'jwt' },
    role: null,
    scopes: ['*:*', 'api-keys:write'],
    environment: null,
    actorChain: [{ type: 'user', id: 'ada' }],
    ...changes,
  };
}

function anIssuer(changes: Partial<Issuer> = {}): Issuer {
  return { user: aUser(), parent: null, userId: 'ada', keyId: null, expiresAt: null, ...changes };
}

function aParent(changes: Partial<ToolKeyState> = {}): ToolKeyState {
  const parent = { id: 'parent', taskId: 'task', attempt: 3, depth: 1, payerId: null, ...changes };
  return parent as ToolKeyState;
}

const plan = (issuer: Issuer, request: Partial<ToolKeyRequest> = {}) =>
  planToolKey(issuer, { taskId: 'task', ...request }, minted, now);
const rejection = (issuer: Issuer, request: Partial<ToolKeyRequest> = {}) => {
  try {
    plan(issuer, request);
  } catch (error) {
    return error as AuthError;
  }
  return undefined;
};

describe('planToolKey', () => {
  it('makes a key of the issuer’s owner, last in its chain', () => {
    const key = plan(anIssuer());
    expect(key).toMatchObject({
      ...minted,
      ownerId: 'owner',
      depth: 1,
      parentId: null,
      issuerUserId: 'ada',
      issuerKeyId: null,
      scopes: ['*:*'],
      heartbeatSeconds: null,
      maxCalls: null,
      budgetId: null,
      endedAt: null,
    });
    expect(key.actorChain).toEqual([
      { type: 'user', id: 'ada' },
      { type: 'tool_key', id: key.id },
    ]);
  });

  it('is charged to the payer of its parent', () => {
    const issuer = anIssuer({ parent: aParent({ payerId: 'payer', depth: 4 }) });
    expect(plan(issuer)).toMatchObject({ parentId: 'parent', depth: 5, budgetId: 'payer', maxCalls: null });
    expect(plan(issuer, { maxCalls: 7 })).toMatchObject({ budgetId: 'payer', maxCalls: 7 });
  });

  it('has one task id for a task of an owner, and another for any other task', () => {
    const ref = (ownerId: string, taskId: string) =>
      plan(anIssuer({ user: aUser({ ownerId }) }), { taskId }).taskRef;
    expect(ref('a', 'b')).toBe(ref('a', 'b'));
    const all = [ref('a', 'b'), ref('a', 'c'), ref('b', 'a'), ref('a","b', ''), ref('a', '","b')];
    expect(new Set(all).size).toBe(all.length);
  });

  it.each<[string, Issuer, Partial<ToolKeyRequest>, string]>([
    ['a sixth key in a line', anIssuer({ parent: aParent({ depth: 5 }) }), {}, 'depth'],
    ['another task than the parent’s', anIssuer({ parent: aParent() }), { taskId: 'other' }, 'taskId'],
    ['a higher attempt than the parent’s', anIssuer({ parent: aParent() }), { attempt: 4 }, 'attempt'],
  ])('rejects %s', (_what, issuer, request, path) => {
    const error = rejection(issuer, request);
    expect(error?.code).toBe('FORBIDDEN');
    expect(error?.getResponse()).toMatchObject({ details: [{ path }] });
  });

  it('requires tool-keys:issue, except of a tool key', () => {
    const user = aUser({ scopes: ['files:read'] });
    expect(rejection(anIssuer({ user, parent: aParent() }))).toBeUndefined();
    expect(rejection(anIssuer({ user }))?.code).toBe('INSUFFICIENT_SCOPE');
  });

  it('never creates a key with more scopes or a later expiry than its issuer, whatever is requested', () => {
    const part = fc.constantFrom('*', 'files', 'tool-keys', 'api-keys', 'members', 'read', 'write');
    const scope = fc.array(part, { minLength: 2, maxLength: 3 }).map((parts) => parts.join(':') as Scope);
    const scopes = fc.array(scope, { minLength: 1, maxLength: 4 });
    const seconds = fc.integer({ min: 1, max: 2_000 });
    let made = 0;
    fc.assert(
      fc.property(
        scopes,
        fc.option(seconds),
        fc.option(scopes, { nil: undefined }),
        fc.option(seconds, { nil: undefined }),
        (held, life, requested, ttlSeconds) => {
          const expiresAt = life === null ? null : now + life * 1000;
          const issuer = anIssuer({ user: aUser({ scopes: [...held, 'tool-keys:issue'] }), expiresAt });
          if (rejection(issuer, { scopes: requested, ttlSeconds }) !== undefined) return;
          made += 1;
          const key = plan(issuer, { scopes: requested, ttlSeconds });
          expect(missingScopes(issuer.user.scopes, key.scopes)).toEqual([]);
          for (const power of ['api-keys:write', 'admin:read', 'admin:*', 'members:read'] as const)
            expect(holdsScope(key.scopes, power)).toBe(false);
          expect(key.expiresAt.getTime()).toBeLessThanOrEqual(expiresAt ?? Infinity);
          expect(key.expiresAt.getTime()).toBe(
            Math.min(now + (ttlSeconds ?? 900) * 1000, expiresAt ?? Infinity),
          );
        },
      ),
      { numRuns: 3_000 },
    );
    expect(made).toBeGreaterThan(300);
  });
});

it.each<[string, number | null, number, number]>([
  ['three beats', 10, 3_600_000, 30_000],
  ['the expiry, when that comes before', 10, 20_000, 20_000],
  ['the expiry, without a lease', null, 20_000, 20_000],
  ['the expiry, when both come together', 10, 30_000, 30_000],
])('a lease ends after %s', (_what, heartbeatSeconds, expiresIn, endsIn) => {
  expect(leaseEnd(heartbeatSeconds, now + expiresIn, now)).toBe(now + endsIn);
});
