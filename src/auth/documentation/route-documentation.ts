import { Inject, Injectable, Optional, type Type } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { ApplicationConfig, MetadataScanner, ModulesContainer } from '@nestjs/core';
import { ApiResponse, ApiSecurity } from '@nestjs/swagger';
import type { ErrorCode } from '../../principal/auth-error.js';
import { MaybeAuthenticated } from '../guards.js';
import { type CustomCredential, customCredentials } from '../custom/custom-credential.js';
import { type CallerKind, type GuardClass, rulesOfRoute } from '../route-rules.js';
import { globalGuardsOf } from '../routes/application-routes.js';
import { accessOf } from '../routes/route-access.js';
import { errorResponses } from '../../http/answers.decorator.js';
import { securitySchemes } from './security-schemes.js';

/** The OpenAPI metadata that handlers were written with. A class may serve in several applications of a process. */
const original = new WeakMap<object, ReadonlyMap<string, unknown>>();

/**
 * Writes into the OpenAPI metadata of every route what its guard means: which credentials it takes and with which
 * codes it refuses. A guarded route is documented because it is guarded; nobody has to remember it.
 */
@Injectable()
export class RouteDocumentation {
  private readonly scanner = new MetadataScanner();
  private readonly documented = new Set<object>();

  constructor(
    modules: ModulesContainer,
    config: ApplicationConfig,
    @Optional() @Inject(customCredentials) private readonly credentials: readonly CustomCredential[] = [],
  ) {
    const globalGuards = globalGuardsOf(modules, config);
    for (const module of modules.values()) {
      for (const { metatype } of module.controllers.values())
        this.documentController(metatype as Type, globalGuards);
    }
  }

  private documentController(controller: Type, globalGuards: readonly GuardClass[]): void {
    const prototype = controller.prototype as Record<string, object>;
    for (const name of this.scanner.getAllMethodNames(prototype)) {
      const handler = prototype[name];
      if (handler === undefined || this.documented.has(handler)) continue;
      if (!Reflect.hasMetadata(METHOD_METADATA, handler)) continue;
      this.documented.add(handler);
      restore(handler);
      const own = this.credentials.map((credential) => credential.name);
      const decorators = decoratorsOf(controller, handler, globalGuards, own);
      for (const decorate of decorators) decorate(prototype, name, { value: handler });
    }
  }
}

/** Takes back what an earlier application has written. */
function restore(handler: object): void {
  const keys = Reflect.getOwnMetadataKeys(handler).filter((key) =>
    String(key).startsWith('swagger/'),
  ) as string[];
  const before = original.get(handler);
  if (before === undefined) {
    original.set(handler, new Map(keys.map((key) => [key, Reflect.getOwnMetadata(key, handler) as unknown])));
    return;
  }
  for (const key of keys) Reflect.deleteMetadata(key, handler);
  for (const [key, value] of before) Reflect.defineMetadata(key, value, handler);
}

function decoratorsOf(
  controller: Type,
  handler: object,
  globalGuards: readonly GuardClass[],
  own: readonly string[],
): MethodDecorator[] {
  const { guards, kinds, admitsNobody, scopes } = accessOf(controller, handler, globalGuards);
  const codes: ErrorCode[] = ['INTERNAL_ERROR'];
  const { isPublic } = rulesOfRoute(controller, handler);
  const security: MethodDecorator[] = isPublic ? [ApiSecurity({})] : [];
  if (guards.length > 0) {
    if (admitsNobody) security.push(ApiSecurity({}));
    const schemes = new Set(kinds.flatMap((kind) => schemeOf[kind] ?? own));
    security.push(...[...schemes].map((scheme) => ApiSecurity(scheme)));
    if (!admitsNobody) codes.push('MISSING_TOKEN');
    const ignoresBad = guards.every((guard) => guard === MaybeAuthenticated);
    if (!admitsNobody || !ignoresBad) codes.push(...refusals);
    if ((!admitsNobody || !ignoresBad) && own.length > 0) codes.push('INVALID_CREDENTIAL');
    if (scopes.length > 0) codes.push('INSUFFICIENT_SCOPE');
  }
  return [...security, ...errorResponses(codes).map((response) => ApiResponse(response))];
}

/** Those of the application's own credentials have their names. */
const schemeOf: Partial<Record<CallerKind, string>> = {
  jwt: securitySchemes.jwt,
  personal_key: securitySchemes.apiKey,
  service_key: securitySchemes.apiKey,
  tool_key: securitySchemes.toolKey,
};

const refusals: readonly ErrorCode[] = [
  'INVALID_TOKEN',
  'EXPIRED_TOKEN',
  'INVALID_API_KEY',
  'INVALID_TOOL_KEY',
  'USER_NOT_FOUND',
  // A kind of caller or a role that is not let in, or an owner that is not the caller's.
  'FORBIDDEN',
  'RATE_LIMITED',
  'AUTH_NOT_CONFIGURED',
  'AUTH_UNAVAILABLE',
  'DB_UNAVAILABLE',
];
