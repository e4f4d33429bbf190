import type { EntityManager } from 'typeorm';
import { AuthError } from '../principal/auth-error.js';
import { Owner } from './owner.entity.js';
import { User } from './user.entity.js';

/**
 * Inside the transaction of a change: throws `USER_NOT_FOUND` when the owner, or the user where there is one, is gone or
 * disabled by now, whatever was remembered when the request was admitted.
 */
export async function requireActive(
  manager: EntityManager,
  ownerId: string,
  userId: string | null,
): Promise<void> {
  const query = manager
    .createQueryBuilder(Owner, 'holder')
    .select('holder.id', 'ownerId')
    .where('holder.id = :ownerId AND holder.disabledAt IS NULL', { ownerId });
  if (userId !== null)
    query.innerJoin(User, 'person', 'person.id = :userId AND person.disabledAt IS NULL', { userId });
  if ((await query.getRawOne()) === undefined) throw new AuthError('USER_NOT_FOUND');
}
