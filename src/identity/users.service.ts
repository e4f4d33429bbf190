import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type AuditActor, subjectOf } from '../audit/audit-event.js';
import { AuditTrail } from '../audit/audit-trail.js';
import { Database } from '../database/database.js';
import { AuthError } from '../principal/auth-error.js';
import { Clock } from '../support/clock.js';
import { AccountsService } from './accounts.service.js';
import { Owner, platformOwnerId } from './owner.entity.js';
import { filteredUsers, pageOfUsers, type UserListFilter } from './user-lists.js';
import { erasedSubject, User } from './user.entity.js';

/** Managing users is charged to the platform's share of the database. */
const platform = { owner: platformOwnerId };

const erasedName = 'Erased';

/** More are not counted. */
const mostCounted = 10_000;

/** The users of all owners, for administrators. See `OffboardingService` to end their keys and to delete their data. */
@Injectable()
export class UsersService {
  /** @internal Nest creates it. */
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountsService,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** Newest first, or with `search` in the order of e-mails, after the user `after`. */
  list(
    filter: UserListFilter,
    { limit, after }: { readonly limit: number; readonly after?: string },
  ): Promise<User[]> {
    return this.database.read(async (manager) => {
      if (after === undefined) return pageOfUsers(manager, filter, { limit }).getMany();
      const last = await manager.findOneBy(User, { id: after });
      if (last === null || (filter.search !== undefined && last.email === null))
        throw new AuthError('VALIDATION_FAILED', {
          details: [{ path: 'cursor', message: 'The user before was erased: begin the list again.' }],
        });
      return pageOfUsers(manager, filter, { limit, last }).getMany();
    }, platform);
  }

  /** How many users the list holds; `null` for more than 10,000. */
  async count(filter: UserListFilter): Promise<number | null> {
    const found = await this.database.read((manager) => {
      const some = filteredUsers(manager, filter)
        .select('1')
        .limit(mostCounted + 1);
      return manager
        .createQueryBuilder()
        .select('COUNT(*)', 'total')
        .from(`(${some.getQuery()})`, 'counted')
        .setParameters(some.getParameters())
        .getRawOne<{ total: string | number }>();
    }, platform);
    const total = Number(found?.total);
    return total > mostCounted ? null : total;
  }

  /** `NOT_FOUND` for an unknown user. */
  async find(id: string): Promise<User> {
    const user = await this.database.read((manager) => manager.findOneBy(User, { id }), platform);
    if (user === null) throw new AuthError('NOT_FOUND');
    return user;
  }

  /**
   * Disables or enables a user: meanwhile its tokens, its keys and the tool keys it issued are rejected, in all processes.
   * `USER_ERASED` for a user to enable whose data was deleted.
   */
  async setEnabled(actor: AuditActor, id: string, enabled: boolean): Promise<User> {
    const user = await this.database.write(
      async (manager) => {
        await this.database.lock(manager, User, id);
        const found = await manager.findOneBy(User, { id });
        if (found === null) throw new AuthError('NOT_FOUND');
        if (enabled && found.erasedAt !== null) throw new AuthError('USER_ERASED');
        if ((found.disabledAt === null) === enabled) return found;
        const disabledAt = enabled ? null : new Date(this.clock.now());
        await manager.update(User, { id }, { disabledAt });
        await this.audit.record(manager, actor, {
          type: enabled ? 'enabled' : 'disabled',
          ...subjectOf('user', { ...found, userId: id }),
        });
        return { ...found, disabledAt };
      },
      { ...platform, rows: [`users ${id}`] },
    );
    this.accounts.dropUser(id);
    return user;
  }

  /** @internal See `OffboardingService.erase`, which ends the keys before. */
  async erase(actor: AuditActor, id: string): Promise<User> {
    const user = await this.database.write(
      async (manager) => {
        await this.database.lock(manager, User, id);
        const found = await manager.findOneBy(User, { id });
        if (found === null) throw new AuthError('NOT_FOUND');
        if (found.erasedAt !== null) return found;
        const erased = await eraseUser(manager, found, new Date(this.clock.now()));
        await this.audit.record(manager, actor, {
          type: 'erased',
          ...subjectOf('user', { ...found, userId: id }),
        });
        return erased;
      },
      { ...platform, rows: [`users ${id}`] },
    );
    this.accounts.dropUser(id);
    return user;
  }
}

/** Keeps the issuer: a later login must be recognised, also after `move-users`. */
async function eraseUser(manager: EntityManager, user: User, now: Date): Promise<User> {
  const { id, ownerId, subject, email, disabledAt } = user;
  const data = {
    email: null,
    subject: erasedSubject(subject),
    disabledAt: disabledAt ?? now,
    erasedAt: now,
  };
  await manager.update(User, { id }, data);
  const owner = await manager.findOneBy(Owner, { id: ownerId });
  const names = [email, subject];
  // The first login named it; the e-mail may have changed since.
  const isOwn = owner?.name.includes('@') === true && (await manager.countBy(User, { ownerId })) === 1;
  if (owner !== null && (names.includes(owner.name) || isOwn))
    await manager.update(Owner, { id: ownerId }, { name: erasedName });
  return { ...user, ...data };
}
