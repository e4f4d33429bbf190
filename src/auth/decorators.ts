import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import {
  allowBoundedMetadata,
  publicMetadata,
  roleMetadata,
  scopesMetadata,
  unmeteredMetadata,
} from './route-rules.js';
import { isScope, type Role, type Scope, scopeRule } from '../principal/scopes.js';
import { currentUser } from './decision/request-attempts.js';
import type { HttpRequest } from '../http/http-request.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import { requestOriginOf } from './credentials/request-origin-of.js';
import { requestOfHandler } from './transports/handled-call.js';

/**
 * Adds to a list that decorators keep on a route or controller. Unlike `SetMetadata` it forgets nothing that another
 * decorator, or the class it extends, has asked for.
 */
function addMetadata(key: string, values: readonly unknown[]): MethodDecorator & ClassDecorator {
  return (target: object, _name?: string | symbol, descriptor?: PropertyDescriptor) => {
    const place = (descriptor?.value as object | undefined) ?? target;
    const before = (Reflect.getMetadata(key, place) ?? []) as unknown[];
    Reflect.defineMetadata(key, [...before, ...values], place);
  };
}

/**
 * Opens a route, or all of a controller, where a guard is set globally. What is closer to the route wins: a guard,
 * scopes or a role on a route close it again under a public controller. It is not inherited: a controller that extends
 * the class opens nothing by it, and the start names its routes.
 */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(publicMetadata, true);

/** Asks for all that `role` stands for; 403 `FORBIDDEN` without it. */
export const RequireRole = (role: Role): MethodDecorator & ClassDecorator =>
  addMetadata(roleMetadata, [role]);

/** Asks for every one of `scopes`, on top of those asked for elsewhere on the route or its controller; 403 `INSUFFICIENT_SCOPE` names the missing ones. */
export function RequireScopes(...scopes: Scope[]): MethodDecorator & ClassDecorator {
  const wrong = scopes.find((scope) => !isScope(scope));
  if (wrong !== undefined) throw new Error(`@RequireScopes('${wrong}'): ${scopeRule}.`);
  return addMetadata(scopesMetadata, scopes);
}

/** Requests to the route, or to all of the controller, use up none of the calls that a tool key was given. */
export const Unmetered = () => SetMetadata(unmeteredMetadata, true);

/**
 * Opens a route that asks for no scope, or all such routes of a controller, to bounded tokens; without it they are rejected
 * there with 403. For routes that do nothing beyond what any consent covers, or that check scopes themselves. Classes that
 * extend the controller do not inherit it.
 */
export const AllowBounded = (): MethodDecorator & ClassDecorator => SetMetadata(allowBoundedMetadata, true);

/**
 * The `AuthenticatedUser` that a guard has admitted, or one property of it; `undefined` for an anonymous request under
 * `MaybeAuthenticated`.
 */
export const CurrentUser: (property?: keyof AuthenticatedUser) => ParameterDecorator = createParamDecorator(
  (property: keyof AuthenticatedUser | undefined, context: ExecutionContext) => {
    const user = userOf(context);
    return property === undefined ? user : user?.[property];
  },
);

/** The task that a tool key is for. */
export interface CurrentTaskInfo {
  readonly taskId: string;
  readonly attempt: number;
  /** The id of the tool key. */
  readonly keyId: string;
}

/** The task of the agent that sends the request; `undefined` for a request without a tool key. */
export const CurrentTask = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const source = userOf(context)?.source;
  if (source?.type !== 'tool_key') return undefined;
  const { taskId, attempt, keyId } = source;
  return { taskId, attempt, keyId } satisfies CurrentTaskInfo;
});

/** The `RequestOrigin`: address, user agent and request id, for the audit trail. */
export const CurrentOrigin = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  requestOriginOf(requestOfHandler(context) ?? noRequest),
);

const noRequest: HttpRequest = { headers: {} };

function userOf(context: ExecutionContext): AuthenticatedUser | undefined {
  const request = requestOfHandler(context);
  return request && currentUser(request);
}
