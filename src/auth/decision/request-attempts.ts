import type { HttpRequest } from '../../http/http-request.js';
import { type AuthenticatedUser, isAuthenticatedUser } from '../../principal/authenticated-user.js';
import type { Credential, CredentialKind } from '../credentials/credential-reader.js';
import { Attempt } from './attempt.js';

const key = Symbol('gatehouse attempt');

/** The attempts of Passport strategies, by kind of credential. */
const byKind = Symbol('gatehouse attempts by kind');

type Attempted = HttpRequest & { [key]?: Attempt; [byKind]?: Map<CredentialKind, Attempt> };

/** The attempt of this request: the same for every guard. */
export function attemptOf(request: Attempted): Attempt {
  return (request[key] ??= new Attempt(request));
}

/** Starts the attempt of a GraphQL field, which is part of that of its operation. */
export function attemptWithin(field: Attempted, whole: Attempt): void {
  whole.hasFields = true;
  field[key] = new Attempt(field, { whole });
}

/**
 * The attempt with only those of the credentials that are of one kind, which is that of the guards where the same kind has
 * decided. `undefined` if there are none.
 */
export async function attemptByKind(
  request: Attempted,
  kind: CredentialKind,
  credentials: readonly Credential[],
): Promise<Attempt | undefined> {
  await request[key]?.identifying;
  if (request[key]?.credential?.kind === kind) return request[key];
  const attempts = (request[byKind] ??= new Map());
  const ofKind = credentials.filter((credential) => credential.kind === kind);
  if (ofKind.length > 0 && !attempts.has(kind))
    attempts.set(kind, new Attempt(request, { credentials: ofKind }));
  return attempts.get(kind);
}

/** From here on it is the attempt of its request. */
export function makeCurrent(attempt: Attempt): void {
  (attempt.request as Attempted)[key] = attempt;
}

/** Sets `request.user`, unless another attempt decides the request. */
export function publishUser(attempt: Attempt): void {
  const { request, user } = attempt;
  if (attemptOf(request) === attempt) request.user = user;
}

/**
 * The principal of a request that a guard has admitted; `undefined` if it is anonymous. Where no Gatehouse guard ran it is
 * `request.user`, if a guard of the application or a fake has put a principal there.
 */
export function currentUser(request: Attempted): AuthenticatedUser | undefined {
  const { [key]: attempt, user } = request;
  if (attempt === undefined) return isAuthenticatedUser(user) ? user : undefined;
  // A field without guards has the user of an operation that a guard of another field has admitted.
  if (!attempt.isIdentified || (attempt.hasFields && !attempt.isAdmitted)) return undefined;
  return attempt.user;
}
