import type { CanActivate, Type } from '@nestjs/common';
import { GUARDS_METADATA } from '@nestjs/common/constants.js';
import {
  type Role,
  type Scope,
  type ScopeHolder,
  scopesLackedBy,
  scopesOfRole,
} from '../principal/scopes.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';

export const publicMetadata = 'gatehouse:public';
export const scopesMetadata = 'gatehouse:scopes';
export const roleMetadata = 'gatehouse:role';
export const unmeteredMetadata = 'gatehouse:unmetered';
export const allowBoundedMetadata = 'gatehouse:allow-bounded';

/** Marks the guards of Gatehouse, so that they are found on a route without a list of them all. */
export const guardMark = Symbol('gatehouse guard');

/** Marks guards that also admit anonymous requests. */
export const optionalMark = Symbol('gatehouse optional guard');

/** Marks guards that decide a route alone: one that is set globally leaves the route to them. */
export const aloneMark = Symbol('gatehouse guard that decides alone');

/** Under it a guard keeps the kinds of callers that it admits. */
export const admittedMark = Symbol('gatehouse admitted callers');

type Target = object;

/** A guard of Gatehouse, as a class. */
export interface GuardClass extends Type<CanActivate> {
  readonly [guardMark]: true;
  readonly [admittedMark]: readonly CallerKind[];
}

/** What the decorators on a route and on its controller ask for. */
export interface RouteRules {
  /** No authentication: guards admit every request. */
  readonly isPublic: boolean;
  /** The route and its controller name only optional guards: a global guard leaves the request to them. */
  readonly isOptional: boolean;
  /** A guard that decides alone is named there. */
  readonly isDecidedAlone: boolean;
  /** The guards named on the controller and on the route. */
  readonly guards: readonly GuardClass[];
  /** Those of the controller and of the route together. */
  readonly scopes: readonly Scope[];
  readonly roles: readonly Role[];
  /** Requests use up none of the calls that a tool key was given. */
  readonly isUnmetered: boolean;
  /** Requests cost nothing: neither calls, nor the rate limit of the key. */
  readonly isFree: boolean;
  /** Bounded tokens may use the route although it asks for no scope. */
  readonly allowsBounded: boolean;
}

/** Those of a route without decorators. */
export const noRules: RouteRules = {
  isPublic: false,
  isOptional: false,
  isDecidedAlone: false,
  guards: [],
  scopes: [],
  roles: [],
  isUnmetered: false,
  isFree: false,
  allowsBounded: false,
};

const known = new WeakMap<Target, WeakMap<Target, RouteRules>>();

export function rulesOfRoute(controller: Target, handler: Target): RouteRules {
  let ofHandler = known.get(handler);
  if (ofHandler === undefined) known.set(handler, (ofHandler = new WeakMap()));
  let rules = ofHandler.get(controller);
  if (rules === undefined) ofHandler.set(controller, (rules = readRules(controller, handler)));
  return rules;
}

function readRules(controller: Target, handler: Target): RouteRules {
  const targets = [controller, handler];
  const guards = ourGuards(allGuardsOfRoute(controller, handler));
  return {
    isPublic: isPublic(controller, handler),
    guards,
    isOptional: guards.length > 0 && guards.every((guard) => optionalMark in guard),
    isDecidedAlone: guards.some((guard) => aloneMark in guard),
    scopes: targets.flatMap((target) => read<Scope[]>(scopesMetadata, target) ?? []),
    roles: targets.flatMap((target) => read<Role[]>(roleMetadata, target) ?? []),
    isUnmetered: targets.some((target) => read<boolean>(unmeteredMetadata, target) === true),
    isFree: false,
    // As with `@Public()`: what opens a class does not open those that extend it.
    allowsBounded: targets.some((target) => Reflect.getOwnMetadata(allowBoundedMetadata, target) === true),
  };
}

/**
 * `@Public()` counts where nothing as close to the route asks us for authentication. A guard of the application beside it
 * decides for itself; on a route it closes what only its controller opens.
 */
function isPublic(controller: Target, handler: Target): boolean {
  if (asksUs(handler)) return false;
  if (saysPublic(handler)) return true;
  return saysPublic(controller) && !asksUs(controller) && !requiresCaller(handler);
}

