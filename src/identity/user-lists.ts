import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { isPostgres } from '../database/data-source-of.js';
import { User } from './user.entity.js';

export const userStatuses = ['active', 'disabled', 'erased'] as const;
export type UserStatus = (typeof userStatuses)[number];

/** Which users a list holds. An omitted field does not narrow it. */
export interface UserListFilter {
  /** How the e-mail begins, whatever the case of its letters. The list then is in the order of e-mails. */
  readonly search?: string;
  readonly status?: UserStatus;
  /** The owner created with the user. */
  readonly ownerId?: string;
}

/** As the indexes of `users` have them. */
const conditionOf: Record<UserStatus, string> = {
  active: 'person.disabledAt IS NULL',
  disabled: 'person.disabledAt IS NOT NULL AND person.erasedAt IS NULL',
  erased: 'person.erasedAt IS NOT NULL',
};

/** Of all texts that begin in the same way, the last by its bytes. */
const lastCharacter = '\u{10FFFF}';

/** Every combination reads one index, in its order: as many rows as it returns, however many users there are. */
export function filteredUsers(
  manager: EntityManager,
  { search, status, ownerId }: UserListFilter,
): SelectQueryBuilder<User> {
  const query = manager.createQueryBuilder(User, 'person').where('1 = 1');
  if (ownerId !== undefined) query.andWhere('person.ownerId = :ownerId', { ownerId });
  if (status !== undefined) query.andWhere(conditionOf[status]);
  if (search === undefined) return query;
  const email = emailColumn(manager);
  return query
    .andWhere(`${email} >= lower(:search) AND ${email} < lower(:search) || :last`)
    .setParameters({ search, last: lastCharacter });
}

/** A part of a list, after the user `last`: the newest first, or with `search` in the order of e-mails. */
export function pageOfUsers(
  manager: EntityManager,
  filter: UserListFilter,
  { limit, last }: { readonly limit: number; readonly last?: User },
): SelectQueryBuilder<User> {
  const query = filteredUsers(manager, filter).limit(limit);
  if (filter.search === undefined) {
    if (last !== undefined)
      query
        .andWhere('(person.created_at, person.id) < (:createdAt, :id)')
        .setParameters({ createdAt: last.createdAt.getTime(), id: last.id });
    return query.orderBy('person.created_at', 'DESC').addOrderBy('person.id', 'DESC');
  }
  const email = emailColumn(manager);
  if (last !== undefined) query.andWhere(`(${email}, person.id) > (lower(:email), :id)`).setParameters(last);
  return query.orderBy(email, 'ASC').addOrderBy('person.id', 'ASC');
}

/** The users with this e-mail, whatever the case of its letters. */
export function usersWithEmail(manager: EntityManager, email: string, limit: number): Promise<User[]> {
  return manager
    .createQueryBuilder(User, 'person')
    .where(`${emailColumn(manager)} = lower(:email)`, { email })
    .orderBy('person.id', 'ASC')
    .limit(limit)
    .getMany();
}

/** In the order of bytes, with the letters A to Z as lower case. */
function emailColumn(manager: EntityManager): string {
  return isPostgres(manager) ? 'lower(person.email) COLLATE "C"' : 'person.email COLLATE NOCASE';
}

export function statusOfUser({ disabledAt, erasedAt }: Pick<User, 'disabledAt' | 'erasedAt'>): UserStatus {
  if (erasedAt !== null) return 'erased';
  return disabledAt === null ? 'active' : 'disabled';
}
