import { Injectable } from '@nestjs/common';
import { type EntityManager, IsNull } from 'typeorm';
import { v7 } from 'uuid';
import { type AuditActor, subjectOf } from '../audit/audit-event.js';
import { AuditTrail } from '../audit/audit-trail.js';
import { insertMissing } from '../database/insert-all.js';
import { isUniqueViolation } from '../database/unique-violation.js';
import { Database } from '../database/database.js';
import { AuthError } from '../principal/auth-error.js';
import { chainOfToken, type RequestOrigin } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import { type IssuerTemplate, OtherIssuerWarning } from './other-issuer-warning.js';
import { Owner, ownerIdOf, platformOwnerId } from './owner.entity.js';
import {
  findUser,
  findUserOf,
  type FoundUser,
  isSignedOut,
  issuerTokensValidFrom,
  SignedOutError,
  signedOut,
} from './tokens-valid-from.js';
import { User, userIdOf } from './user.entity.js';

/** A person who authenticated as `subject` of `issuer`. */
export interface Login {
  readonly issuer: string;
  /** Under which its users may be stored too. */
  readonly aliases?: readonly string[];
  /** The template of its issuer, if there is one: the same subject at another issuer that fits is another person. */
  readonly template?: IssuerTemplate;
  readonly subject: string;
  /** In whose owner it acts; by default the user has one of its own. */
  readonly tenant?: string | undefined;
  /** A tenant without an owner gets one. */
  readonly createOwners?: boolean;
  /** True if UUID subjects of this issuer are user ids. */
  readonly primary: boolean;
  readonly email: string | null;
  /** When the credential was issued, epoch milliseconds; if omitted, any sign-out ends it. */
  readonly issuedAt?: number | undefined;
  /** The credential; a JWT by default. */
  readonly credential?: 'jwt' | 'custom';
  /** The client that a token was issued to, and those who act for the client. */
  readonly clientId?: string | null;
  readonly actors?: readonly string[];
  /** Of a bounded token. */
  readonly scopes?: readonly string[] | null;
}

/** The names of its issuer, its own first. */
export function issuersOf({ issuer, aliases = [] }: Login): string[] {
  return [issuer, ...aliases];
}

/** The owner of the tenant that a login names, if it names one. It is never that of the platform. */
export function ownerOfLogin({ issuer, tenant, primary }: Login): string | undefined {
  if (tenant === undefined) return undefined;
  const id = ownerIdOf(issuer, tenant, primary);
  if (id === platformOwnerId) throw new AuthError('USER_NOT_FOUND', { cause: 'the tenant is the platform' });
  return id;
}

/** Finds or creates the one user of each issuer and subject. */
@Injectable()
export class UserRegistry {
  private readonly otherIssuers: OtherIssuerWarning;

  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {
    this.otherIssuers = new OtherIssuerWarning(database, clock);
  }

  /**
   * The user of this login. The first login creates it with an owner, once even if requests race. A login that was signed
   * out, or of a disabled user, changes nothing: it finds the user as it is. A signed-out one rejects with `SignedOutError` if
   * there is none.
   */
  async findOrCreate(login: Login, origin: RequestOrigin | null): Promise<User> {
    const known = await this.find(login);
    if (known !== undefined) return this.withEmail(known, login, origin);
    await this.otherIssuers.warnOf(login);
    try {
      return await this.database.write((manager) => this.create(manager, login, origin), { lane: 'logins' });
    } catch (error) {
      if (!isUniqueViolation(error, 'uq_users_issuer_subject') && !isUniqueViolation(error, 'pk_users'))
        throw error;
      const winner = await this.find(login);
      if (winner !== undefined) return winner.user;
      throw new AuthError('USER_NOT_FOUND', {
        cause: new Error('Another login already has this user id.'),
      });
    }
  }

  /** The user of this login, if it has logged in before. */
  find(login: Login): Promise<FoundUser | undefined> {
    return this.database.read((manager) => findUserOf(manager, issuersOf(login), login.subject), {
      lane: 'lookups',
    });
  }

