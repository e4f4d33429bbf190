import { type Scope, type ScopeHolder, scopesLackedBy } from './scopes.js';

/** Roles are presets of scopes. `admin` reaches over all owners. */
export const scopesOfRole = {
  read_only: ['*:read'],
  write_agent: ['*:read', '*:write'],
  admin: ['*:*', 'api-keys:write', 'admin:*'],
} as const satisfies Record<string, readonly Scope[]>;

export type Role = keyof typeof scopesOfRole;

/** What a person may do within its own owner. */
export const scopesOfUser: readonly Scope[] = ['*:*', 'api-keys:write'];

/** A personal key is its user without the management of other keys. */
export const scopesOfPersonalKey: readonly Scope[] = ['*:*'];

/** True for whoever reaches over all owners. */
export function isAdmin(holder: ScopeHolder): boolean {
  return scopesLackedBy(holder, scopesOfRole.admin).length === 0;
}
