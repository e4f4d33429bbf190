import { AuthError } from '../../principal/auth-error.js';

const realm = 'Bearer realm="gatehouse"';

/** The `WWW-Authenticate` of an answer (RFC 6750 §3), or `undefined` where none belongs. */
export function challengeOf(error: AuthError): string | undefined {
  if (error.code === 'MISSING_TOKEN') return realm;
  if (error.code === 'INSUFFICIENT_SCOPE')
    return `${realm}, error="insufficient_scope"${scopeOf(error.getResponse())}`;
  return error.getStatus() === 401 ? `${realm}, error="invalid_token"` : undefined;
}

function scopeOf(body: unknown): string {
  const { details } = body as { details?: { required?: readonly string[] } };
  return details?.required === undefined ? '' : `, scope="${details.required.join(' ')}"`;
}
