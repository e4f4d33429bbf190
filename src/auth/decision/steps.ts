import { setLimitHeaders } from '../../http/response-headers.js';
import { AuthError } from '../../principal/auth-error.js';
import { type AuthenticatedUser, isBounded } from '../../principal/authenticated-user.js';
import { scopesLackedBy, scopesOfRole } from '../../principal/scopes.js';
import type { KeyUsage } from '../../usage/key-usage.js';
import { isCrossSite } from '../credentials/cross-site.js';
import { type ChosenOwner, OwnerChoice } from '../owners/owner-choice.js';
import { admitsBounded, lacksRole, type RouteRules } from '../route-rules.js';
import { keyRejectionOf, type KeyTerms } from '../verifiers/verified-credential.js';
import type { Attempt, ExaminedCredential } from './attempt.js';
import { errorOf } from './credential-verification.js';
import type { KeyCharges } from './key-charges.js';
import type { Rejection, Step, StepServices } from './run-steps.js';

/**
 * The order in which a request is decided: who sends it, once for each request, then whether the route admits them, for
 * each guard. `explain` runs the same steps without committing, and past the first rejection.
 */
export const identification: readonly Step[] = [
  readCredentials,
  verifyCredential,
  confineAgents,
  rejectCrossSite,
  chooseOwner,
];
export const admission: readonly Step[] = [
  admitCaller,
  checkBounds,
  checkRoles,
  checkScopes,
  chargeKey,
  recordUse,
];

/** What `POST /api/v1/api-keys/verify` decides about a key: whether it is valid, then whether it may do what is asked. */
export const keyValidity: readonly Step[] = [verifyKey, chooseOwner];
export const keyUse: readonly Step[] = [checkBounds, checkScopes, chargeKey, recordUse];

function readCredentials(attempt: Attempt, { reader }: StepServices): undefined {
  attempt.credentials ??= reader.read(attempt.request);
}

/** A key that is explained was looked up before: nothing is counted against its sender. */
export function verifyCredential(
  attempt: Attempt,
  { verification, owners }: StepServices,
): Rejection | Promise<Rejection> {
  const { examined } = attempt;
  if (examined === undefined) return verification.verify(attempt);
  return examine(attempt, examined, owners);
}

/** The one credential of the attempt, for an owner that asks about it. */
async function verifyKey(attempt: Attempt, { verification }: StepServices): Promise<Rejection> {
  const [key] = attempt.credentials ?? [];
  if (key === undefined) return new AuthError('MISSING_TOKEN');
  try {
    attempt.actAs(await verification.verifyOne(key, attempt.origin, attempt.requester));
    attempt.credential = key;
    return undefined;
  } catch (error) {
    return errorOf(error);
  }
}

/** A request with `X-Agent-Context` must not act as a person. Any value but `0` says that an agent sends it. */
export function confineAgents(attempt: Attempt, { options }: StepServices): Rejection {
  const { user, request } = attempt;
  if (options.confineAgents !== true || user === undefined || user.userId === null) return undefined;
  const mark = request.headers['x-agent-context'];
  if (mark === undefined || mark === '0') return undefined;
  attempt.outcome = 'AGENT_CONTEXT';
  return new AuthError('AGENT_CONTEXT');
}

/** A credential that browsers send by themselves counts only in requests of the application's own pages. */
export function rejectCrossSite(attempt: Attempt, { options }: StepServices): Rejection {
  const { credential, request } = attempt;
  if (credential?.isAmbient !== true || !isCrossSite(request, options.allowedOrigins)) return undefined;
  attempt.outcome = 'CROSS_SITE';
  return new AuthError('FORBIDDEN', { message: 'This request comes from a page of another site.' });
}

export function chooseOwner(attempt: Attempt, services: StepServices): Rejection | Promise<Rejection> {
  const { request, user, terms } = attempt;
  if (user === undefined || !services.owners.mustChoose(request)) return undefined;
  const chosen = services.owners.choose(request, { user, terms });
  return chosen instanceof Promise ? actAsLate(attempt, chosen, services) : actAs(attempt, chosen);
}

export function admitCaller(attempt: Attempt): Rejection {
  const { user, rejection, guard, rules, request } = attempt;
  if (user === undefined) return rejection ?? new AuthError('MISSING_TOKEN');
  const error = guard.rejectionOf(user, rules, request);
  return error === undefined ? undefined : keptOut(attempt, error);
}

/** A route that asks for no scope does not say whether the consent behind a bounded token covers it. */
export function checkBounds(attempt: Attempt): Rejection {
  const { user, rules, isDeciding } = attempt;
  if (!isDeciding || user === undefined || !isBounded(user.source) || admitsBounded(rules)) return undefined;
  attempt.dropsUser = true;
  return keptOut(attempt, new AuthError('FORBIDDEN', { message: boundedMessage }));
}

