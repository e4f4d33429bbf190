import type { ApiKey } from '../../key-store/api-key.entity.js';
import { boundsOf } from '../../key-store/api-key-rules.js';
import { lineageOf } from '../../key-store/api-key.state.js';
import {
  effectiveScopes,
  refusalOfGrant,
  requireGrant as requireGrantOf,
  unbounded,
} from '../../principal/grants.js';
import { isAdmin } from '../../principal/scopes.js';
import { type Manager, operator } from './operator.js';

/** Throws 403 unless `user`, who asks with the API key `asking` or, `null`, in person, may make a key like `wanted`. */
export function requireGrant(user: Manager, asking: ApiKey | null, wanted: ApiKey): void {
  if (user === operator) return;
  const { source, scopes, environment } = user;
  const bounds = asking === null ? unbounded : boundsOf(asking);
  const ownerId = isAdmin(user) ? null : user.ownerId;
  requireGrantOf({ ownerId, source, scopes, ...bounds, environment }, { ...wanted, ...boundsOf(wanted) });
}

/** True for a change that makes a key stronger: it takes the right to make such a key. */
export function isStrengthened(key: ApiKey, changed: ApiKey): boolean {
  const asItIs = { ownerId: key.ownerId, scopes: effectiveScopes(key), ...boundsOf(key) };
  const isSwitchedOn = changed.enabled && !key.enabled;
  return isSwitchedOn || refusalOfGrant(asItIs, { ...changed, ...boundsOf(changed) }) !== undefined;
}

/**
 * The lineage of a key that is made: with a limit of its own, the key that makes it shares its window. So it cannot get
 * more calls by making keys, nor by rotating those of others.
 */
export function lineageFrom(asking: ApiKey | null, replaced: ApiKey | null): string | null {
  const shared = asking?.rateLimit == null ? replaced : asking;
  return shared === null ? null : lineageOf(shared);
}
