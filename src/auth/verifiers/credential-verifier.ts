import type { AuthenticatedUser } from '../../principal/authenticated-user.js';
import type { RequestOrigin } from '../../principal/request-origin.js';

/** Turns one kind of credential into a principal. */
export abstract class CredentialVerifier {
  /** The principal when the credential was verified before and nothing is against it now; no I/O, never throws. */
  abstract recall(credential: string): AuthenticatedUser | undefined;

  /** The principal, or an `AuthError`: a 401 when the credential is bad, a 503 when that cannot be found out. */
  abstract verify(credential: string, origin: RequestOrigin): Promise<AuthenticatedUser>;
}
