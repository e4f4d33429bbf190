import type { AuditActor } from '../audit/audit-event.js';
import { boundsOf } from '../key-store/api-key-rules.js';
import type { ApiKey } from '../key-store/api-key.entity.js';
import { lineageOf } from '../key-store/api-key.state.js';
import { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser, RequestOrigin } from '../principal/authenticated-user.js';
import { effectiveScopes, refusalOfGrant, requireGrant, unbounded } from '../principal/grants.js';
import { isAdmin } from '../principal/scopes.js';

/**
 * Whoever runs the installation, at its command line: may do everything, and is `system` in the audit trail. A symbol,
 * so that nothing a request carries, and nothing that is missing from one, can ever stand for it.
 */
export const operator = Symbol('operator');

/** Who manages keys. */
export type Manager = AuthenticatedUser | typeof operator;

export function actorOf(manager: Manager, origin: RequestOrigin | null): AuditActor {
  return manager === operator ? { user: null, origin: null } : { user: manager, origin };
}

/** Whose keys a manager reaches: those of one owner, or (`null`) everybody's. */
export type OwnerScope = string | null;

/** Throws `NOT_FOUND` for a key that is not there, and for one that the manager does not reach. */
export function inScope(reach: OwnerScope, key: ApiKey | null): ApiKey {
  const within = reach === null || (key?.ownerId === reach && key.kind === 'service');
  if (key === null || !within) throw new AuthError('NOT_FOUND');
  return key;
}

/** Throws 403 unless `user`, who asks with the API key `asking` or, `null`, in person, may make a key like `wanted`. */
export function requireKeyGrant(user: Manager, asking: ApiKey | null, wanted: ApiKey): void {
  if (user === operator) return;
  const { source, scopes, environment } = user;
  const bounds = asking === null ? unbounded : boundsOf(asking);
  const ownerId = isAdmin(user) ? null : user.ownerId;
  requireGrant({ ownerId, source, scopes, ...bounds, environment }, { ...wanted, ...boundsOf(wanted) });
}

/** True for a change that makes a key stronger: it takes the right to make such a key. */
export function isStrengthened(key: ApiKey, changed: ApiKey): boolean {
  const asItIs = { ownerId: key.ownerId, scopes: effectiveScopes(key), ...boundsOf(key) };
  const isSwitchedOn = changed.enabled && !key.enabled;
  return isSwitchedOn || refusalOfGrant(asItIs, { ...changed, ...boundsOf(changed) }) !== undefined;
}

/**
 * The lineage of a key that is made: with a limit of its own, the key that makes it shares its window. So it cannot get
 * more calls by making keys, nor by rotating those of others.
 */
export function lineageFrom(asking: ApiKey | null, replaced: ApiKey | null): string | null {
  const shared = asking?.rateLimit == null ? replaced : asking;
  return shared === null ? null : lineageOf(shared);
}
