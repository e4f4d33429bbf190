import type { Role } from '../../principal/roles.js';
import type { Scope } from '../../principal/scopes.js';

/** A user, as far as it decides which owners it may act for. */
export interface Person {
  readonly userId: string;
  /** Its own owner, made on its first login. */
  readonly ownerId: string;
  readonly email: string | null;
}

/** An owner that a person may act for, and how much of what it may do for its own it may do there; all, unless said. */
export interface Membership {
  readonly ownerId: string;
  readonly role?: Exclude<Role, 'admin'> | null;
  /** In place of the role's. What the person's credential does not hold is not added by it. */
  readonly scopes?: readonly Scope[] | null;
}

/**
 * Tells for which owner a person acts. It is asked for each request of a person, whichever credential it came with, and
 * for each of an agent with a tool key that a person issued; nothing of it is remembered. An application that has
 * memberships gives its own; see `AuthModule.forRoot`.
 */
export abstract class OwnerResolver {
  /**
   * `wanted` is the owner that the request names in `X-Owner-Id`, `undefined` where it names none. `undefined`, or
   * another owner than the wanted one, refuses the request: 403 `FORBIDDEN`, the same for an owner that is not there.
   * To throw, or to take more than 3 s, answers it with 503.
   */
  abstract resolve(
    person: Person,
    wanted: string | undefined,
  ): Promise<Membership | undefined> | Membership | undefined;
}
