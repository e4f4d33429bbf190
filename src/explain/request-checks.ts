import { checkBounds, chooseOwner, confineAgents, checkRoles, checkScopes } from '../auth/decision/steps.js';
import { type CredentialSource, isBounded } from '../principal/authenticated-user.js';
import { scopesLackedBy } from '../principal/scopes.js';
import { type ExplainedCheck, judged, skipped } from './explained-check.js';
import type { ExplainedRequest } from './request-explainer.js';
import type { FoundRoute } from './route-finder.js';

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

/** Whether there is a route: it is found before a guard is asked. */
export function checkOfRoute(
  method: string,
  route: FoundRoute | undefined,
  explained: ExplainedRequest | undefined,
): ExplainedCheck {
  const saw = { method, route: route?.pattern ?? null, isOpen: explained?.isOpen ?? route !== undefined };
  return judged('route', route === undefined, saw);
}

/** What is checked after the key itself, in this order. */
export function checksOfRequest(
  explained: ExplainedRequest,
  askedOwner: string | undefined,
): ExplainedCheck[] {
  const { attempt, rejections, guards, limit } = explained;
  const { user, terms, holderRejection } = attempt;
  if (user === undefined) {
    const [, ...others] = skippedChecks('There is no user behind a text that is no key.');
    return [checkOfAddress(explained), ...others];
  }
  const isForeign = holderRejection !== undefined || rejections.has(chooseOwner);
  const rules = guards.filter(({ isDeciding }) => isDeciding).map((guard) => guard.rules);
  const required = [...new Set(rules.flatMap(({ scopes }) => scopes))];
  return [
    checkOfAddress(explained),
    judged('confinement', rejections.has(confineAgents), { userId: user.userId }),
    judged('membership', isForeign, {
      asked: askedOwner ?? null,
      actsFor: isForeign ? null : user.ownerId,
    }),
    judged('guard', explained.rejectedBy !== null, {
      source: user.source.type,
      guards: guards.map(({ name }) => name),
      keptOutBy: explained.rejectedBy,
      notAsked: explained.notAsked,
    }),
    ...(user.source.type === 'jwt' || isBounded(user.source)
      ? [checkOfBounds(user.source, rejections.has(checkBounds))]
      : []),
    judged('role', rejections.has(checkRoles), {
      role: user.role,
      required: [...new Set(rules.flatMap(({ roles }) => roles))],
    }),
    judged('scopes', rejections.has(checkScopes), {
      required,
      granted: user.scopes,
      missing: scopesLackedBy(user, required),
    }),
    judged('rate_limit', limit?.exceeded ?? false, {
      lineageId: terms?.limit?.lineageId ?? null,
      state: limit,
    }),
    checkOfBudget(explained),
  ];
}

/** Of a token, an access key, and a key that a bounded credential made. */
function checkOfBounds(source: CredentialSource, fails: boolean): ExplainedCheck {
  const { clientId = null, boundedUntil = null } = source.type === 'jwt' ? source : {};
  return judged('bounds', fails, { clientId, boundedUntil });
}

/** Checks that cannot be made, and why. */
export function skippedChecks(reason: string): ExplainedCheck[] {
  return afterKey.map((check) => skipped(check, reason));
}

/** Whether the address has sent too many bad credentials, as this process counts them. */
function checkOfAddress({ isAddressLimited, seesAddress }: ExplainedRequest): ExplainedCheck {
  // Other callers send from it too, and what they did is not for every owner to know.
  if (!seesAddress) return skipped('address', 'Only an admin can see the failures of an address.');
  return judged('address', isAddressLimited, {});
}

function checkOfBudget({ attempt, guards }: ExplainedRequest): ExplainedCheck {
  const { allowance } = attempt;
  const payerId = attempt.terms?.payerId ?? null;
  const isUnmetered = guards.some(({ isDeciding, rules }) => isDeciding && rules.isUnmetered);
  const isCounted = payerId !== null && !isUnmetered;
  if (!isCounted) return judged('budget', false, { payerId, isCounted });
  if (allowance === undefined || allowance.lacks === 'RATE_LIMITED')
    return skipped('budget', 'The request is rejected before this check.');
  const { lacks, callsLeft } = allowance;
  return judged('budget', lacks !== null, { payerId, isCounted, callsLeft });
}
