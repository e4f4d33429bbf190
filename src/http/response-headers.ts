import { AuthError } from '../principal/auth-error.js';
import type { LimitState } from '../limits/key-limits.js';
import type { HttpResponse } from './http-request.js';

const realm = 'Bearer realm="gatehouse"';

/** The schemes that a 401 names besides Bearer. */
export interface FurtherSchemes {
  /** Named first: clients of container registries read only the first challenge, and follow any Bearer. */
  readonly basic?: boolean;
  readonly schemes?: readonly string[];
}

/**
 * The `WWW-Authenticate` of a response (RFC 6750 §3), or `undefined` if it has none. A 401 also names the further schemes
 * in which a credential is accepted (RFC 9110 §11.6.1).
 */
export function challengeOf(
  error: AuthError,
  { basic = false, schemes = [] }: FurtherSchemes = {},
): string | undefined {
  const challenge = bearerChallengeOf(error);
  if (challenge === undefined || error.getStatus() !== 401) return challenge;
  const further = schemes.map((scheme) => `${scheme} realm="gatehouse"`);
  return [...(basic ? ['Basic realm="gatehouse"'] : []), challenge, ...further].join(', ');
}

function bearerChallengeOf(error: AuthError): string | undefined {
  const parameters = parametersOf(error);
  if (error.code === 'MISSING_TOKEN') return realm + parameters;
  if (error.code === 'INSUFFICIENT_SCOPE') return `${realm}, error="insufficient_scope"${parameters}`;
  return error.getStatus() === 401 ? `${realm}, error="invalid_token"${parameters}` : undefined;
}

/** A scope is optional (RFC 6750 §3), and left out where clients could not read so long a header; the body names the scopes too. */
const longestScopes = 8_000;

function parametersOf(error: AuthError): string {
  const { scope = requiredBy(error), ...others } = error.challenge;
  const kept = scope === '' || scope.length > longestScopes ? others : { scope, ...others };
  return Object.entries(kept)
    .map(([name, value]) => `, ${name}="${quotable(value)}"`)
    .join('');
}

/** Without what a value must not contain (RFC 6750 §3). */
function quotable(text: string): string {
  return text.replaceAll(/[^\x20\x21\x23-\x5B\x5D-\x7E]/g, ' ');
}

function requiredBy(error: AuthError): string {
  if (error.code !== 'INSUFFICIENT_SCOPE') return '';
  const { details } = error.getResponse() as { details?: { required?: readonly string[] } };
  return details?.required?.join(' ') ?? '';
}

const announcedBefore = 14 * 24 * 60 * 60 * 1000;

/** The state of a key's limit, as structured fields (draft-ietf-httpapi-ratelimit-headers-10 §3 and §4). */
export function setLimitHeaders(response: HttpResponse, state: LimitState): void {
  const { limit, windowSeconds, remaining, resetSeconds } = state;
  response.header('RateLimit-Policy', `"key";q=${limit};w=${windowSeconds}`);
  response.header('RateLimit', `"key";r=${remaining};t=${resetSeconds}`);
}

/** `X-Key-Expires-In`, in whole seconds, in the last 14 days of a key. Both times are epoch milliseconds. */
export function setExpiryHeader(response: HttpResponse, expiresAt: number | null, now: number): void {
  if (expiresAt === null || expiresAt - now > announcedBefore) return;
  response.header('X-Key-Expires-In', String(Math.max(0, Math.floor((expiresAt - now) / 1000))));
}
