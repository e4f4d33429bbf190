import type { AuthError } from '../../principal/auth-error.js';
import type { CredentialKind } from '../credentials/credential.js';
import type { HttpRequest } from '../../http/http-request.js';
import type { VerifiedCredential } from '../verifiers/verified-credential.js';

/** Token of the strategies in use, one for each kind of credential, and for each that is the application's own. */
export const credentialStrategies = Symbol('CredentialStrategies');

/** A Passport strategy, or one like it, that also answers a repeated credential from memory, before Passport is entered. */
export interface CredentialStrategy {
  readonly kind: CredentialKind;
  /** Of a custom one. */
  readonly name?: string;
  /** See `CredentialVerifier.recall`. */
  recall(credential: string, request: Pick<HttpRequest, 'ip'>): VerifiedCredential | undefined;
  /** See `CredentialVerifier.refuse`. */
  refuse(credential: string): AuthError | undefined;
  /** See `CredentialVerifier.isStranger`. */
  isStranger(credential: string): boolean;
  /** Passport's entry; it reports through `success`, `fail` and `error` of the object it is called on. */
  authenticate(request: unknown, options?: unknown): void;
}
