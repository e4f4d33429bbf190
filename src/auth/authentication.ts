import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import type { HttpRequest } from '../http/http-request.js';
import type { KeyTerms } from './verifiers/verified-credential.js';

/** What was found out about the bearer of a request: a principal, an error, or (neither) that no credential was sent. */
export interface Authentication {
  readonly user?: AuthenticatedUser;
  readonly error?: unknown;
  /** What the answer is bound to, until a guard has seen to it. */
  readonly terms?: KeyTerms;
  /** A guard has let the request in, for good as far as it is concerned. */
  readonly isSettled?: boolean;
}

export const nobody: Authentication = Object.freeze({});

const found = Symbol('gatehouse authentication');

type Found = Authentication | Promise<Authentication>;

/** What an earlier guard found out about this request, or is finding out. */
export function remembered(request: HttpRequest & { [found]?: Found }): Found | undefined {
  return request[found];
}

export function remember<T extends Found>(request: HttpRequest & { [found]?: Found }, authentication: T): T {
  request[found] = authentication;
  return authentication;
}

/** The principal of a request that a guard of ours has let in; `undefined` for nobody. */
export function currentUser(request: HttpRequest): AuthenticatedUser | undefined {
  const known = remembered(request);
  return known === undefined || known instanceof Promise ? undefined : known.user;
}
