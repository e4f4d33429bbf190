import { scopesOfRole } from '../../principal/roles.js';
import { isScope } from '../../principal/scopes.js';
import type { Membership } from './owner-resolver.js';

const mostScopes = 1_000;
const shape = /^[\w.:-]{1,36}$/;

/** True for a text that may be the id of an owner. */
export function isOwnerId(text: string): boolean {
  return shape.test(text);
}

/** The membership that an `OwnerResolver` answered; throws an `Error` for what is none. `null` counts as `undefined`. */
export function readMembership(answer: Membership | null | undefined): Membership | undefined {
  if (answer === undefined || answer === null) return undefined;
  const { ownerId, role = null, scopes = null } = answer;
  if (typeof ownerId !== 'string' || !isOwnerId(ownerId))
    throw new Error('It answered with no ownerId, or one that none can have.');
  if (role !== null && !isMembersRole(role))
    throw new Error(`It answered with a role that is none of ${membersRoles.join(', ')}.`);
  if (scopes !== null && !isScopes(scopes))
    throw new Error(`It answered with scopes that are none, or more than ${mostScopes}.`);
  return { ownerId, role, scopes };
}

const membersRoles = Object.keys(scopesOfRole).filter((role) => role !== 'admin');

function isMembersRole(role: unknown): boolean {
  return membersRoles.some((one) => one === role);
}

function isScopes(scopes: unknown): boolean {
  if (!Array.isArray(scopes) || scopes.length > mostScopes) return false;
  return scopes.every((scope: unknown) => typeof scope === 'string' && isScope(scope));
}
