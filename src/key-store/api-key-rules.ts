import { AuthError } from '../principal/auth-error.js';
import type { Bounds } from '../principal/grants.js';
import type { ApiKey } from './api-key.entity.js';
import type { ApiKeyChanges } from './api-key.store.js';
import { type AuthenticatedUser, issuedAtOf } from '../principal/authenticated-user.js';
import { apiKeyOutcome, stateOfApiKey } from './api-key.state.js';

/** The restrictions of a key. */
export function boundsOf({ environment, expiresAt, allowedIps, rateLimit }: ApiKey): Bounds {
  return { environment, expiresAt: expiresAt?.getTime() ?? null, allowedIps, rateLimit };
}

/**
 * Inside a change that has locked the user: the active personal key or else the last one. Restrictions that an admin set on
 * it apply to the user until the admin lifts them, even after the key was revoked.
 */
export async function currentPersonalKey(
  keys: Pick<ApiKeyChanges, 'findActivePersonal' | 'findNewestPersonal'>,
  userId: string,
): Promise<ApiKey | null> {
  return (await keys.findActivePersonal(userId)) ?? keys.findNewestPersonal(userId);
}

/** Throws `FORBIDDEN` when an admin has disabled the user's personal key or set an expiry that has passed. */
export function requirePersonalKeyAllowed(current: ApiKey | null, now: number): void {
  const path = current === null ? undefined : rejectedBy(current, now);
  if (path === undefined) return;
  const message =
    path === 'enabled'
      ? 'An administrator has disabled your API key, and has to enable it again.'
      : 'An administrator has let your API key end, and has to give it another end.';
  throw new AuthError('FORBIDDEN', { message, details: [{ path, message }] });
}

function rejectedBy({ enabled, expiresAt }: ApiKey, now: number): 'enabled' | 'expiresAt' | undefined {
  if (!enabled) return 'enabled';
  return expiresAt !== null && expiresAt.getTime() <= now ? 'expiresAt' : undefined;
}

/**
 * Inside a change: checks the caller again, so that a race with its end leaves no new key behind. Throws `INVALID_API_KEY`
 * when the calling API key has ended, and `USER_NOT_FOUND` when its owner or user is disabled. Resolves with the calling
 * key, or `null` for a caller without one.
 */
export async function requireActiveKey(
  keys: Pick<ApiKeyChanges, 'find' | 'requireActive'>,
  user: AuthenticatedUser,
  now: number,
): Promise<ApiKey | null> {
  const { source, ownerId, userId } = user;
  if (source.type === 'tool_key') throw new AuthError('FORBIDDEN');
  await keys.requireActive(ownerId, userId, issuedAtOf(user));
  if (source.type !== 'api_key') return null;
  const key = await keys.find(source.keyId);
  const outcome = key === null ? 'NOT_FOUND' : apiKeyOutcome(stateOfApiKey(key), now);
  if (outcome !== 'VALID')
    throw new AuthError('INVALID_API_KEY', {
      cause: { outcome, key: { type: 'api_key', id: source.keyId, ownerId, userId } },
    });
  return key;
}

/** The rows of a key and its user, for which a change of the key waits. */
export function rowsOfKey({ id, userId }: Pick<ApiKey, 'id' | 'userId'>): string[] {
  return [...(userId === null ? [] : [`users ${userId}`]), `api_keys ${id}`];
}

/** Locks them: the user first, as a refresh does, which must not replace a key that has ended. */
export async function lockKeyOfUser(
  keys: Pick<ApiKeyChanges, 'lockUser' | 'lockKey'>,
  { id, userId }: Pick<ApiKey, 'id' | 'userId'>,
): Promise<void> {
  if (userId !== null) await keys.lockUser(userId);
  await keys.lockKey(id);
}
