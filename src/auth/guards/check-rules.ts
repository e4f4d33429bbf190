import { AuthError } from '../../principal/auth-error.js';
import type { AuthenticatedUser } from '../../principal/authenticated-user.js';
import { scopesOfRole } from '../../principal/roles.js';
import { missingScopes } from '../../principal/scopes.js';
import type { RouteRules } from './route-rules.js';

/** Throws 403 unless the principal holds every role and scope that the route asks for. */
export function checkRules(user: AuthenticatedUser, { scopes, roles }: RouteRules): void {
  if (roles.some((role) => missingScopes(user.scopes, scopesOfRole[role]).length > 0))
    throw new AuthError('FORBIDDEN');
  const missing = missingScopes(user.scopes, scopes);
  if (missing.length === 0) return;
  throw new AuthError('INSUFFICIENT_SCOPE', { details: { required: scopes, granted: user.scopes, missing } });
}
