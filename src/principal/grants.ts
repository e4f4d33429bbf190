import { AuthError } from './auth-error.js';
import type { Environment } from './authenticated-user.js';
import { liesWithin } from './networks.js';
import { type Role, type Scope, type ScopeHolder, scopesLackedBy, scopesOfRole } from './scopes.js';

/** At most `limit` requests in a window of `windowSeconds`, which begins with its first request. */
export interface RateLimit {
  readonly limit: number;
  readonly windowSeconds: number;
}

/** The bounds of a key besides its scopes; `null` for none. */
export interface Bounds {
  /** `null` also for a user, who can create keys of both environments. */
  readonly environment: Environment | null;
  /** Epoch milliseconds. */
  readonly expiresAt: number | null;
  readonly allowedIps: readonly string[] | null;
  readonly rateLimit: RateLimit | null;
}

/** The bounds of a user. */
export const unbounded: Bounds = { environment: null, expiresAt: null, allowedIps: null, rateLimit: null };

/** The creator of a key, as far as it bounds the key. */
export interface Granter extends ScopeHolder, Bounds {
  /** The owner for which it can create keys; `null` for all owners. */
  readonly ownerId: string | null;
}

/** The settings of the new or changed key. */
export interface Grant extends Bounds {
  readonly ownerId: string;
  readonly role: Role | null;
  /** Replace those of the role if not `null`. */
  readonly scopes: readonly Scope[] | null;
}

/** Why a grant is rejected: the field, and the scopes that the granter lacks if that is the reason. */
interface GrantRejection {
  readonly path: 'ownerId' | 'role' | 'scopes' | keyof Bounds;
  readonly missing: readonly Scope[];
}

const beyond: Record<Exclude<GrantRejection['path'], 'role' | 'scopes'>, string> = {
  ownerId: 'belongs to another owner than the key that asks',
  environment: 'must be test, as it is for the key that asks',
  expiresAt: 'must be given, and not be after the end of the key that asks',
  allowedIps: 'must be given, each within one of the networks of the key that asks',
  rateLimit: 'must be given, with the window of the key that asks and no more requests in it',
};

/** The scopes of a key with these settings: its own, or else those of its role. */
export function effectiveScopes({ role, scopes }: Pick<Grant, 'role' | 'scopes'>): readonly Scope[] {
  return scopes ?? (role === null ? [] : scopesOfRole[role]);
}

/**
 * The only rule for grants: nothing of another owner, no scope or role that the granter does not hold, and no
 * bound wider than its own; no bound is wider than any. `undefined` if the grant is allowed.
 */
export function rejectionOfGrant(granter: Granter, grant: Grant): GrantRejection | undefined {
  if (granter.ownerId !== null && granter.ownerId !== grant.ownerId) return { path: 'ownerId', missing: [] };
  const ofRole = grant.role === null ? [] : scopesLackedBy(granter, scopesOfRole[grant.role]);
  if (ofRole.length > 0) return { path: 'role', missing: ofRole };
  const ofScopes = scopesLackedBy(granter, effectiveScopes(grant));
  if (ofScopes.length > 0) return { path: 'scopes', missing: ofScopes };
  const path = boundExceeded(granter, grant);
  return path && { path, missing: [] };
}

/** The first bound of `outer` that `inner` exceeds; `undefined` if it is within all of them. */
export function boundExceeded(outer: Bounds, inner: Bounds): keyof Bounds | undefined {
  if (outer.environment === 'test' && inner.environment !== 'test') return 'environment';
  if (outer.expiresAt !== null && (inner.expiresAt ?? Infinity) > outer.expiresAt) return 'expiresAt';
  const isAnywhere =
    outer.allowedIps !== null && !liesWithin(inner.allowedIps ?? ['0.0.0.0/0', '::/0'], outer.allowedIps);
  if (isAnywhere) return 'allowedIps';
  return isLimitExceeded(outer, inner) ? 'rateLimit' : undefined;
}

/** Windows of different lengths are not comparable: calls across the border of one can exceed the other. */
function isLimitExceeded({ rateLimit: outer }: Bounds, { rateLimit: inner }: Bounds): boolean {
  if (outer === null) return false;
  return inner === null || inner.windowSeconds !== outer.windowSeconds || inner.limit > outer.limit;
}

/**
 * Throws if the grant is not allowed: `INSUFFICIENT_SCOPE` with all missing scopes, or `FORBIDDEN` with the field.
 * `pathOf` returns the name of a field in the request.
 */
export function requireGrant(
  granter: Granter,
  grant: Grant,
  pathOf: (path: GrantRejection['path']) => string = (path) => path,
): void {
  const rejection = rejectionOfGrant(granter, grant);
  if (rejection === undefined) return;
  const { missing } = rejection;
  const path = pathOf(rejection.path);
  if (rejection.path !== 'role' && rejection.path !== 'scopes')
    throw new AuthError('FORBIDDEN', { details: [{ path, message: beyond[rejection.path] }] });
  throw new AuthError('INSUFFICIENT_SCOPE', {
    details: { path, required: requiredBy(grant, rejection), granted: granter.scopes, missing },
  });
}

/** A role needs all of its scopes, also where the key has its own in their place. */
function requiredBy(grant: Grant, { path }: GrantRejection): readonly Scope[] {
  return path === 'role' && grant.role !== null ? scopesOfRole[grant.role] : effectiveScopes(grant);
}
