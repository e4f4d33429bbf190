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
  const owner = await manager.findOneBy(Owner, { id: ownerId });
  const user = userId === null ? owner : await manager.findOneBy(User, { id: userId });
  if (owner?.disabledAt !== null || user?.disabledAt !== null) throw new AuthError('USER_NOT_FOUND');
}
