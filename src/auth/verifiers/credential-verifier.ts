import type { AuthError } from '../../principal/auth-error.js';
import type { RequestOrigin } from '../../principal/request-origin.js';
import type { HttpRequest } from '../../http/http-request.js';
import type { VerifiedCredential } from './verified-credential.js';

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
