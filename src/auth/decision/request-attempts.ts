import type { HttpRequest } from '../../http/http-request.js';
import { type AuthenticatedUser, isAuthenticatedUser } from '../../principal/authenticated-user.js';
import type { Credential, CredentialKind } from '../credentials/credential-reader.js';
import { Attempt } from './attempt.js';

const key = Symbol('gatehouse attempt');

/** The attempts of Passport strategies, by kind of credential. */
const byKind = Symbol('gatehouse attempts by kind');

interface Attempts {
  [key]?: Attempt;
  [byKind]?: Map<CredentialKind, Attempt>;
}

type Attempted = HttpRequest & Attempts & { readonly raw?: Attempts };

/** The attempt of this request: the same for every guard, and for the request of Node behind one of Fastify, which middleware gets. */
export function attemptOf(request: Attempted): Attempt {
  return request[key] ?? firstAttemptOf(request);
}

function firstAttemptOf(request: Attempted): Attempt {
  const ofNode = request.raw?.[key];
  ofNode?.moveTo(request);
  return keep(request, ofNode ?? new Attempt(request));
}

/** Stored on both, so that it is found on the request itself: one of Express has no `raw` to search. */
function keep(request: Attempted, attempt: Attempt): Attempt {
  request[key] = attempt;
  if (request.raw !== undefined) request.raw[key] = attempt;
  return attempt;
}

/** Whether the handler of the message that a request carries is decided with the request. */
export function isOneMessage(carrier: object): carrier is HttpRequest {
  return knownAttemptOf(carrier)?.hasOneMessage === true;
}

function knownAttemptOf(request: Attempts & { readonly raw?: Attempts }): Attempt | undefined {
  return request[key] ?? request.raw?.[key];
}

/** Starts the attempt of a GraphQL field, which is part of that of its operation. */
export function attemptWithin(field: Attempted, whole: Attempt): void {
  whole.hasFields = true;
  keep(field, new Attempt(field, { whole }));
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
  await knownAttemptOf(request)?.identifying;
  if (knownAttemptOf(request)?.credential?.kind === kind) return attemptOf(request);
  const attempts: Attempts = request.raw ?? request;
  const kinds = (attempts[byKind] ??= new Map<CredentialKind, Attempt>());
  const ofKind = credentials.filter((credential) => credential.kind === kind);
  if (ofKind.length > 0 && !kinds.has(kind)) kinds.set(kind, new Attempt(request, { credentials: ofKind }));
  return kinds.get(kind);
}

/** From here on it is the attempt of its request. */
export function makeCurrent(attempt: Attempt): void {
  keep(attempt.request, attempt);
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
  const attempt = knownAttemptOf(request);
  if (attempt === undefined) return isAuthenticatedUser(request.user) ? request.user : undefined;
  // A field without guards has the user of an operation that a guard of another field has admitted.
  if (!attempt.isIdentified || (attempt.hasFields && !attempt.isAdmitted)) return undefined;
  return attempt.user;
}