function asksUs(target: Target): boolean {
  return asksForGrants(target) || guardsOn(target).length > 0;
}

/**
 * Whether `target` itself has `@Public()`, whatever else is asked for. Guards, scopes and roles of a class hold for those
 * that extend it; what opens a class does not, as the author of the subclass need not know of that.
 */
export function saysPublic(target: Target): boolean {
  return Reflect.getOwnMetadata(publicMetadata, target) === true;
}

/** Whether a class that the controller extends has `@Public()`, and nothing else says who may use the route. */
export function isOpenedByBaseOnly(controller: Target, handler: Target): boolean {
  if (saysPublic(controller) || saysPublic(handler)) return false;
  return read(publicMetadata, controller) === true && ![controller, handler].some(requiresCaller);
}

/** Any guard counts, also one of the application: the route was not meant to be open. */
function requiresCaller(target: Target): boolean {
  return asksForGrants(target) || read(GUARDS_METADATA, target) !== undefined;
}

/** Those of `guards`, classes and instances, that are guards of Gatehouse. */
export function ourGuards(guards: readonly unknown[]): GuardClass[] {
  return guards
    .map(classOf)
    .filter((guard): guard is GuardClass => guard !== undefined && guardMark in guard);
}

/** Whether one of `guards`, classes and instances, is of one of `classes`, or extends it. */
export function includesGuardOf(guards: readonly unknown[], classes: readonly Type<CanActivate>[]): boolean {
  return guards
    .map(classOf)
    .some((guard) => classes.some((one) => guard === one || guard?.prototype instanceof one));
}

/** All guards named on the controller and on the route, classes and instances. */
export function allGuardsOfRoute(controller: Target, handler: Target): unknown[] {
  return [controller, handler].flatMap((target) => read<unknown[]>(GUARDS_METADATA, target) ?? []);
}

/** Whether `target` asks for scopes or a role. */
export function asksForGrants(target: Target): boolean {
  return [scopesMetadata, roleMetadata].some((key) => read(key, target) !== undefined);
}

function guardsOn(target: Target): GuardClass[] {
  return ourGuards(read<Target[]>(GUARDS_METADATA, target) ?? []);
}

/** `@UseGuards` takes classes and instances. */
function classOf(guard: unknown): Function | undefined {
  if (typeof guard === 'function') return guard;
  return typeof guard === 'object' && guard !== null ? guard.constructor : undefined;
}

function read<T>(key: string, target: Target): T | undefined {
  return Reflect.getMetadata(key, target) as T | undefined;
}

/** Every kind of caller that a guard can distinguish by its credential. */
export const callerKinds = [
  'jwt',
  'personal_key',
  'service_key',
  'tool_key',
  'custom_person',
  'custom_program',
] as const;

export type CallerKind = (typeof callerKinds)[number];

/** An API key or custom credential without a user is a program's. */
export function callerKindOf({ source, userId }: AuthenticatedUser): CallerKind {
  if (source.type === 'custom') return userId === null ? 'custom_program' : 'custom_person';
  if (source.type !== 'api_key') return source.type;
  return userId === null ? 'service_key' : 'personal_key';
}

/** Whether the route says what a bounded token needs: a scope, a role (a preset of scopes), or nothing. */
export function admitsBounded({
  scopes,
  roles,
  allowsBounded,
}: Pick<RouteRules, 'scopes' | 'roles' | 'allowsBounded'>): boolean {
  return allowsBounded || scopes.length > 0 || roles.length > 0;
}

/** Whether such a holder has not enough for what the route asks. */
export function lacksGrants(
  holder: ScopeHolder,
  { scopes, roles }: Pick<RouteRules, 'scopes' | 'roles'>,
): boolean {
  return lacksRole(holder, roles) || scopesLackedBy(holder, scopes).length > 0;
}

/** Whether the holder has less than one of the roles. */
export function lacksRole(holder: ScopeHolder, roles: readonly Role[]): boolean {
  return roles.some((role) => scopesLackedBy(holder, scopesOfRole[role]).length > 0);
}
