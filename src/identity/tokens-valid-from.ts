import { type EntityManager, type EntityTarget, type FindOptionsWhere, In } from 'typeorm';
import { AuthError } from '../principal/auth-error.js';
import { Issuer } from './issuer.entity.js';
import { erasedSubject, User } from './user.entity.js';

/** A user, and since when its tokens are valid: the later of its own sign-out and that of its issuer. */
export interface FoundUser {
  readonly user: User;
  /** Epoch milliseconds; `null` if neither was ever signed out. */
  readonly tokensValidFrom: number | null;
}

/** Whether a credential was issued before the sign-out. One that does not say when it was issued counts as older. */
export function isSignedOut(
  { issuedAt = -Infinity }: { readonly issuedAt?: number | undefined },
  tokensValidFrom: number | null,
): boolean {
  return tokensValidFrom !== null && issuedAt < tokensValidFrom;
}

/** The answer to a token that was. */
export function signedOut(): AuthError {
  return new AuthError('INVALID_TOKEN', { cause: 'issued before a sign-out' });
}

/** The first login of a person with a token that a sign-out of its issuer had ended. */
export class SignedOutError extends Error {
  constructor(readonly tokensValidFrom: number | null) {
    super('Signed out');
  }
}

/** Those of several users, by their ids. */
export async function findTokensValidFrom(
  manager: EntityManager,
  userIds: ReadonlySet<string | null>,
): Promise<Map<string | null, number | null>> {
  if (userIds.size === 0) return new Map();
  const found = await findUsers(manager, { id: In([...userIds]) });
  return new Map(found.map(({ user, tokensValidFrom }) => [user.id, tokensValidFrom]));
}

/** `issuers` are the names of its issuer: a sign-out of any of them counts, also of one that had users of its own then. */
export async function findUser(
  manager: EntityManager,
  where: { readonly id: string },
  issuers: readonly string[] = [],
): Promise<FoundUser | undefined> {
  const [found] = await findUsers(manager, where);
  return found && withSignOutsOf(manager, issuers, found);
}

/** The user with this subject, erased or not, at an issuer with these names; of several, that of the first name. */
export async function findUserOf(
  manager: EntityManager,
  issuers: readonly string[],
  subject: string,
): Promise<FoundUser | undefined> {
  const found = await findUsers(manager, {
    issuer: In([...issuers]),
    subject: In([subject, erasedSubject(subject)]),
  });
  for (const issuer of issuers) {
    const ofIssuer = found.filter(({ user }) => user.issuer === issuer);
    const named = ofIssuer.find(({ user }) => user.subject === subject) ?? ofIssuer[0];
    if (named !== undefined) return withSignOutsOf(manager, issuers, named);
  }
  return undefined;
}

/** A single name is that of the user. */
async function withSignOutsOf(
  manager: EntityManager,
  issuers: readonly string[],
  { user, tokensValidFrom }: FoundUser,
): Promise<FoundUser> {
  if (issuers.length < 2) return { user, tokensValidFrom };
  return { user, tokensValidFrom: latest([tokensValidFrom, await issuerTokensValidFrom(manager, issuers)]) };
}

/** One query. Its rows are as many as the users: each has one issuer. */
async function findUsers(manager: EntityManager, where: FindOptionsWhere<User>): Promise<FoundUser[]> {
  const { entities, raw } = await manager
    .createQueryBuilder(User, 'person')
    .leftJoin(Issuer, 'issuer', 'issuer.issuer = person.issuer')
    .addSelect('issuer.tokensValidFrom', 'issuer_valid_from')
    .where(where)
    .getRawAndEntities<{ issuer_valid_from: string | number | null }>();
  return entities.map((user, index) => {
    const times = [user.tokensValidFrom?.getTime() ?? null, raw[index]?.issuer_valid_from ?? null];
    return { user, tokensValidFrom: latest(times) };
  });
}

/** The latest sign-out of an issuer with these names. */
export async function issuerTokensValidFrom(
  manager: EntityManager,
  names: readonly string[],
): Promise<number | null> {
  const found = await manager.findBy(Issuer, { issuer: In([...names]) });
  return latest(found.map(({ tokensValidFrom }) => tokensValidFrom.getTime()));
}

/**
 * Ends the tokens of these users or issuers that were issued before. False if no stored time is earlier, or there are no such
 * rows. One statement, so racing calls cannot move it back.
 */
export async function moveForward<T extends User | Issuer>(
  manager: EntityManager,
  entity: EntityTarget<T>,
  where: FindOptionsWhere<T>,
  tokensValidFrom: Date,
): Promise<boolean> {
  const { affected = 0 } = await manager
    .createQueryBuilder()
    .update<User | Issuer>(entity)
    .set({ tokensValidFrom })
    .where(where)
    .andWhere('(tokens_valid_from IS NULL OR tokens_valid_from < :time)', { time: tokensValidFrom.getTime() })
    .execute();
  return affected > 0;
}

function latest(times: readonly (string | number | null)[]): number | null {
  const known = times.filter((time) => time !== null).map(Number);
  return known.length === 0 ? null : Math.max(...known);
}