  private async create(manager: EntityManager, login: Login, origin: RequestOrigin | null): Promise<User> {
    const { issuer, subject, primary, email } = login;
    const tokensValidFrom = await issuerTokensValidFrom(manager, issuersOf(login));
    if (isSignedOut(login, tokensValidFrom)) throw new SignedOutError(tokensValidFrom);
    const createdAt = new Date(this.clock.now());
    const owner = { id: v7(), name: email ?? subject, disabledAt: null, createdAt };
    await this.ownerOfTenant(manager, login, origin);
    const id = userIdOf(issuer, subject, primary);
    const unset = { disabledAt: null, erasedAt: null, tokensValidFrom: null };
    const user = { id, ownerId: owner.id, issuer, subject, email, ...unset, createdAt };
    // Also a person with a tenant has an owner of its own: a later token may name no tenant.
    await manager.insert(Owner, owner);
    await manager.insert(User, user);
    await this.record(manager, user, 'created', login, origin);
    return user;
  }

  /** The owner of the tenant for a known user. `USER_NOT_FOUND` if there is none, and for a login that was signed out. */
  createOwner(login: Login, user: User, origin: RequestOrigin | null): Promise<string | undefined> {
    return this.database.write(
      async (manager) => {
        const current = await findUser(manager, { id: user.id }, issuersOf(login));
        if (isSignedOut(login, current?.tokensValidFrom ?? null)) throw signedOut();
        if (current === undefined || current.user.disabledAt !== null) throw new AuthError('USER_NOT_FOUND');
        return this.ownerOfTenant(manager, login, origin);
      },
      { lane: 'logins' },
    );
  }

  private async ownerOfTenant(
    manager: EntityManager,
    login: Login,
    origin: RequestOrigin | null,
  ): Promise<string | undefined> {
    const { tenant, createOwners = false } = login;
    const id = ownerOfLogin(login);
    if (id === undefined || tenant === undefined) return undefined;
    const owner = { id, name: tenant, disabledAt: null, createdAt: new Date(this.clock.now()) };
    const isNew = createOwners && (await insertMissing(manager, Owner, [owner])).has(id);
    if (isNew)
      await this.audit.record(manager, actorOf(null, login, origin), {
        type: 'created',
        ...subjectOf('owner', { id, ownerId: id }),
      });
    else if (!(await manager.existsBy(Owner, { id, disabledAt: IsNull() })))
      throw new AuthError('USER_NOT_FOUND', { cause: 'the tenant has no active owner' });
    return id;
  }

  private async withEmail(
    { user, tokensValidFrom }: FoundUser,
    login: Login,
    origin: RequestOrigin | null,
  ): Promise<User> {
    const { email } = login;
    if (email === null || email === user.email || !mayChange(user, login, tokensValidFrom)) return user;
    return this.database.write(
      async (manager) => {
        await this.database.lock(manager, User, user.id);
        const current = await findUser(manager, { id: user.id }, issuersOf(login));
        if (current === undefined || !mayChange(current.user, login, current.tokensValidFrom)) return user;
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
    login: Login,
    origin: RequestOrigin | null,
    details?: object,
  ): Promise<void> {
    const subject = subjectOf('user', { ...user, userId: user.id });
    return this.audit.record(manager, actorOf(user.id, login, origin), { type, ...subject, details });
  }
}

/** Not if it is disabled: nothing may put the data of an erased user back. */
function mayChange({ disabledAt }: User, login: Login, tokensValidFrom: number | null): boolean {
  return disabledAt === null && !isSignedOut(login, tokensValidFrom);
}

function actorOf(userId: string | null, login: Login, origin: RequestOrigin | null): AuditActor {
  const { credential = 'jwt', scopes = null } = login;
  const source = scopes === null ? { type: credential } : ({ type: credential, bounded: true } as const);
  return { user: { source, actorChain: chainOfToken(userId, login) }, origin };
}
