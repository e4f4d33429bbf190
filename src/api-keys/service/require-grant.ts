import type { ApiKey } from '../../key-store/api-key.entity.js';
import { AuthError } from '../../principal/auth-error.js';
import { effectiveScopes, refusalOfGrant } from '../../principal/grants.js';
import { type Manager, operator } from './operator.js';

/** Throws 403 unless `user`, who asks with the API key `asking` or, `null`, in person, may make a key like `wanted`. */
export function requireGrant(user: Manager, asking: ApiKey | null, wanted: ApiKey): void {
  if (user === operator) return;
  const granter = {
    scopes: user.scopes,
    environment: user.environment,
    expiresAt: asking?.expiresAt?.getTime() ?? null,
  };
  const refusal = refusalOfGrant(granter, { ...wanted, expiresAt: wanted.expiresAt?.getTime() ?? null });
  if (refusal === undefined) return;
  const { path, missing } = refusal;
  if (missing.length === 0) {
    throw new AuthError('FORBIDDEN', {
      details: [{ path, message: 'A key cannot make one that goes beyond itself.' }],
    });
  }
  throw new AuthError('INSUFFICIENT_SCOPE', {
    details: { path, required: effectiveScopes(wanted), granted: user.scopes, missing },
  });
}
