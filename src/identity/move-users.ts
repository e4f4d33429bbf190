import { type EntityManager, In } from 'typeorm';
import { type AuditActor, subjectOf } from '../audit/audit-event.js';
import type { AuditTrail } from '../audit/audit-trail.js';
import { issuerTokensValidFrom, moveForward } from './tokens-valid-from.js';
import { User } from './user.entity.js';

const mostListed = 20;
const batchSize = 500;

/** The users that an issuer keeps, as the other one already knows their subject. */
export interface MoveConflicts {
  readonly count: number;
  /** The first 20. */
  readonly users: readonly Pick<User, 'id' | 'subject'>[];
}

export interface MoveOptions {
  /** The issuer they are stored under, and the one they will be. */
  readonly from: string;
  readonly to: string;
}

/** How many users an issuer has, and which of them cannot move. */
export async function previewMove(
  manager: EntityManager,
  { from, to }: MoveOptions,
): Promise<{ readonly users: number; readonly conflicts: MoveConflicts }> {
  const [users, count] = await manager
    .createQueryBuilder(User, 'person')
    .innerJoin(User, 'other', 'other.subject = person.subject AND other.issuer = :to', { to })
    .where('person.issuer = :from', { from })
    .orderBy('person.id', 'ASC')
    .limit(mostListed)
    .getManyAndCount();
  const listed = users.map(({ id, subject }) => ({ id, subject }));
  return { users: await manager.countBy(User, { issuer: from }), conflicts: { count, users: listed } };
}

/**
 * Moves the users of an issuer to another one, with an event for each: ids, owners and keys stay. Those with a conflict stay
 * where they are. What a sign-out of the old issuer has ended stays ended. Returns how many moved; call it in a transaction.
 */
export async function moveUsers(
  manager: EntityManager,
  audit: AuditTrail,
  actor: AuditActor,
  { from, to }: MoveOptions,
): Promise<number> {
  const tokensValidFrom = await issuerTokensValidFrom(manager, [from]);
  let moved = 0;
  for (let after = ''; ;) {
    const users = await manager
      .createQueryBuilder(User, 'person')
      .leftJoin(User, 'other', 'other.subject = person.subject AND other.issuer = :to', { to })
      .where('person.issuer = :from AND person.id > :after AND other.id IS NULL', { from, after })
      .orderBy('person.id', 'ASC')
      .limit(batchSize)
      .getMany();
    const last = users.at(-1);
    if (last === undefined) return moved;
    const ids = users.map(({ id }) => id);
    await manager.update(User, { id: In(ids) }, { issuer: to });
    if (tokensValidFrom !== null)
      await moveForward(manager, User, { id: In(ids) }, new Date(tokensValidFrom));
    await audit.recordAll(
      manager,
      actor,
      users.map((user) => ({
        type: 'updated' as const,
        ...subjectOf('user', { ...user, userId: user.id }),
        details: { changed: ['issuer'], from, to },
      })),
    );
    moved += users.length;
    after = last.id;
  }
}
