import { errorResponses } from '../http/answers.decorator.js';
import type { ErrorCode } from '../principal/auth-error.js';
import { MaybeAuthenticated } from './guards.js';
import type { CallerKind } from './route-rules.js';
import type { ApplicationRoute } from './routes/application-routes.js';
import { securitySchemes } from './security-schemes.js';

/** An operation of an OpenAPI document. */
export interface Operation {
  readonly security?: Record<string, string[]>[];
  readonly responses: Record<string, object | undefined>;
}

/** What the document of the application has for all operations. */
interface Documented {
  /** Of the custom credentials. */
  readonly customNames: readonly string[];
  readonly errorSchema: string;
}

/** The operation with the credentials that its route accepts, and the errors of its guards. */
export function withSecurity(
  operation: Operation,
  route: ApplicationRoute,
  documented: Documented,
): Operation {
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
