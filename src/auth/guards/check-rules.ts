import { AuthError } from '../../principal/auth-error.js';
import type { AuthenticatedUser } from '../../principal/authenticated-user.js';
import { type Role, scopesOfRole } from '../../principal/roles.js';
import { missingScopes, type Scope } from '../../principal/scopes.js';
import type { RouteRules } from './route-rules.js';

/** Throws 403 unless the principal holds every role and scope that the route asks for. */
export function checkRules(user: AuthenticatedUser, { scopes, roles }: RouteRules): void {
  if (lacksRole(user.scopes, roles)) throw new AuthError('FORBIDDEN');
  const missing = missingScopes(user.scopes, scopes);
  if (missing.length === 0) return;
  throw new AuthError('INSUFFICIENT_SCOPE', { details: { required: scopes, granted: user.scopes, missing } });
}

/** Whether scopes like these are not enough for what the route asks. */
export function lacksGrants(
  granted: readonly Scope[],
  { scopes, roles }: Pick<RouteRules, 'scopes' | 'roles'>,
): boolean {
  return lacksRole(granted, roles) || missingScopes(granted, scopes).length > 0;
}

/** Whether scopes like these are less than one of the roles. */
export function lacksRole(granted: readonly Scope[], roles: readonly Role[]): boolean {
  return roles.some((role) => missingScopes(granted, scopesOfRole[role]).length > 0);
}
