import { AuthError } from '../principal/auth-error.js';

/** Route configuration of the routes of OAuth (`@RouteConfig`): clients authenticate by HTTP Basic (RFC 6749 §2.3.1), too. */
export const tokenRoute = { takesForms: true, takesBasic: true, answersLikeOauth: true } as const;

interface RequestWithRoute {
  readonly routeOptions?: { readonly config?: object };
}

/** `VALIDATION_FAILED` with the error code that OAuth has for it (RFC 6749 §5.2, RFC 8693 §2.2.2). */
export class ExchangeError extends AuthError {
  constructor(
    readonly error: 'invalid_request' | 'invalid_scope' | 'invalid_target' | 'unsupported_grant_type',
    path: string,
    message: string,
  ) {
    super('VALIDATION_FAILED', { message: `${path}: ${message}`, details: [{ path, message }] });
  }
}

export function isTokenRoute({ routeOptions }: RequestWithRoute): boolean {
  return (routeOptions?.config as Partial<typeof tokenRoute> | undefined)?.answersLikeOauth === true;
}

/** The `error` of RFC 6749 §5.2 and RFC 8693 §2.2.2. Server faults have none there, so they use those of RFC 6749 §4.1.2.1. */
export function oauthErrorOf(error: AuthError): string {
  if (error instanceof ExchangeError) return error.error;
  if (error.code === 'INSUFFICIENT_SCOPE') return 'invalid_scope';
  const status = error.getStatus();
  if (status === 401) return 'invalid_client';
  if (status === 403) return 'unauthorized_client';
  if (status === 429 || status === 503) return 'temporarily_unavailable';
  return status >= 500 ? 'server_error' : 'invalid_request';
}

const mostDescribed = 1_000;

/** The `error_description`: which parameters are wrong, and why. RFC 6749 §5.2 allows ASCII without quotes and backslashes. */
export function oauthDescriptionOf(error: AuthError): string {
  const { details } = error.getResponse() as { details?: unknown };
  const text =
    error.code === 'VALIDATION_FAILED' && Array.isArray(details)
      ? details
          .map(({ path, message }: { path: string; message: string }) => `${path}: ${message}`)
          .join('; ')
      : error.message;
  return text
    .slice(0, mostDescribed)
    .replaceAll('"', "'")
    .replace(/[^\x20-\x5b\x5d-\x7e]/g, '?');
}
