import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { AuditActor } from '../audit/audit-event.js';
import { currentUser } from '../auth/decision/request-attempts.js';
import { requestOriginOf } from '../auth/credentials/request-origin-of.js';
import { requestOf } from '../http/http-request.js';
import { boundsOf } from '../key-store/api-key-rules.js';
import type { ApiKey } from '../key-store/api-key.entity.js';
import { lineageOf } from '../key-store/api-key.state.js';
import { AuthError } from '../principal/auth-error.js';
import {
  type AuthenticatedUser,
  boundedUntil,
  creatorOf,
  isBounded,
  type RequestOrigin,
} from '../principal/authenticated-user.js';
import { effectiveScopes, rejectionOfGrant, requireGrant, unbounded } from '../principal/grants.js';
import { isAdmin, missingScopes, scopesOfUser } from '../principal/scopes.js';

/**
 * The operator of the installation, at its command line: may do everything, and is `system` in the audit trail. A symbol,
 * so that nothing in a request, and nothing missing from one, can be taken for it.
 */
const operator = Symbol('operator');

/** Who manages keys, from where, and whose keys. */
export interface KeyManager {
  readonly user: AuthenticatedUser | typeof operator;
  readonly origin: RequestOrigin | null;
  readonly scope: KeyScope;
}

/** The service keys of the owner with this id, access keys, or all keys of all owners (`null`). */
export type KeyScope = string | AccessKeyScope | null;

/** The access keys that act for an owner: those of one of its users, or of all its users (`null`). */
export interface AccessKeyScope {
  readonly ownerId: string;
  readonly userId: string | null;
}

/** Manages all keys, as the operator. */
export const operatorManager: KeyManager = { user: operator, origin: null, scope: null };

/** The principal of a manager; `undefined` for the operator. */
export function principalOf({ user }: Pick<KeyManager, 'user'>): AuthenticatedUser | undefined {
  return user === operator ? undefined : user;
}

export function actorOf(manager: KeyManager): AuditActor {
  const user = principalOf(manager);
  return user === undefined ? { user: null, origin: null } : { user, origin: manager.origin };
}

/** The caller as the manager of its owner's service keys, for a controller. */
export const OwnerKeyManager = createParamDecorator(
  (_data: unknown, context: ExecutionContext): KeyManager => {
    const manager = managerOf(context);
    return { ...manager, scope: manager.user.ownerId };
  },
);

/** The caller as the manager of its own access keys, at the owner it acts for. */
export const AccessKeyManager = createParamDecorator(
  (_data: unknown, context: ExecutionContext): KeyManager => {
    const manager = managerOf(context);
    const { ownerId, userId } = manager.user;
    if (userId === null) throw new AuthError('FORBIDDEN');
    return { ...manager, scope: { ownerId, userId } };
  },
);

/** The caller as the manager of the access keys of all users of its owner. */
export const MemberKeyManager = createParamDecorator(
  (_data: unknown, context: ExecutionContext): KeyManager => {
    const manager = managerOf(context);
    return { ...manager, scope: { ownerId: manager.user.ownerId, userId: null } };
  },
);

/** The caller, an admin, as the manager of the keys of all owners, for a controller. */
export const AdminKeyManager = createParamDecorator(
  (_data: unknown, context: ExecutionContext): KeyManager => ({ ...managerOf(context), scope: null }),
);

function managerOf(context: ExecutionContext) {
  const request = requestOf(context);
  const user = currentUser(request);
  if (user === undefined) throw new AuthError('MISSING_TOKEN');
  return { user, origin: requestOriginOf(request) };
}

/** Throws `NOT_FOUND` for a key that does not exist or is outside the scope. */
export function inScope(scope: KeyScope, key: ApiKey | null): ApiKey {
  if (key === null || !holds(scope, key)) throw new AuthError('NOT_FOUND');
  return key;
}

function holds(scope: KeyScope, { kind, ownerId, userId }: ApiKey): boolean {
  if (scope === null) return true;
  if (typeof scope === 'string') return kind === 'service' && ownerId === scope;
  return kind === 'access' && ownerId === scope.ownerId && (scope.userId ?? userId) === userId;
}

