import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type AuditActor, type AuditedSubject, subjectOf } from '../audit/audit-event.js';
import { AuditTrail } from '../audit/audit-trail.js';
import { Database } from '../database/database.js';
import { insertMissing } from '../database/insert-all.js';
import { AuthError } from '../principal/auth-error.js';
import {
  type AuthenticatedUser,
  isLimited,
  issuedAtOf,
  type RequestOrigin,
} from '../principal/authenticated-user.js';
import { scopesOfUser } from '../principal/scopes.js';
import { Clock } from '../support/clock.js';
import { AccountsService } from './accounts.service.js';
import { requireActive } from './active-holders.js';
import { idOfIssuer, Issuer } from './issuer.entity.js';
import { platformOwnerId } from './owner.entity.js';
import { moveForward } from './tokens-valid-from.js';
import { User } from './user.entity.js';

const longestIssuer = 1_000;
const longestId = 64;

/** The result of a sign-out. */
export interface SignOut {
  /** Tokens that were issued before are rejected. A whole second, as tokens state theirs. */
  readonly tokensValidFrom: Date;
}

/**
 * Ends tokens before they expire, with the tool keys issued with them, in all processes at once. API keys stay valid. The
 * time only moves forward: of two calls, the later counts. A call that changes nothing leaves no event.
 */
@Injectable()
export class SignOutsService {
  /** @internal Nest creates it. */
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountsService,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** Signs a person out everywhere, at their own request. `FORBIDDEN` for a program, and for a limited credential. */
  signOut(user: AuthenticatedUser, origin: RequestOrigin | null = null): Promise<SignOut> {
    const { userId, ownerId } = user;
    if (userId === null || isLimited(user, scopesOfUser))
      throw new AuthError('FORBIDDEN', { message: 'Only a person with all scopes can sign out everywhere.' });
    return this.change({ user, origin }, userId, ownerId, (manager) =>
      requireActive(manager, ownerId, userId, issuedAtOf(user)),
    );
  }

  /** Signs any user out everywhere. `NOT_FOUND` for an unknown one. */
  signOutUser(actor: AuditActor, userId: string): Promise<SignOut> {
    return this.change(actor, userId, platformOwnerId);
  }

  /**
   * Signs out all users of an issuer, also those who have not logged in yet, and those stored under an alias. `NOT_FOUND` for
   * an issuer without users that is not configured either: it is misspelled.
   */
  async signOutIssuer(
    actor: AuditActor,
    {
      issuer,
      aliases = [],
      isConfigured = false,
    }: {
      readonly issuer: string;
      readonly aliases?: readonly string[];
      readonly isConfigured?: boolean;
    },
  ): Promise<SignOut> {
    if (typeof issuer !== 'string' || issuer.length > longestIssuer) throw new AuthError('NOT_FOUND');
    const id = idOfIssuer(issuer);
    const signedOut = await this.database.write(
      async (manager) => {
        const tokensValidFrom = this.nextSecond();
        if (!isConfigured && !(await manager.existsBy(User, { issuer }))) throw new AuthError('NOT_FOUND');
        const names = [issuer, ...aliases];
        const rows = names.map((name) => ({ id: idOfIssuer(name), issuer: name, tokensValidFrom }));
        const added = await insertMissing(manager, Issuer, rows);
        let isChanged = added.size > 0;
        for (const name of names)
          if (await moveForward(manager, Issuer, { issuer: name }, tokensValidFrom)) isChanged = true;
        if (!isChanged) return manager.findOneByOrFail(Issuer, { issuer });
        const subject = subjectOf('issuer', { id, ownerId: platformOwnerId });
        await this.record(manager, actor, subject, { issuer, tokensValidFrom });
        return { tokensValidFrom };
      },
      { owner: platformOwnerId, rows: [`issuers ${id}`] },
    );
    this.accounts.clear();
    return { tokensValidFrom: signedOut.tokensValidFrom };
  }

  private async change(
    actor: AuditActor,
    userId: string,
    owner: string,
    check: (manager: EntityManager) => Promise<void> = async () => undefined,
  ): Promise<SignOut> {
    if (typeof userId !== 'string' || userId.length > longestId) throw new AuthError('NOT_FOUND');
    const signedOut = await this.database.write(
      async (manager) => {
        await check(manager);
        const tokensValidFrom = this.nextSecond();
        const isChanged = await moveForward(manager, User, { id: userId }, tokensValidFrom);
        const user = await manager.findOneBy(User, { id: userId });
        if (user === null) throw new AuthError('NOT_FOUND');
        if (isChanged)
          await this.record(manager, actor, subjectOf('user', { ...user, userId }), { tokensValidFrom });
        return user.tokensValidFrom ?? tokensValidFrom;
      },
      { owner, rows: [`users ${userId}`] },
    );
    this.accounts.dropUser(userId);
    return { tokensValidFrom: signedOut };
  }

  /**
   * Tokens say in which second they were issued, so those of this second are rejected too. Called when the change has had
   * its turn: what is issued while it waits ends with it.
   */
  private nextSecond(): Date {
    return new Date((Math.floor(this.clock.now() / 1000) + 1) * 1000);
  }

  private record(
    manager: EntityManager,
    actor: AuditActor,
    subject: AuditedSubject,
    details: object,
  ): Promise<void> {
    return this.audit.record(manager, actor, { type: 'signed_out', ...subject, details });
  }
}
