import type { FoundRoute } from '../auth/explain/route-finder.js';
import type { Rehearsed } from '../auth/explain/request-rehearsal.js';
import type { VerifiedKey } from '../auth/verifiers/verified-credential.js';
import { type ExplainedCheck, judged, skipped } from './explained-check.js';

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
