import { isOwnerId } from '../../identity/owner.entity.js';
import { isScope, type Role, type Scope, scopesOfRole } from '../../principal/scopes.js';

/** A user, as far as it decides which owners it may act for. */
export interface Person {
  readonly userId: string;
  /** Its own owner, made on its first login. */
  readonly ownerId: string;
  readonly email: string | null;
}

/** An owner that a person may act for. By default the person may do there what it may do for its own owner. */
export interface Membership {
  readonly ownerId: string;
  readonly role?: Exclude<Role, 'admin'> | null;
  /** In place of the role's. A scope that the credential does not hold is not added. */
  readonly scopes?: readonly Scope[] | null;
}

/**
 * Decides for which owner a person acts. Called for each request of a person, with any credential, and for each request
 * of an agent with a tool key that a person issued; the result is not cached. An application with memberships supplies
 * its own; see `AuthModule.forRoot`.
 */
export abstract class OwnerResolver {
  /**
   * `wanted` is the owner that the request names in `X-Owner-Id`, or `undefined`. To return `undefined`, or
   * another owner than the wanted one, rejects the request: 403 `FORBIDDEN`, the same for an unknown owner.
   * To throw, or to take more than 3 s, answers it with 503.
   */
  abstract resolve(
    person: Person,
    wanted: string | undefined,
  ): Promise<Membership | undefined> | Membership | undefined;
}

/** Token under which an application provides an `OwnerResolver` of its own; without one each user has its one owner. */
export const customOwnerResolver = Symbol('own OwnerResolver');

const mostScopes = 1_000;
/** The membership that an `OwnerResolver` answered; throws an `Error` for what is none. `null` counts as `undefined`. */
export function readMembership(answer: Membership | null | undefined): Membership | undefined {
  if (answer === undefined || answer === null) return undefined;
  const { ownerId, role = null, scopes = null } = answer;
  if (typeof ownerId !== 'string' || !isOwnerId(ownerId))
    throw new Error('It returned no ownerId, or an invalid one.');
  if (role !== null && !isMembersRole(role))
    throw new Error(`It returned a role that is none of ${membersRoles.join(', ')}.`);
  if (scopes !== null && !isScopes(scopes))
    throw new Error(`It returned invalid scopes, or more than ${mostScopes}.`);
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
