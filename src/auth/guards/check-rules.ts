import { AuthError } from '../../principal/auth-error.js';
import type { AuthenticatedUser } from '../../principal/authenticated-user.js';
import { type Role, scopesOfRole } from '../../principal/roles.js';
import { type ScopeHolder, scopesLackedBy } from '../../principal/scopes.js';
import type { RouteRules } from './route-rules.js';

/** Throws 403 unless the principal holds every role and scope that the route asks for. */
export function checkRules(user: AuthenticatedUser, { scopes, roles }: RouteRules): void {
  if (lacksRole(user, roles)) throw new AuthError('FORBIDDEN');
  const missing = scopesLackedBy(user, scopes);
  if (missing.length === 0) return;
  throw new AuthError('INSUFFICIENT_SCOPE', { details: { required: scopes, granted: user.scopes, missing } });
}

/** Whether such a holder has not enough for what the route asks. */
export function lacksGrants(
  holder: ScopeHolder,
  { scopes, roles }: Pick<RouteRules, 'scopes' | 'roles'>,
): boolean {
  return lacksRole(holder, roles) || scopesLackedBy(holder, scopes).length > 0;
}

/** Whether the holder has less than one of the roles. */
export function lacksRole(holder: ScopeHolder, roles: readonly Role[]): boolean {
  return roles.some((role) => scopesLackedBy(holder, scopesOfRole[role]).length > 0);
}
