import type { INestApplicationContext } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { z } from 'zod';
import { errorAnswer } from '../http/schemas.js';
import { authModuleOptions } from './auth.module-definition.js';
import type { AuthModuleOptions } from './auth.options.js';
import { type CustomCredential, customCredentials } from './custom/custom-credential.js';
import { type Operation, withSecurity } from './operation-security.js';
import { type ApplicationRoute, ApplicationRoutes } from './routes/application-routes.js';
import { schemesOf } from './security-schemes.js';

type Schemas = Record<string, object>;

/** An OpenAPI document, such as an `OpenAPIObject` of @nestjs/swagger, which an application need not have. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly paths: Record<string, object>;
  readonly components?: {
    readonly schemas?: Record<string, object>;
    readonly securitySchemes?: Record<string, object>;
  };
}

/**
 * Adds to the OpenAPI document of an application what its guards decide: the security schemes, and for each operation the
 * credentials it accepts and the errors of its guards. Returns a new document. Call it once the application is
 * initialized, with what `SwaggerModule.createDocument` returns.
 */
export function documentSecurity<Document extends OpenApiDocument>(
  app: INestApplicationContext,
  document: Document,
): Document {
  const credentials = optional<readonly CustomCredential[]>(app, customCredentials) ?? [];
  const options = optional<AuthModuleOptions>(app, authModuleOptions) ?? {};
  const routes = routesByOperation(app.get(ApplicationRoutes, { strict: false }).all());
  const prefix = app
    .get(ApplicationConfig, { strict: false })
    .getGlobalPrefix()
    .replace(/^\/?(?=.)/, '/');
  const { name: errorSchema, schemas } = withErrorSchema(document);
  const customNames = credentials.map(({ name }) => name);

  const documentOperation = (path: string, method: string, operation: Operation): Operation => {
    // The document has no prefix with `ignoreGlobalPrefix`.
    const route = [path, prefix + path]
      .flatMap((one) => [routes.get(`${method} ${one}`), routes.get(`all ${one}`)])
      .find((found) => found !== undefined);
    return route === undefined ? operation : withSecurity(operation, route, { customNames, errorSchema });
  };
  const paths = Object.entries(document.paths).map(([path, item]) => {
    const operations = Object.entries(item as Record<string, Operation>).map(([method, operation]) => [
      method,
      documentOperation(path, method, operation),
    ]);
    return [path, Object.fromEntries(operations)] as const;
  });
  const { securitySchemes: others, ...components } = document.components ?? {};
  return {
    ...document,
    paths: Object.fromEntries(paths),
    components: {
      securitySchemes: { ...others, ...schemesOf(options, credentials) },
      ...components,
      schemas,
    },
  };
}

function optional<T>(app: INestApplicationContext, token: symbol | string): T | undefined {
  try {
    return app.get<T>(token, { strict: false });
  } catch {
    return undefined;
  }
}

/** By method and path as OpenAPI writes them. Of handlers with the same path, Nest's document shows the last one. */
function routesByOperation(routes: readonly ApplicationRoute[]): ReadonlyMap<string, ApplicationRoute> {
  return new Map(routes.map((route) => [`${route.method.toLowerCase()} ${templateOf(route.path)}`, route]));
}

/** `/notes/:id` is `/notes/{id}`, a wildcard is a parameter, and an optional group is written out. */
function templateOf(path: string): string {
  const plain = path
    .replace(/[{}]/g, '')
    .replace(/[:*](\w+)(?:\([^)]*\))?[?+*]?/g, '{$1}')
    .replaceAll('*', '{path}');
  return plain.length > 1 ? plain.replace(/\/$/, '') : plain;
}

/** The schemas of a document with that of errors, which has another name where `Error` is a schema of the application. */
function withErrorSchema({ openapi, components }: OpenApiDocument): { name: string; schemas: Schemas } {
  const { schemas = {} } = components ?? {};
  const { Error: existing } = schemas;
  if (existing !== undefined && isErrorAnswer(existing)) return { name: 'Error', schemas };
  const isOld = openapi.startsWith('3.0');
  const { $defs, definitions } = z.toJSONSchema(errorAnswer, {
    target: isOld ? 'openapi-3.0' : 'draft-2020-12',
    unrepresentable: 'any',
    override({ jsonSchema }) {
      const { examples } = jsonSchema;
      if (!isOld || examples === undefined) return;
      // A schema of OpenAPI 3.0 has one example.
      [jsonSchema.example] = examples as unknown[];
      delete jsonSchema.examples;
    },
  });
  const { Error: schema } = ($defs ?? definitions) as Schemas;
  const name = existing === undefined ? 'Error' : 'GatehouseError';
  return { name, schemas: { ...schemas, [name]: schema as object } };
}

function isErrorAnswer(schema: {
  readonly properties?: { readonly code?: { readonly enum?: unknown[] } };
}): boolean {
  return schema.properties?.code?.enum?.includes('INVALID_API_KEY') === true;
}
