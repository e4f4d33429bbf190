import { Owner, User } from 'nestjs-gatehouse/database';
import { type EntityManager } from 'typeorm';
import { type UserEntity } from '../users/user.entity';

/** The name under which Gatehouse knows the application's own tokens. */
export const issuer = 'articles';

/** Tells Gatehouse of a user, who keeps the id, with an owner of its own. Does nothing for a user that it knows. */
export async function moveIn(manager: EntityManager, { id, email }: UserEntity): Promise<void> {
  const userId = String(id);
  const isThere = { disabledAt: null, createdAt: new Date() };
  const owner = { id: userId, name: email, ...isThere };
  const user = { id: userId, ownerId: userId, issuer, subject: userId, email, ...isThere };
  // Another replica may do the same.
  await manager.createQueryBuilder().insert().into(Owner).values(owner).orIgnore().execute();
  await manager.createQueryBuilder().insert().into(User).values(user).orIgnore().execute();
}
