import type { Environment } from './authenticated-user.js';
import { type Role, scopesOfRole } from './roles.js';
import { missingScopes, type Scope } from './scopes.js';

/** Who makes a key, as far as it bounds what the key may be. */
export interface Granter {
  readonly scopes: readonly Scope[];
  /** `null` for a person, who may make keys of both environments. */
  readonly environment: Environment | null;
  /** Epoch milliseconds; `null` for a person and for a key without an end. */
  readonly expiresAt: number | null;
}

/** What the new or changed key is to be. */
export interface Grant {
  readonly role: Role | null;
  /** In place of the role's when not `null`. */
  readonly scopes: readonly Scope[] | null;
  readonly environment: Environment;
  readonly expiresAt: number | null;
}

/** Why a grant is refused: the field at fault, and the scopes that the granter lacks where that is the reason. */
export interface GrantRefusal {
  readonly path: 'role' | 'scopes' | 'environment' | 'expiresAt';
  readonly missing: readonly Scope[];
}

/** What a key with these settings may do: its own scopes, or else those of its role. */
export function effectiveScopes({ role, scopes }: Pick<Grant, 'role' | 'scopes'>): readonly Scope[] {
  return scopes ?? (role === null ? [] : scopesOfRole[role]);
}

/**
 * The one rule of what may be granted: no scope that the granter does not hold, no role whose scopes it does not hold,
 * no life beyond its own, no live key from a test key. `undefined` when the grant is in order.
 */
export function refusalOfGrant(granter: Granter, grant: Grant): GrantRefusal | undefined {
  const ofRole = grant.role === null ? [] : missingScopes(granter.scopes, scopesOfRole[grant.role]);
  if (ofRole.length > 0) return { path: 'role', missing: ofRole };
  const ofScopes = missingScopes(granter.scopes, effectiveScopes(grant));
  if (ofScopes.length > 0) return { path: 'scopes', missing: ofScopes };
  if (granter.environment === 'test' && grant.environment !== 'test')
    return { path: 'environment', missing: [] };
  const outlives = granter.expiresAt !== null && (grant.expiresAt ?? Infinity) > granter.expiresAt;
  return outlives ? { path: 'expiresAt', missing: [] } : undefined;
}
