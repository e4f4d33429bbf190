import { Inject, Injectable } from '@nestjs/common';
import { setLimitHeaders } from '../../http/response-headers.js';
import { AuthError } from '../../principal/auth-error.js';
import { scopesLackedBy } from '../../principal/scopes.js';
import { KeyUsage } from '../../usage/key-usage.js';
import { authModuleOptions } from '../auth.module-definition.js';
import type { AuthModuleOptions } from '../auth.options.js';
import { CredentialReader } from '../credentials/credential-reader.js';
import { isCrossSite } from '../credentials/cross-site.js';
import { type ChosenOwner, OwnerChoice } from '../owners/owner-choice.js';
import { lacksRole } from '../route-rules.js';
import { keyRefusalOf, type KeyTerms } from '../verifiers/verified-credential.js';
import type { Attempt, ExaminedCredential } from './attempt.js';
import { CredentialVerification, errorOf } from './credential-verification.js';
import { KeyCharges } from './key-charges.js';

type Refusal = Error | undefined;

/** Decides one thing and adds what it found out to the attempt. Returns nothing, or the refusal. */
export type Step = (attempt: Attempt, services: DecisionServices) => Refusal | Promise<Refusal>;

/**
 * The order in which a request is decided: who sends it, once for each request, then whether the route admits them, for
 * each guard. `explain` runs the same steps without committing, and past the first refusal.
 */
export const identification: readonly Step[] = [
  readCredentials,
  verifyCredential,
  confineAgents,
  rejectCrossSite,
  chooseOwner,
];
export const admission: readonly Step[] = [admitCaller, checkRoles, checkScopes, chargeKey, recordUse];

/** What `POST /api/v1/api-keys/verify` decides about a key: whether it is valid, then whether it may do what is asked. */
export const keyValidity: readonly Step[] = [verifyKey, chooseOwner];
export const keyUse: readonly Step[] = [checkScopes, chargeKey, recordUse];

/** What the steps work with. */
@Injectable()
export class DecisionServices {
  constructor(
    readonly reader: CredentialReader,
    readonly verification: CredentialVerification,
    readonly owners: OwnerChoice,
    readonly charges: KeyCharges,
    readonly usage: KeyUsage,
    @Inject(authModuleOptions) readonly options: AuthModuleOptions,
  ) {}
}

/** Runs steps up to the first refusal; at once unless a step has to wait. */
export function runSteps(
  steps: readonly Step[],
  attempt: Attempt,
  services: DecisionServices,
  from = 0,
): Refusal | Promise<Refusal> {
  for (let index = from; index < steps.length; index += 1) {
    const refusal = (steps[index] as Step)(attempt, services);
    if (refusal === undefined) continue;
    return refusal instanceof Promise ? goOn(refusal, steps, attempt, services, index + 1) : refusal;
  }
  return undefined;
}

// A closure in the loop would cost every request one allocation for each step.
async function goOn(
  waiting: Promise<Refusal>,
  steps: readonly Step[],
  attempt: Attempt,
  services: DecisionServices,
  next: number,
): Promise<Refusal> {
  return (await waiting) ?? runSteps(steps, attempt, services, next);
}

function readCredentials(attempt: Attempt, { reader }: DecisionServices): undefined {
  attempt.credentials ??= reader.read(attempt.request);
}

/** A key that is explained was looked up before: nothing is counted against its sender. */
export function verifyCredential(
  attempt: Attempt,
  { verification, owners }: DecisionServices,
): Refusal | Promise<Refusal> {
  const { examined } = attempt;
  if (examined === undefined) return verification.verify(attempt);
  return examine(attempt, examined, owners);
}

/** The one credential of the attempt, for an owner that asks about it. */
async function verifyKey(attempt: Attempt, { verification }: DecisionServices): Promise<Refusal> {
  const [key] = attempt.credentials ?? [];
  if (key === undefined) return new AuthError('MISSING_TOKEN');
  try {
    attempt.actAs(await verification.verifyOne(key, attempt.origin, attempt.asker));
    attempt.credential = key;
    return undefined;
  } catch (error) {
    return errorOf(error);
  }
}

/** A request with `X-Agent-Context` must not act as a person. Any value but `0` says that an agent sends it. */
export function confineAgents(attempt: Attempt, { options }: DecisionServices): Refusal {
  const { user, request } = attempt;
  if (options.confineAgents !== true || user === undefined || user.userId === null) return undefined;
  const mark = request.headers['x-agent-context'];
  if (mark === undefined || mark === '0') return undefined;
  attempt.outcome = 'AGENT_CONTEXT';
  return new AuthError('AGENT_CONTEXT');
}

/** A credential that browsers send by themselves counts only in requests of the application's own pages. */
export function rejectCrossSite(attempt: Attempt, { options }: DecisionServices): Refusal {
  const { credential, request } = attempt;
  if (credential?.isAmbient !== true || !isCrossSite(request, options.allowedOrigins)) return undefined;
  attempt.outcome = 'CROSS_SITE';
  return new AuthError('FORBIDDEN', { message: 'This request comes from a page of another site.' });
}

