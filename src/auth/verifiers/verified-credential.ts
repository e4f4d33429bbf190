import type { KeyRef } from '../../key-store/api-key.state.js';
import type { AuthenticatedUser, RequestOrigin } from '../../principal/authenticated-user.js';
import type { RateLimit } from '../../principal/grants.js';
import { AuthError } from '../../principal/auth-error.js';
import type { HttpRequest } from '../../http/http-request.js';
import type { Outcome } from '../../key-store/outcome.js';

/** What a request with a key is held to. */
export interface KeyTerms {
  readonly key: KeyRef;
  /** The limit that counts, and whose window: a tool key uses up that of the API key which issued it. */
  readonly limit: (RateLimit & { readonly lineageId: string }) | null;
  /** The tool key whose calls each request uses up, where they are counted. */
  readonly payerId: string | null;
  /** The end of the key as callers are told of it, epoch milliseconds. */
  readonly announcedEnd: number | null;
}

/** Who a good credential stands for. */
export interface VerifiedCredential {
  readonly user: AuthenticatedUser;
  /** Those of a key; a JWT has none. */
  readonly terms?: KeyTerms;
}

/** Who a good key stands for, and what it is held to. */
export interface VerifiedKey extends VerifiedCredential {
  readonly terms: KeyTerms;
}

/** Turns one kind of credential into a principal. */
export abstract class CredentialVerifier {
  /** The principal when the credential was verified before and nothing is against it now; no I/O, never throws. */
  abstract recall(credential: string, request: Pick<HttpRequest, 'ip'>): VerifiedCredential | undefined;

  /** True when `verify` would ask the database about a credential that may be anybody's invention. */
  abstract isStranger(credential: string): boolean;

  /** The 401 for a credential whose text alone tells that it is bad; no I/O, never throws. */
  abstract refuse(credential: string): AuthError | undefined;

  /** The principal, or an `AuthError`: a 401 when the credential is bad, a 503 when that cannot be found out. */
  abstract verify(credential: string, origin: RequestOrigin): Promise<VerifiedCredential>;
}

/** Why a key was refused: the `cause` of the error, for the log, and never part of an answer. */
export interface Refusal {
  readonly outcome: Outcome;
  /** Where the key is known. */
  readonly key?: KeyRef;
}

export function isRefusal(cause: unknown): cause is Refusal {
  return typeof cause === 'object' && cause !== null && 'outcome' in cause;
}

/** Why the key was refused, when that is what the error tells of. */
export function refusalOf(error: unknown): Refusal | undefined {
  return error instanceof AuthError && isRefusal(error.cause) ? error.cause : undefined;
}
