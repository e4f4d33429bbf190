import type { INestApplicationContext } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { z } from 'zod';
import { errorResponses } from '../http/answers.decorator.js';
import { errorAnswer } from '../http/schemas.js';
import type { ErrorCode } from '../principal/auth-error.js';
import { authModuleOptions } from './auth.module-definition.js';
import type { AuthModuleOptions } from './auth.options.js';
import { type CustomCredential, customCredentials } from './custom/custom-credential.js';
import { MaybeAuthenticated } from './guards.js';
import type { CallerKind } from './route-rules.js';
import { type ApplicationRoute, ApplicationRoutes } from './routes/application-routes.js';
import { schemesOf, securitySchemes } from './security-schemes.js';

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

interface Operation {
  readonly security?: Record<string, string[]>[];
  readonly responses: Record<string, object | undefined>;
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

interface Documented {
  readonly customNames: readonly string[];
  readonly errorSchema: string;
}

function withSecurity(operation: Operation, route: ApplicationRoute, documented: Documented): Operation {
  const security = [...(operation.security ?? []), ...securityOf(route, documented.customNames)];
  const responses = { ...operation.responses };
  for (const { status, description } of errorResponses(codesOf(route, documented.customNames))) {
    const response = responses[String(status)] as { description?: string } | undefined;
    responses[String(status)] = {
      ...response,
      description: [response?.description, description].filter(Boolean).join('\n\n'),
      content: {
        'application/json': { schema: { $ref: `#/components/schemas/${documented.errorSchema}` } },
      },
    };
  }
  const bounded = route.access.kinds.includes('jwt') &&
    !route.access.isPublic && { [boundedMark]: route.access.admitsBounded };
  const sorted = Object.entries({
    ...operation,
    ...(security.length > 0 && { security }),
    ...bounded,
    responses,
  }).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(sorted) as unknown as Operation;
}

function securityOf(
  { access }: ApplicationRoute,
  customNames: readonly string[],
): Record<string, string[]>[] {
  const { guards, isPublic, admitsAnonymous, kinds } = access;
  if (isPublic) return [{}];
  if (guards.length === 0) return [];
  const schemes = new Set(kinds.flatMap((kind) => schemeOfKind[kind] ?? customNames));
  return [...(admitsAnonymous ? [{}] : []), ...[...schemes].map((scheme) => ({ [scheme]: [] }))];
}

/** Of an operation: whether it accepts a JWT that is bounded by its scopes. */
const boundedMark = 'x-bounded-tokens';

const schemeOfKind: Partial<Record<CallerKind, string>> = {
  jwt: securitySchemes.jwt,
  personal_key: securitySchemes.apiKey,
  service_key: securitySchemes.apiKey,
  tool_key: securitySchemes.toolKey,
};

function codesOf({ access }: ApplicationRoute, customNames: readonly string[]): ErrorCode[] {
  const { guards, admitsAnonymous, scopes } = access;
  if (guards.length === 0) return ['INTERNAL_ERROR'];
  const isNeverRejected = admitsAnonymous && guards.every((guard) => guard === MaybeAuthenticated);
  return [
    'INTERNAL_ERROR',
    ...(admitsAnonymous ? [] : (['MISSING_TOKEN'] as const)),
    ...(isNeverRejected ? [] : rejections),
    ...(isNeverRejected || customNames.length === 0 ? [] : (['INVALID_CREDENTIAL'] as const)),
    ...(scopes.length === 0 ? [] : (['INSUFFICIENT_SCOPE'] as const)),
  ];
}

const rejections: readonly ErrorCode[] = [
  'INVALID_TOKEN',
  'EXPIRED_TOKEN',
  'INVALID_API_KEY',
  'INVALID_TOOL_KEY',
  'USER_NOT_FOUND',
  // The kind of caller or the role is not allowed, or the owner is not the caller's.
  'FORBIDDEN',
  'RATE_LIMITED',
  'AUTH_NOT_CONFIGURED',
  'AUTH_UNAVAILABLE',
  'DB_UNAVAILABLE',
];

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