export function chooseOwner(attempt: Attempt, services: DecisionServices): Refusal | Promise<Refusal> {
  const { request, user, terms } = attempt;
  if (user === undefined || !services.owners.mustChoose(request)) return undefined;
  const chosen = services.owners.choose(request, { user, terms });
  return chosen instanceof Promise ? actAsLate(attempt, chosen, services) : actAs(attempt, chosen);
}

export function admitCaller(attempt: Attempt): Refusal {
  const { user, refusal, guard } = attempt;
  if (user === undefined) return refusal ?? new AuthError('MISSING_TOKEN');
  const error = guard.refusalOf(user);
  return error === undefined ? undefined : keptOut(attempt, error);
}

export function checkRoles(attempt: Attempt): Refusal {
  const { user, rules, isDeciding } = attempt;
  if (!isDeciding || user === undefined || !lacksRole(user, rules.roles)) return undefined;
  return keptOut(attempt, new AuthError('FORBIDDEN'));
}

export function checkScopes(attempt: Attempt): Refusal {
  const { user, rules, isDeciding } = attempt;
  if (!isDeciding || user === undefined || rules.scopes.length === 0) return undefined;
  const missing = scopesLackedBy(user, rules.scopes);
  if (missing.length === 0) return undefined;
  const details = { required: rules.scopes, granted: user.scopes, missing };
  return keptOut(attempt, new AuthError('INSUFFICIENT_SCOPE', { details }));
}

/** The last check, so that a request which is refused for another reason costs nothing. */
export function chargeKey(attempt: Attempt, { charges }: DecisionServices): Refusal | Promise<Refusal> {
  const { terms, isDeciding, isAdmitted } = attempt;
  if (!isDeciding || isAdmitted || terms === undefined) return undefined;
  if (terms.limit === null && terms.payerId === null) return undefined;
  return charge(attempt, terms, charges);
}

/** Other guards of the route find nothing left to charge or record. */
function recordUse(attempt: Attempt, { usage }: DecisionServices): undefined {
  const { user, terms, isDeciding, isAdmitted } = attempt;
  if (!isDeciding || isAdmitted || user === undefined) return;
  attempt.isAdmitted = true;
  if (attempt.commits && terms !== undefined) usage.touch(user, terms.key, () => attempt.origin);
}

/** What a refusal by the rules of a route counts as in the usage of a key. */
function keptOut(attempt: Attempt, error: Error): Error {
  attempt.outcome = attempt.terms === undefined ? undefined : 'INSUFFICIENT_SCOPE';
  return error;
}

async function examine(
  attempt: Attempt,
  { verified, error }: ExaminedCredential,
  owners: OwnerChoice,
): Promise<Refusal> {
  if (verified === undefined) return error;
  attempt.actAs(verified);
  try {
    attempt.actAs(await owners.confirmIssuer(verified));
  } catch (refusal) {
    attempt.issuerRefusal = errorOf(refusal);
  }
  return error ?? attempt.issuerRefusal;
}

async function actAsLate(
  attempt: Attempt,
  late: Promise<ChosenOwner>,
  { verification }: DecisionServices,
): Promise<Refusal> {
  const { credential, origin, asker } = attempt;
  const chosen = await late;
  if (chosen instanceof AuthError || credential === undefined) return actAs(attempt, chosen);
  // The application took its time: the credential may have ended.
  return actAs(attempt, (await verification.recheck(credential, origin, asker)) ?? chosen);
}

function actAs(attempt: Attempt, chosen: ChosenOwner): Refusal {
  if (chosen instanceof AuthError) {
    attempt.outcome = keyRefusalOf(chosen)?.outcome;
    return chosen;
  }
  attempt.actAs(chosen);
  return undefined;
}

async function charge(attempt: Attempt, terms: KeyTerms, charges: KeyCharges): Promise<Refusal> {
  const { commits, response, rules } = attempt;
  const isMetered = !rules.isUnmetered;
  attempt.chargeFailed = true;
  attempt.outcome = undefined;
  try {
    const allowance = await (commits ? charges.charge(terms, isMetered) : charges.preview(terms, isMetered));
    const { limit, lacks } = (attempt.allowance = allowance);
    if (limit !== null && response !== undefined) setLimitHeaders(response, limit);
    attempt.chargeFailed = lacks !== null;
    if (lacks === null) return undefined;
    attempt.outcome = lacks;
    const retryAfterSeconds = lacks === 'RATE_LIMITED' ? limit?.resetSeconds : undefined;
    return new AuthError(lacks, { retryAfterSeconds, cause: { outcome: lacks, key: terms.key } });
  } catch (error) {
    return errorOf(error);
  }
}
