import { Injectable } from '@nestjs/common';
import type { ExaminedCredential } from '../auth/decision/attempt.js';
import { type ExaminedToken, UserVerifier } from '../auth/verifiers/user.verifier.js';
import { isSignedOut } from '../identity/tokens-valid-from.js';
import { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import { isAdmin } from '../principal/scopes.js';
import { dateOf, type ExplainedCheck, judged } from './explained-check.js';

/** What is found out about a token itself. */
export interface TokenFindings {
  readonly checks: readonly ExplainedCheck[];
  readonly examined: ExaminedCredential;
  /** `null` for what is no valid token of an issuer. */
  readonly user: AuthenticatedUser | null;
}

/** Makes the checks of a JWT as its verifier does, and returns the facts behind each. */
@Injectable()
export class TokenFinder {
  constructor(private readonly users: UserVerifier) {}

  /** `NOT_FOUND` for the token of another user unless an admin asks, and for a user who never logged in. */
  async find(requester: AuthenticatedUser, token: string): Promise<TokenFindings> {
    const found = await this.examine(token);
    if (found instanceof AuthError)
      return {
        checks: [judged('token', true, { code: found.code })],
        examined: { error: found },
        user: null,
      };
    const isOwn = requester.userId !== null && found?.account.userId === requester.userId;
    if (found === undefined || !(isOwn || isAdmin(requester))) throw new AuthError('NOT_FOUND');
    const { user, error } = found;
    return { checks: checksOf(found), examined: { verified: { user }, error }, user };
  }

  private async examine(token: string): Promise<ExaminedToken | AuthError | undefined> {
    try {
      return await this.users.examine(token);
    } catch (error) {
      if (error instanceof AuthError && error.getStatus() === 401) return error;
      throw error;
    }
  }
}

function checksOf({
  jwt,
  account: { ownerId, userId, active, tokensValidFrom },
}: ExaminedToken): ExplainedCheck[] {
  const { issuer, clientId, scopes, issuedAt, expiresAt } = jwt;
  return [
    judged('token', false, { issuer, clientId, scopes, expiresAt: new Date(expiresAt) }),
    judged('sign_out', isSignedOut(jwt, tokensValidFrom), {
      issuedAt: dateOf(issuedAt),
      tokensValidFrom: dateOf(tokensValidFrom),
    }),
    judged('owner', !active, { ownerId, userId, active }),
  ];
}
