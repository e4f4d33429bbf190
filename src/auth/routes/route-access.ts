import {
  delegableScopes,
  type Role,
  type Scope,
  type ScopeHolder,
  scopesOfPersonalKey,
  scopesOfRole,
  scopesOfUser,
} from '../../principal/scopes.js';
import {
  admitsBounded,
  admittedMark,
  asksForGrants,
  type CallerKind,
  callerKinds,
  type GuardClass,
  isOpenedByBaseOnly,
  lacksGrants,
  optionalMark,
  rulesOfRoute,
  saysPublic,
} from '../route-rules.js';

/** Who can call a route, as its guards decide. */
export interface RouteAccess {
  /** The guards of Gatehouse that check a request to it, the global ones first. */
  readonly guards: readonly GuardClass[];
  /** Whether `@Public()` opens it to everyone. */
  readonly isPublic: boolean;
  /** Whether `@Public()`, a guard, or one of `ownGuards` decides who can call it. A global optional guard does not count. */
  readonly isDecided: boolean;
  /** Only a class that the controller extends opens it, which leaves it closed, or undecided. */
  readonly isOpenedByBase: boolean;
  /** It requires scopes or a role, and no guard checks them. */
  readonly isUnchecked: boolean;
  readonly admitsAnonymous: boolean;
  /** The callers that the guards allow, before scopes and roles are checked. */
  readonly kinds: readonly CallerKind[];
  /** The callers of `kinds` that can hold the required scopes and roles. */
  readonly admits: readonly CallerKind[];
  /** Whether a person's bounded token is allowed, if it holds the scopes. */
  readonly admitsBounded: boolean;
  readonly scopes: readonly Scope[];
  readonly roles: readonly Role[];
}

/** The most that each kind of caller can hold. */
const mostOf: Record<CallerKind, ScopeHolder> = {
  jwt: { scopes: scopesOfUser },
  personal_key: { scopes: scopesOfPersonalKey },
  service_key: { scopes: [...scopesOfUser, ...scopesOfRole.admin] },
  tool_key: { scopes: delegableScopes(scopesOfRole.admin), source: { type: 'tool_key' } },
  custom_person: { scopes: scopesOfUser },
  custom_program: { scopes: scopesOfUser },
};

/** Reads off what the decorators of the route mean under these guards of the whole application, and one of `ownGuards`. */
export function accessOf(
  controller: object,
  handler: object,
  globalGuards: readonly GuardClass[],
  hasOwnGuard = false,
): RouteAccess {
  const rules = rulesOfRoute(controller, handler);
  const { isPublic, isOptional } = rules;
  const given = globalGuards.filter((guard) => !isOptional || optionalMark in guard);
  const guards = isPublic ? [] : [...given, ...rules.guards];
  const isLookedAt = globalGuards.length > 0 || rules.guards.length > 0;
  const asksForAny = asksForGrants(controller) || asksForGrants(handler);
  const isGuarded =
    rules.guards.length > 0 ||
    globalGuards.some((guard) => !(optionalMark in guard)) ||
    (isLookedAt && asksForAny);
  const asksForMore = guards.length > 0;
  const scopes = asksForMore ? rules.scopes : [];
  const roles = asksForMore ? rules.roles : [];
  const needsCredential =
    scopes.length > 0 || roles.length > 0 || guards.some((guard) => !(optionalMark in guard));
  const isUnchecked = !isLookedAt && asksUnheard(controller, handler);
  const kinds = callerKinds.filter((kind) => guards.every((guard) => guard[admittedMark].includes(kind)));
  const admits = kinds.filter((kind) => !lacksGrants(mostOf[kind], { scopes, roles }));
  return {
    guards,
    isPublic,
    isDecided: isGuarded || ((hasOwnGuard || isNamedPublic(controller, handler)) && !isUnchecked),
    isOpenedByBase: isOpenedByBaseOnly(controller, handler),
    isUnchecked,
    admitsAnonymous: !needsCredential,
    kinds,
    admits,
    admitsBounded:
      isPublic ||
      (admits.includes('jwt') && admitsBounded({ scopes, roles, allowsBounded: rules.allowsBounded })),
    scopes,
    roles,
  };
}

/** Beside a guard of the application itself, `@Public()` says that Gatehouse has nothing to do there. */
function isNamedPublic(controller: object, handler: object): boolean {
  return saysPublic(handler) || saysPublic(controller);
}

/** `@Public()` on a route takes back what its controller asks for, and nothing that the route asks for itself. */
function asksUnheard(controller: object, handler: object): boolean {
  return asksForGrants(handler) || (asksForGrants(controller) && !saysPublic(handler));
}
