import type { ApiKey } from '../../key-store/api-key.entity.js';
import { requireGrant as requireGrantOf } from '../../principal/grants.js';
import { isAdmin } from '../../principal/roles.js';
import { type Manager, operator } from './operator.js';

/** Throws 403 unless `user`, who asks with the API key `asking` or, `null`, in person, may make a key like `wanted`. */
export function requireGrant(user: Manager, asking: ApiKey | null, wanted: ApiKey): void {
  if (user === operator) return;
  const granter = {
    ownerId: isAdmin(user) ? null : user.ownerId,
    scopes: user.scopes,
    environment: user.environment,
    expiresAt: asking?.expiresAt?.getTime() ?? null,
  };
  requireGrantOf(granter, { ...wanted, expiresAt: wanted.expiresAt?.getTime() ?? null }, (path) => path);
}
