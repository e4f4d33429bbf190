import { AuthError } from './auth-error.js';
import type { Environment } from './authenticated-user.js';
import { type Role, scopesOfRole } from './roles.js';
import { missingScopes, type Scope } from './scopes.js';

/** Who makes a key, as far as it bounds what the key may be. */
export interface Granter {
  /** Whose keys it may make; `null` for everybody's. */
  readonly ownerId: string | null;
  readonly scopes: readonly Scope[];
  /** `null` for a person, who may make keys of both environments. */
  readonly environment: Environment | null;
  /** Epoch milliseconds; `null` for a person and for a key without an end. */
  readonly expiresAt: number | null;
}

/** What the new or changed key is to be. */
export interface Grant {
  readonly ownerId: string;
  readonly role: Role | null;
  /** In place of the role's when not `null`. */
  readonly scopes: readonly Scope[] | null;
  /** `null` for a tool key that a person issues. */
  readonly environment: Environment | null;
  readonly expiresAt: number | null;
}

/** Why a grant is refused: the field at fault, and the scopes that the granter lacks where that is the reason. */
export interface GrantRefusal {
  readonly path: 'ownerId' | 'role' | 'scopes' | 'environment' | 'expiresAt';
  readonly missing: readonly Scope[];
}

/** What a key with these settings may do: its own scopes, or else those of its role. */
export function effectiveScopes({ role, scopes }: Pick<Grant, 'role' | 'scopes'>): readonly Scope[] {
  return scopes ?? (role === null ? [] : scopesOfRole[role]);
}

/**
 * The one rule of what may be granted: no key of another owner, no scope that the granter does not hold, no role whose scopes it does not hold,
 * no life beyond its own, no live key from a test key. `undefined` when the grant is in order.
 */
export function refusalOfGrant(granter: Granter, grant: Grant): GrantRefusal | undefined {
  if (granter.ownerId !== null && granter.ownerId !== grant.ownerId) return { path: 'ownerId', missing: [] };
  const ofRole = grant.role === null ? [] : missingScopes(granter.scopes, scopesOfRole[grant.role]);
  if (ofRole.length > 0) return { path: 'role', missing: ofRole };
  const ofScopes = missingScopes(granter.scopes, effectiveScopes(grant));
  if (ofScopes.length > 0) return { path: 'scopes', missing: ofScopes };
  if (granter.environment === 'test' && grant.environment !== 'test')
    return { path: 'environment', missing: [] };
  const outlives = granter.expiresAt !== null && (grant.expiresAt ?? Infinity) > granter.expiresAt;
  return outlives ? { path: 'expiresAt', missing: [] } : undefined;
}

/**
 * Throws unless the grant is in order: `INSUFFICIENT_SCOPE` with all that is lacking, or `FORBIDDEN` with the field at
 * fault. `pathOf` names a field as the caller knows it.
 */
export function requireGrant(
  granter: Granter,
  grant: Grant,
  pathOf: (path: GrantRefusal['path']) => string,
): void {
  const refusal = refusalOfGrant(granter, grant);
  if (refusal === undefined) return;
  const { missing } = refusal;
  const path = pathOf(refusal.path);
  if (missing.length === 0) {
    throw new AuthError('FORBIDDEN', {
      details: [{ path, message: 'A key cannot make one that goes beyond itself.' }],
    });
  }
  throw new AuthError('INSUFFICIENT_SCOPE', {
    details: { path, required: effectiveScopes(grant), granted: granter.scopes, missing },
  });
}
