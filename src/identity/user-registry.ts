import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 } from 'uuid';
import { subjectOf } from '../audit/audit-event.js';
import { AuditTrail } from '../audit/audit-trail.js';
import { isUniqueViolation } from '../database/unique-violation.js';
import { Database } from '../database/database.js';
import { AuthError } from '../principal/auth-error.js';
import type { RequestOrigin } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import { Owner } from './owner.entity.js';
import { User, userIdOf } from './user.entity.js';

/** A person who authenticated as `subject` of `issuer`. */
export interface Login {
  readonly issuer: string;
  readonly subject: string;
  /** True if UUID subjects of this issuer are user ids. */
  readonly primary: boolean;
  readonly email: string | null;
  /** The credential; a JWT by default. */
  readonly credential?: 'jwt' | 'custom';
}

/** Finds or creates the one user of each issuer and subject. */
@Injectable()
export class UserRegistry {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** The user of this login. The first login creates it with an owner, once even if requests race. */
  async findOrCreate(login: Login, origin: RequestOrigin | null): Promise<User> {
    const known = await this.find(login);
    if (known !== null) return this.withEmail(known, login, origin);
    try {
      return await this.database.write((manager) => this.create(manager, login, origin), { lane: 'logins' });
    } catch (error) {
      if (!isUniqueViolation(error, 'uq_users_issuer_subject') && !isUniqueViolation(error, 'pk_users'))
        throw error;
      const winner = await this.find(login);
      if (winner !== null) return winner;
      throw new AuthError('USER_NOT_FOUND', {
        cause: new Error('Another login already has this user id.'),
      });
    }
  }

  private find({ issuer, subject }: Login): Promise<User | null> {
    return this.database.read((manager) => manager.findOneBy(User, { issuer, subject }), { lane: 'lookups' });
  }

  private async create(manager: EntityManager, login: Login, origin: RequestOrigin | null): Promise<User> {
    const { issuer, subject, primary, email } = login;
    const createdAt = new Date(this.clock.now());
    const owner = { id: v7(), name: email ?? subject, disabledAt: null, createdAt };
    const id = userIdOf(issuer, subject, primary);
    const user = { id, ownerId: owner.id, issuer, subject, email, disabledAt: null, createdAt };
    await manager.insert(Owner, owner);
    await manager.insert(User, user);
    await this.record(manager, user, 'created', login, origin);
    return user;
  }

  private async withEmail(user: User, login: Login, origin: RequestOrigin | null): Promise<User> {
    const { email } = login;
    if (email === null || email === user.email) return user;
    return this.database.write(
      async (manager) => {
        await manager.update(User, { id: user.id }, { email });
        await this.record(manager, user, 'updated', login, origin, { changed: ['email'] });
        return { ...user, email };
      },
      { owner: user.ownerId, rows: [`users ${user.id}`] },
    );
  }

  private record(
    manager: EntityManager,
    user: User,
    type: 'created' | 'updated',
    { credential = 'jwt' }: Login,
    origin: RequestOrigin | null,
    details?: object,
  ): Promise<void> {
    const actor = { source: { type: credential }, actorChain: [{ type: 'user', id: user.id }] } as const;
    return this.audit.record(
      manager,
      { user: actor, origin },
      { type, ...subjectOf('user', { ...user, userId: user.id }), details },
    );
  }
}
