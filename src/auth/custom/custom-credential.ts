import type { Role, Scope } from '../../principal/scopes.js';
import type { RequestOrigin } from '../../principal/authenticated-user.js';

/** Where requests carry it: all of a header, one cookie, or what follows a scheme (`Basic`) in `Authorization`. */
export type CredentialPlace =
  | { readonly header: string; readonly cookie?: undefined; readonly scheme?: undefined }
  | { readonly cookie: string; readonly header?: undefined; readonly scheme?: undefined }
  | { readonly scheme: string; readonly header?: undefined; readonly cookie?: undefined };

/** A subset of the scopes of a person. By default a person has all of them, and a program has none. */
export interface HeldRights {
  readonly role?: Exclude<Role, 'admin'> | null;
  /** In place of the role's. */
  readonly scopes?: readonly Scope[] | null;
}

/** The user of this issuer and subject: the same as with a JWT, created on the first login. */
export interface PersonWithCredential extends HeldRights {
  readonly person: {
    readonly issuer: string;
    readonly subject: string;
    readonly email?: string | null;
    /** When the credential was issued, epoch milliseconds: a later sign-out ends it. If omitted, no sign-out does. */
    readonly issuedAt?: number;
  };
  readonly program?: undefined;
}

/** A program of one owner. Its id, 1 to 100 characters, is part of the audit trail. */
export interface ProgramWithCredential extends HeldRights {
  readonly program: { readonly id: string; readonly ownerId: string };
  readonly person?: undefined;
}

/** The caller that a valid credential authenticates. */
export type CredentialHolder = PersonWithCredential | ProgramWithCredential;

/**
 * A credential that the application defines, read after tool keys, API keys and JWTs; see
 * `AuthModule.forRoot`. If it is absent, the next one is tried; an invalid one, or one that was sent twice, is rejected
 * with 401.
 */
export abstract class CustomCredential {
  /** Its name in logs, the audit trail and OpenAPI: 1 to 32 of `a-z0-9_-`, a letter first. */
  abstract readonly name: string;
  abstract readonly place: CredentialPlace;
  /**
   * How many seconds a valid credential is cached, for any address, without another call of `verify`; at most 3600, by
   * default 0.
   */
  readonly rememberedForSeconds: number = 0;
  /**
   * Whether browsers send it automatically; by default true for a cookie and for `Basic`, `Digest`, `Negotiate` and
   * `NTLM`. Set it for the header of a proxy that verifies client certificates. An ambient credential
   * is accepted for an unsafe method only in requests from the application's own pages and `allowedOrigins`.
   */
  readonly isAmbient?: boolean;

  /**
   * Returns the caller, or `undefined` for an invalid credential; an `AuthError` of 401 responds with another code. To
   * throw anything else, or to take more than 3 s, is a 503.
   */
  abstract verify(credential: string, origin: RequestOrigin): Promise<CredentialHolder | undefined>;
}

/** Token of the custom credentials of the application. */
export const customCredentials = Symbol('custom credentials');
