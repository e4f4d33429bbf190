import type { FoundRoute } from '../auth/explain/route-finder.js';
import type { Rehearsed } from '../auth/explain/request-rehearsal.js';
import { refusalOf, type VerifiedKey } from '../auth/verifiers/verified-credential.js';
import { type ExplainedCheck, judged, skipped } from './explained-check.js';
import { HttpException } from '@nestjs/common';
import { outcomeOf } from '../auth/decision-counts.js';
import { AuthError } from '../principal/auth-error.js';
import type { KeyExplanation } from './explain.schemas.js';

const afterKey = [
  'address',
  'confinement',
  'membership',
  'guard',
  'role',
  'scopes',
  'rate_limit',
  'budget',
] as const;

/** Whether there is a route, which is found before anything is asked. */
export function checkOfRoute(
  method: string,
  route: FoundRoute | undefined,
  rehearsed: Rehearsed | undefined,
): ExplainedCheck {
  const saw = { method, route: route?.pattern ?? null, isOpen: rehearsed?.isOpen ?? route !== undefined };
  return judged('route', route === undefined, saw);
}

/** What is asked of the bearer of a key on this route, in this order. */
export function checksOfRequest(
  { limit, payerId }: VerifiedKey['terms'],
  user: VerifiedKey['user'],
  rehearsed: Rehearsed,
  asked: string | undefined,
): ExplainedCheck[] {
  const { confined, disowned, rules, unasked } = rehearsed;
  return [
    checkOfAddress(rehearsed),
    judged('confinement', confined !== undefined, { userId: user.userId }),
    judged('membership', disowned !== undefined, {
      asked: asked ?? null,
      actsFor: disowned === undefined ? user.ownerId : null,
    }),
    judged('guard', rules.keptOutBy !== null, {
      source: user.source.type,
      guards: rules.guards,
      keptOutBy: rules.keptOutBy,
      notAsked: unasked,
    }),
    judged('role', rules.lacksRole, { role: user.role, required: rules.roles }),
    judged('scopes', rules.missing.length > 0, {
      required: rules.scopes,
      granted: user.scopes,
      missing: rules.missing,
    }),
    judged('rate_limit', rehearsed.limit?.exceeded ?? false, {
      lineageId: limit?.lineageId ?? null,
      state: rehearsed.limit,
    }),
    checkOfBudget(payerId, rehearsed),
  ];
}

/** How many bad credentials the address has sent, as this process counts them. */
export function checkOfAddress({ isAddressOver, seesAddress }: Rehearsed): ExplainedCheck {
  // Others send from it too, and what they did is not for every owner to know.
  if (!seesAddress) return skipped('address', 'Only an admin is told about the failures of an address.');
  return judged('address', isAddressOver, {});
}

/** What cannot be asked, and why. */
export function skippedChecks(reason: string): ExplainedCheck[] {
  return afterKey.map((check) => skipped(check, reason));
}

function checkOfBudget(payerId: string | null, { allowance, rules }: Rehearsed): ExplainedCheck {
  if (payerId === null || rules.isUnmetered)
    return judged('budget', false, { payerId, isCounted: payerId !== null && !rules.isUnmetered });
  if (allowance === undefined || allowance.lacks === 'RATE_LIMITED')
    return skipped('budget', 'The request does not get as far as that.');
  return judged('budget', allowance.lacks !== null, {
    payerId,
    isCounted: true,
    callsLeft: allowance.callsLeft,
  });
}

type Result = KeyExplanation['result'];

const unasked: Result = { admitted: true, as: null, status: null, code: null, outcome: null };

/** What a request is answered that was led as far as this. `refused`: what there is against the key itself. */
export function resultOf(
  route: FoundRoute | undefined,
  rehearsed: Rehearsed | undefined,
  refused: AuthError | undefined,
): Result {
  if (route === undefined) return { ...unasked, admitted: false, ...answerOf(new AuthError('NOT_FOUND')) };
  if (rehearsed === undefined || rehearsed.isOpen) return unasked;
  const { error, isKnown } = rehearsed;
  if (error !== undefined)
    return { admitted: false, as: null, ...answerOf(error), outcome: outcomeOf(error) };
  const outcome = isKnown ? 'VALID' : (refusalOf(refused)?.outcome ?? outcomeOfLoss(rehearsed));
  return { ...unasked, as: isKnown ? 'key' : 'nobody', outcome };
}

/** Of a key that is good in itself. */
function outcomeOfLoss({ confined, disowned, allowance }: Rehearsed): string {
  if (confined !== undefined) return 'AGENT_CONTEXT';
  return disowned === undefined ? (allowance?.lacks ?? 'VALID') : outcomeOf(disowned);
}

function answerOf(error: unknown): Pick<Result, 'status' | 'code'> {
  if (error instanceof AuthError) return { status: error.getStatus(), code: error.code };
  return { status: error instanceof HttpException ? error.getStatus() : 500, code: null };
}
