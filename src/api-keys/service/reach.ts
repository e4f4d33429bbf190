import type { ApiKey } from '../../key-store/api-key.entity.js';
import { AuthError } from '../../principal/auth-error.js';

/** Whose keys a manager reaches: those of one owner, or (`null`) everybody's. */
export type Reach = string | null;

/** Throws `NOT_FOUND` for a key that is not there, and for one that the manager does not reach. */
export function inReach(reach: Reach, key: ApiKey | null): ApiKey {
  const within = reach === null || (key?.ownerId === reach && key.kind === 'service');
  if (key === null || !within) throw new AuthError('NOT_FOUND');
  return key;
}
