import type { Type } from '@nestjs/common';
import { MetadataScanner, type ModulesContainer } from '@nestjs/core';
import type { RouteAccess } from './route-access.js';

/** A GraphQL operation, or the handler of a socket's message. */
export interface HandlerBesideHttp {
  /** `Class.method`. */
  readonly handler: string;
  /** What calls it, e.g. `GraphQL Query` or `message notes`. */
  readonly call: string;
  readonly access: RouteAccess;
}

/** The metadata of `@Query`, `@Mutation` and `@Subscription` (@nestjs/graphql), and of `@SubscribeMessage` (@nestjs/websockets). */
const operationMetadata = 'graphql:resolver_type';
const operations: readonly unknown[] = ['Query', 'Mutation', 'Subscription'];
const messageMetadata = 'message';
const isMessageMetadata = 'websockets:message_mapping';

/** Those of all providers and controllers of the application; `accessTo` says who may call a method of a class. */
export function handlersBesideHttp(
  modules: ModulesContainer,
  accessTo: (type: Type, method: object) => RouteAccess,
): HandlerBesideHttp[] {
  const wrappers = [...modules.values()].flatMap(({ providers, controllers }) => [
    ...providers.values(),
    ...controllers.values(),
  ]);
  const classes = new Set(wrappers.map(({ metatype }) => metatype).filter(isClass));
  const scanner = new MetadataScanner();
  return [...classes].flatMap((type) =>
    scanner.getAllMethodNames(type.prototype as object).flatMap((name) => {
      const method = (type.prototype as Record<string, object>)[name] as object;
      const call = callOf(method);
      if (call === undefined) return [];
      return [{ handler: `${type.name}.${name}`, call, access: accessTo(type, method) }];
    }),
  );
}

function callOf(method: object): string | undefined {
  const operation: unknown = Reflect.getMetadata(operationMetadata, method);
  if (operations.includes(operation)) return `GraphQL ${String(operation)}`;
  if (Reflect.getMetadata(isMessageMetadata, method) !== true) return undefined;
  const message: unknown = Reflect.getMetadata(messageMetadata, method);
  return `message ${typeof message === 'string' ? message : JSON.stringify(message)}`;
}

/** A factory function has no methods. */
function isClass(metatype: unknown): metatype is Type {
  return (
    typeof metatype === 'function' && typeof metatype.prototype === 'object' && metatype.prototype !== null
  );
}
