import type { ReadOptions } from '../../database/database.js';
import type { KeyRef } from '../../key-store/api-key.state.js';
import type { AuthenticatedUser, RequestOrigin } from '../../principal/authenticated-user.js';
import type { RateLimit } from '../../principal/grants.js';
import { AuthError } from '../../principal/auth-error.js';
import type { HttpRequest } from '../../http/http-request.js';
import type { Outcome } from '../../key-store/outcome.js';

/** What a key may do, as each request with it is held to. */
export interface KeyTerms {
  readonly key: KeyRef;
  /** The key acts for its own owner only; a personal key acts for any that its user is a member of. */
  readonly isOwnerBound: boolean;
  /** A tool key is charged to the limit of the API key that issued it. */
  readonly limit: (RateLimit & { readonly lineageId: string }) | null;
  /** The tool key whose budget of calls is charged; `null` if they are not counted. */
  readonly payerId: string | null;
  /** The expiry that is announced to callers, epoch milliseconds. */
  readonly announcedEnd: number | null;
}

/** The caller that a verified credential authenticates. */
export interface VerifiedCredential {
  readonly user: AuthenticatedUser;
  /** A JWT has none. */
  readonly terms?: KeyTerms;
}

/** The caller that a verified key authenticates, and the terms of the key. */
export interface VerifiedKey extends VerifiedCredential {
  readonly terms: KeyTerms;
}

/** Turns one kind of credential into a principal. */
export abstract class CredentialVerifier {
  /** The principal, if the credential was verified before and is still good; no I/O, never throws. */
  abstract getCached(credential: string, request: Pick<HttpRequest, 'ip'>): VerifiedCredential | undefined;

  /** True if `verify` would query the database for a credential that anyone could have made up. */
  abstract needsLookup(credential: string): boolean;

  /** True if `verify` asks the application, which is not asked twice for one request. */
  asksApplication(_credential: string): boolean {
    return false;
  }

  /** The 401 for a credential that is known to be bad without `verify`; no I/O, never throws. */
  abstract rejectedAtOnce(credential: string): AuthError | undefined;

  /** Rejects with an `AuthError`: 401 for a bad credential, 503 when that cannot be found out. */
  abstract verify(
    credential: string,
    origin: RequestOrigin,
    requester?: ReadOptions,
  ): Promise<VerifiedCredential>;
}

/** Why a key was rejected: the `cause` of an error, for logs and counts, never part of an answer. */
export interface KeyRejection {
  readonly outcome: Outcome;
  /** If the key is known. */
  readonly key?: KeyRef;
}

export function isKeyRejection(cause: unknown): cause is KeyRejection {
  return typeof cause === 'object' && cause !== null && 'outcome' in cause;
}

/** Why a key was rejected, if the error is such a rejection. */
export function keyRejectionOf(error: unknown): KeyRejection | undefined {
  return error instanceof AuthError && isKeyRejection(error.cause) ? error.cause : undefined;
}