const boundedMessage =
  'This credential is limited to its scopes, and this route declares none. Use a first-party client or a personal key, or let the route declare @RequireScopes() or @AllowBounded().';

export function checkRoles(attempt: Attempt): Rejection {
  const { user, rules, isDeciding } = attempt;
  if (!isDeciding || user === undefined || !lacksRole(user, rules.roles)) return undefined;
  return keptOut(attempt, new AuthError('FORBIDDEN'));
}

export function checkScopes(attempt: Attempt): Rejection {
  const { user, rules, isDeciding } = attempt;
  if (!isDeciding || user === undefined || rules.scopes.length === 0) return undefined;
  const missing = scopesLackedBy(user, rules.scopes);
  if (missing.length === 0) return undefined;
  const details = { required: rules.scopes, granted: user.scopes, missing };
  return keptOut(attempt, new AuthError('INSUFFICIENT_SCOPE', { details }));
}

/** The last check, so that a request which is rejected for another reason costs nothing. */
export function chargeKey(attempt: Attempt, { charges }: StepServices): Rejection | Promise<Rejection> {
  const { terms, rules, isDeciding, isAdmitted } = attempt;
  if (!isDeciding || isAdmitted || terms === undefined || rules.isFree) return undefined;
  if (terms.limit === null && terms.payerId === null) return undefined;
  return charge(attempt, terms, charges);
}

/** Other guards of the route find nothing left to charge or count; what they ask for is needed, too. */
function recordUse(attempt: Attempt, { usage }: StepServices): undefined {
  const { user, terms, rules, isDeciding, isAdmitted, commits } = attempt;
  if (!isDeciding || user === undefined) return;
  if (commits && terms !== undefined) recordNeeds(user, rules, usage);
  if (isAdmitted) return;
  attempt.admit();
  if (commits && attempt.isUse && terms !== undefined) usage.touch(user, terms.key, () => attempt.origin);
}

/** A role is needed for all of its scopes. */
function recordNeeds(user: AuthenticatedUser, { scopes, roles }: RouteRules, usage: KeyUsage): void {
  if (scopes.length > 0) usage.needed(user, scopes);
  for (const role of roles) usage.needed(user, scopesOfRole[role]);
}

/** What a rejection by the rules of a route counts as: in the usage of a key, and in the trail for a bounded token. */
function keptOut(attempt: Attempt, error: Error): Error {
  const { user, terms } = attempt;
  const isCounted = terms !== undefined || (user !== undefined && isBounded(user.source));
  const isOfCredential = error instanceof AuthError && error.getStatus() === 401;
  attempt.outcome = isCounted && !isOfCredential ? 'INSUFFICIENT_SCOPE' : undefined;
  return error;
}

async function examine(
  attempt: Attempt,
  { verified, error }: ExaminedCredential,
  owners: OwnerChoice,
): Promise<Rejection> {
  if (verified === undefined) return error;
  attempt.actAs(verified);
  try {
    attempt.actAs(await owners.confirmHolder(verified));
  } catch (rejection) {
    attempt.holderRejection = errorOf(rejection);
  }
  return error ?? attempt.holderRejection;
}

async function actAsLate(
  attempt: Attempt,
  late: Promise<ChosenOwner>,
  { verification }: StepServices,
): Promise<Rejection> {
  const { credential, origin, requester } = attempt;
  const chosen = await late;
  if (chosen instanceof AuthError || credential === undefined) return actAs(attempt, chosen);
  // The application took its time: the credential may have ended.
  return actAs(attempt, (await verification.recheck(credential, origin, requester)) ?? chosen);
}

function actAs(attempt: Attempt, chosen: ChosenOwner): Rejection {
  if (chosen instanceof AuthError) {
    attempt.outcome = keyRejectionOf(chosen)?.outcome;
    return chosen;
  }
  attempt.actAs(chosen);
  return undefined;
}

async function charge(attempt: Attempt, terms: KeyTerms, charges: KeyCharges): Promise<Rejection> {
  const { commits, response, rules, whole } = attempt;
  const isMetered = !rules.isUnmetered;
  attempt.dropsUser = true;
  attempt.outcome = undefined;
  try {
    const charged = commits ? charges.charge(terms, isMetered, whole) : charges.preview(terms, isMetered);
    const { limit, lacks } = (attempt.allowance = await charged);
    if (limit !== null && response !== undefined) setLimitHeaders(response, limit);
    attempt.dropsUser = lacks !== null;
    if (lacks === null) return undefined;
    attempt.outcome = lacks;
    const retryAfterSeconds = lacks === 'RATE_LIMITED' ? limit?.resetSeconds : undefined;
    return new AuthError(lacks, { retryAfterSeconds, cause: { outcome: lacks, key: terms.key } });
  } catch (error) {
    return errorOf(error);
  }
}
