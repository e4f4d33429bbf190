import { AuthError } from '../../principal/auth-error.js';
import { ExchangeError } from './exchange-error.js';

/** What the token route says of itself with `@RouteConfig`. */
export const tokenRoute = { takesForms: true, answersLikeOauth: true } as const;

export function isTokenRoute({
  routeOptions,
}: {
  readonly routeOptions?: { readonly config?: object };
}): boolean {
  return (routeOptions?.config as Partial<typeof tokenRoute> | undefined)?.answersLikeOauth === true;
}

/** The `error` of RFC 6749 §5.2 and RFC 8693 §2.2.2; of faults that of RFC 6749 §4.1.2.1, as §5.2 has none for them. */
export function oauthErrorOf(error: AuthError): string {
  if (error instanceof ExchangeError) return error.error;
  if (error.code === 'INSUFFICIENT_SCOPE') return 'invalid_scope';
  const status = error.getStatus();
  if (status === 401) return 'invalid_client';
  if (status === 403) return 'unauthorized_client';
  if (status === 429 || status === 503) return 'temporarily_unavailable';
  return status >= 500 ? 'server_error' : 'invalid_request';
}
