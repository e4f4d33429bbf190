import { Injectable, type Type } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { ApiResponse, ApiSecurity } from '@nestjs/swagger';
import type { ErrorCode } from '../../principal/error-codes.js';
import { MaybeAuthenticated } from '../guards/maybe-authenticated.guard.js';
import { guardMark, guardsOfRoute, rulesOfRoute } from '../guards/route-rules.js';
import { ToolKeyOnly } from '../guards/tool-key-only.guard.js';
import { UserOnly } from '../guards/user-only.guard.js';
import { errorResponses } from './error-responses.js';
import { securitySchemes } from './security-schemes.js';

const done = new WeakSet<object>();

/**
 * Writes into the OpenAPI metadata of every route what its guard means: which credentials it takes and with which
 * codes it refuses. A guarded route is documented because it is guarded; nobody has to remember it.
 */
@Injectable()
export class RouteDocumentation {
  private readonly scanner = new MetadataScanner();

  constructor(private readonly modules: ModulesContainer) {
    const guardedGlobally = this.hasGlobalGuard();
    for (const module of modules.values()) {
      for (const { metatype } of module.controllers.values())
        this.documentController(metatype as Type, guardedGlobally);
    }
  }

  private hasGlobalGuard(): boolean {
    return [...this.modules.values()].some((module) =>
      [...module.providers.values()].some(
        ({ subtype, metatype }) =>
          subtype === 'guard' && typeof metatype === 'function' && guardMark in metatype,
      ),
    );
  }

  private documentController(controller: Type, guardedGlobally: boolean): void {
    const prototype = controller.prototype as Record<string, object>;
    for (const name of this.scanner.getAllMethodNames(prototype)) {
      const handler = prototype[name];
      if (handler === undefined || done.has(handler) || !Reflect.hasMetadata(METHOD_METADATA, handler))
        continue;
      done.add(handler);
      const decorators = decoratorsOf(controller, handler, guardedGlobally);
      for (const decorate of decorators) decorate(prototype, name, { value: handler });
    }
  }
}

function decoratorsOf(controller: Type, handler: object, guardedGlobally: boolean): MethodDecorator[] {
  const { isPublic, isOptional, scopes, roles } = rulesOfRoute(controller, handler);
  const guards = guardsOfRoute(controller, handler) as Type[];
  const codes: ErrorCode[] = ['INTERNAL_ERROR'];
  const security: MethodDecorator[] = isPublic ? [ApiSecurity({})] : [];
  if (!isPublic && (guards.length > 0 || guardedGlobally)) {
    const forUsers = guards.some((guard) => isKindOf(guard, UserOnly));
    const forAgents = guards.some((guard) => isKindOf(guard, ToolKeyOnly));
    const { jwt, apiKey, toolKey } = securitySchemes;
    const ofPeople = forAgents ? [] : [jwt, apiKey];
    const schemes = forUsers ? ofPeople : [...ofPeople, toolKey];
    const admitsNobody = isOptional && scopes.length === 0 && roles.length === 0;
    if (admitsNobody) security.push(ApiSecurity({}));
    security.push(...schemes.map((scheme) => ApiSecurity(scheme)));
    if (!admitsNobody) codes.push('MISSING_TOKEN');
    const ignoresBad = guards.every((guard) => guard === MaybeAuthenticated);
    if (!admitsNobody || !ignoresBad) codes.push(...refusals);
    if (forUsers || forAgents || roles.length > 0) codes.push('FORBIDDEN');
    if (scopes.length > 0) codes.push('INSUFFICIENT_SCOPE');
  }
  return [...security, ...errorResponses(codes).map((response) => ApiResponse(response))];
}

const refusals: readonly ErrorCode[] = [
  'INVALID_TOKEN',
  'EXPIRED_TOKEN',
  'INVALID_API_KEY',
  'INVALID_TOOL_KEY',
  'USER_NOT_FOUND',
  'RATE_LIMITED',
  'AUTH_NOT_CONFIGURED',
  'AUTH_UNAVAILABLE',
  'DB_UNAVAILABLE',
];

function isKindOf(guard: Type, kind: Type): boolean {
  return guard === kind || guard.prototype instanceof kind;
}
