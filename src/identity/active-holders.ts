import { type EntityManager, In, IsNull, Not } from 'typeorm';
import { AuthError } from '../principal/auth-error.js';
import { Owner } from './owner.entity.js';
import { findUser, isSignedOut, signedOut } from './tokens-valid-from.js';
import { User } from './user.entity.js';

/**
 * Throws `USER_NOT_FOUND` if the owner or the user no longer exists or is disabled, and `INVALID_TOKEN` if a sign-out has
 * ended the credential of the user that was issued at `issuedAt`. Reads the database, not the cache: call it inside the
 * transaction of a change.
 */
export async function requireActive(
  manager: EntityManager,
  ownerId: string,
  userId: string | null,
  issuedAt?: number,
): Promise<void> {
  const query = manager
    .createQueryBuilder(Owner, 'holder')
    .select('holder.id', 'ownerId')
    .where('holder.id = :ownerId AND holder.disabledAt IS NULL', { ownerId });
  if (userId !== null)
    query.innerJoin(User, 'person', 'person.id = :userId AND person.disabledAt IS NULL', { userId });
  if ((await query.getRawOne()) === undefined) throw new AuthError('USER_NOT_FOUND');
  if (userId === null || issuedAt === undefined) return;
  const { tokensValidFrom = null } = (await findUser(manager, { id: userId })) ?? {};
  if (isSignedOut({ issuedAt }, tokensValidFrom)) throw signedOut();
}

/** For whom a key acts. */
export interface KeyHolder {
  readonly ownerId: string;
  readonly userId: string | null;
}

/** The ids of those that are disabled. */
export interface DisabledHolders {
  readonly owners: ReadonlySet<string>;
  readonly users: ReadonlySet<string>;
}

/** Which of these owners and users are disabled, in two queries. */
export async function findDisabled(
  manager: EntityManager,
  holders: readonly KeyHolder[],
): Promise<DisabledHolders> {
  const idsOfDisabled = async (table: typeof Owner | typeof User, ids: readonly string[]) => {
    if (ids.length === 0) return new Set<string>();
    const where = { id: In([...new Set(ids)]), disabledAt: Not(IsNull()) };
    const found = await manager.find<Owner | User>(table, { select: { id: true }, where });
    return new Set(found.map(({ id }) => id));
  };
  const userIds = holders.map(({ userId }) => userId).filter((id) => id !== null);
  const owners = await idsOfDisabled(
    Owner,
    holders.map(({ ownerId }) => ownerId),
  );
  return { owners, users: await idsOfDisabled(User, userIds) };
}
