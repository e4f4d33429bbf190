import { AuthError } from '../../principal/auth-error.js';

const realm = 'Bearer realm="gatehouse"';

/**
 * The `WWW-Authenticate` of an answer (RFC 6750 §3), or `undefined` where none belongs. A 401 names the further `schemes`
 * that a credential may come in, too (RFC 9110 §11.6.1).
 */
export function challengeOf(error: AuthError, schemes: readonly string[] = []): string | undefined {
  const challenge = bearerChallengeOf(error);
  if (challenge === undefined || error.getStatus() !== 401) return challenge;
  return [challenge, ...schemes.map((scheme) => `${scheme} realm="gatehouse"`)].join(', ');
}

function bearerChallengeOf(error: AuthError): string | undefined {
  if (error.code === 'MISSING_TOKEN') return realm;
  if (error.code === 'INSUFFICIENT_SCOPE')
    return `${realm}, error="insufficient_scope"${scopeOf(error.getResponse())}`;
  return error.getStatus() === 401 ? `${realm}, error="invalid_token"` : undefined;
}

function scopeOf(body: unknown): string {
  const { details } = body as { details?: { required?: readonly string[] } };
  return details?.required === undefined ? '' : `, scope="${details.required.join(' ')}"`;
}