/** The owner that a scope is limited to; `null` for all owners. */
export function ownerOf(scope: KeyScope): string | null {
  return typeof scope === 'object' ? (scope?.ownerId ?? null) : scope;
}

/** The user whose own keys a scope is limited to. */
export function userOf(scope: KeyScope): string | null {
  return typeof scope === 'object' ? (scope?.userId ?? null) : null;
}

/** Whether the manager is the user whose own keys it manages, or the operator. No other manager gets the secret of such a key. */
export function isOwn(manager: KeyManager): boolean {
  const user = principalOf(manager);
  const userId = userOf(manager.scope);
  return user === undefined || (userId !== null && user.userId === userId);
}

/** Throws 403 unless the manager, with its API key `callingKey` or without one, may create a key like `wanted`. */
export function requireKeyGrant(manager: KeyManager, callingKey: ApiKey | null, wanted: ApiKey): void {
  const user = principalOf(manager);
  if (user === undefined) {
    // Of what the operator gives to a person, the person holds no more than this.
    const person = { ownerId: null, scopes: scopesOfUser, ...unbounded };
    if (wanted.kind === 'access') requireGrant(person, { ...wanted, ...boundsOf(wanted) });
    return;
  }
  const { source, environment } = user;
  const bounds =
    callingKey === null ? { ...unbounded, expiresAt: boundedUntil(source) ?? null } : boundsOf(callingKey);
  // An admin acts for all owners, and grants what their people could.
  const isOfAll = isAdmin(user);
  const ownerId = isOfAll ? null : user.ownerId;
  const scopes = isOfAll ? [...user.scopes, ...scopesOfUser] : user.scopes;
  requireGrant({ ownerId, source, scopes, ...bounds, environment }, { ...wanted, ...boundsOf(wanted) });
}

/** Throws `FORBIDDEN` if an admin would give an access key a scope that it does not have. Those it has, no admin needs to hold. */
export function requireNoScopesAdded(key: ApiKey, changed: ApiKey): void {
  if (missingScopes(effectiveScopes(key), effectiveScopes(changed)).length === 0) return;
  const message = 'Only its user can give an access key more scopes.';
  throw new AuthError('FORBIDDEN', { message, details: [{ path: 'scopes', message }] });
}

/** Throws `KEY_ENDED` for a replaced or personal key, and `FORBIDDEN` for the access key of another user. */
export function requireReplaceable(manager: KeyManager, { kind, replacedById }: ApiKey): void {
  if (kind === 'personal' || replacedById !== null) throw new AuthError('KEY_ENDED');
  if (kind === 'service' || isOwn(manager)) return;
  throw new AuthError('FORBIDDEN', { message: 'Only its user can replace an access key.' });
}

/** True for a change that makes a key stronger. It needs the right to create such a key. */
export function isStrengthened(key: ApiKey, changed: ApiKey): boolean {
  const current = { ownerId: key.ownerId, scopes: effectiveScopes(key), ...boundsOf(key) };
  const isSwitchedOn = changed.enabled && !key.enabled;
  return isSwitchedOn || rejectionOfGrant(current, { ...changed, ...boundsOf(changed) }) !== undefined;
}

/** What a new key takes from the manager that makes it, from its API key `callingKey`, and from the key it replaces. */
export function madeBy(manager: KeyManager, callingKey: ApiKey | null, replaced: ApiKey | null) {
  const user = principalOf(manager);
  const isBoundedManager = user !== undefined && isBounded(user.source);
  return {
    bounded: replaced?.bounded === true || isBoundedManager,
    lineageId: lineageFrom(callingKey, replaced),
    ...creatorOf(user),
  };
}

/**
 * The lineage of a new key. A calling key with a limit shares its window with the keys it creates, so it gains no calls by
 * creating keys or rotating those of others.
 */
function lineageFrom(callingKey: ApiKey | null, replaced: ApiKey | null): string | null {
  const shared = callingKey?.rateLimit == null ? replaced : callingKey;
  return shared === null ? null : lineageOf(shared);
}
