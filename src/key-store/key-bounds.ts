import { AuthError } from '../principal/auth-error.js';
import type { Bounds } from '../principal/grants.js';
import type { ApiKey } from './api-key.entity.js';
import type { ApiKeyChanges } from './api-key.store.js';

/** What holds the key back. */
export function boundsOf({ environment, expiresAt, allowedIps, rateLimit }: ApiKey): Bounds {
  return { environment, expiresAt: expiresAt?.getTime() ?? null, allowedIps, rateLimit };
}

/**
 * Inside a change that has locked the user: its active personal key, or else the last one that it had. What an admin
 * imposed on that one holds for the user until the admin lifts it there, whatever becomes of the key.
 */
export async function currentPersonalKey(
  keys: Pick<ApiKeyChanges, 'findActivePersonal' | 'findNewestPersonal'>,
  userId: string,
): Promise<ApiKey | null> {
  return (await keys.findActivePersonal(userId)) ?? keys.findNewestPersonal(userId);
}

/** Throws `FORBIDDEN` where an admin has disabled the personal key of a user, or let it end. */
export function requirePersonalKeyAllowed(current: ApiKey | null, now: number): void {
  const path = current === null ? undefined : refusedBy(current, now);
  if (path === undefined) return;
  const message =
    path === 'enabled'
      ? 'An administrator has disabled your API key, and has to enable it again.'
      : 'An administrator has let your API key end, and has to give it another end.';
  throw new AuthError('FORBIDDEN', { message, details: [{ path, message }] });
}

function refusedBy({ enabled, expiresAt }: ApiKey, now: number): 'enabled' | 'expiresAt' | undefined {
  if (!enabled) return 'enabled';
  return expiresAt !== null && expiresAt.getTime() <= now ? 'expiresAt' : undefined;
}
