import type { Role, Scope } from '../../principal/scopes.js';
import type { RequestOrigin } from '../../principal/authenticated-user.js';

/** Where requests carry it: all of a header, one cookie, or what follows a scheme (`Basic`) in `Authorization`. */
export type CredentialPlace =
  | { readonly header: string; readonly cookie?: undefined; readonly scheme?: undefined }
  | { readonly cookie: string; readonly header?: undefined; readonly scheme?: undefined }
  | { readonly scheme: string; readonly header?: undefined; readonly cookie?: undefined };

/** A share of what a person may do within its own owner. By default a person has all of it, and a program nothing. */
interface Holds {
  readonly role?: Exclude<Role, 'admin'> | null;
  /** In place of the role's. */
  readonly scopes?: readonly Scope[] | null;
}

/** A person, who is the user of this issuer and subject: the same as with a JWT of theirs, and made on the first login. */
export interface PersonWithCredential extends Holds {
  readonly person: { readonly issuer: string; readonly subject: string; readonly email?: string | null };
  readonly program?: undefined;
}

/** A program of one owner; its id, of 1 to 100 characters, is part of the audit trail. */
export interface ProgramWithCredential extends Holds {
  readonly program: { readonly id: string; readonly ownerId: string };
  readonly person?: undefined;
}

/** Who a good credential stands for. */
export type CredentialHolder = PersonWithCredential | ProgramWithCredential;

/**
 * A credential of the application's own, beside JWTs, API keys and tool keys, and looked for after those; see
 * `AuthModule.forRoot`. An absent one goes on to the next, a bad one ends the request with its 401, as does one that was
 * sent twice.
 */
export abstract class CustomCredential {
  /** Tells it from others in logs, the audit trail and OpenAPI: 1 to 32 of `a-z0-9_-`, a letter first. */
  abstract readonly name: string;
  abstract readonly place: CredentialPlace;
  /**
   * How many seconds a good one counts as good, from whichever address it comes, without being asked about again, 3600 at
   * most; it is not, unless given.
   */
  readonly rememberedForSeconds: number = 0;
  /**
   * Whether browsers send it by themselves, as they do with a cookie and with `Basic`, `Digest`, `Negotiate` and `NTLM`,
   * which is the default for those. Say `true` for the header of a proxy that verifies client certificates. It then
   * counts for an unsafe method only in requests of this application's own pages and those of `allowedOrigins`.
   */
  readonly isAmbient?: boolean;

  /**
   * Who it stands for, or `undefined` for a bad one. An `AuthError` of 401 in its place tells the caller another code. To
   * throw anything else, or to take more than 3 s, answers the request with 503.
   */
  abstract verify(credential: string, origin: RequestOrigin): Promise<CredentialHolder | undefined>;
}

/** Token of the credentials that an application has of its own. */
export const customCredentials = Symbol('custom credentials');
