import type { AuditActor } from '../../audit/audit-trail.js';
import type { AuthenticatedUser, RequestOrigin } from '../../principal/authenticated-user.js';

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
