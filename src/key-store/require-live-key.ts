import { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import type { ApiKey } from './api-key.entity.js';
import type { ApiKeyChanges } from './api-key.store.js';
import { judgeApiKey, stateOfApiKey } from './key-state.js';

/**
 * Inside a change: throws `INVALID_API_KEY` when the API key that asks for it has ended since the request was admitted,
 * and `USER_NOT_FOUND` when its owner or user was disabled, so that neither can win a race and leave a key behind.
 * Resolves with the key, or `null` when none does.
 */
export async function requireLiveKey(
  keys: Pick<ApiKeyChanges, 'find' | 'requireActive'>,
  { source, ownerId, userId }: AuthenticatedUser,
  now: number,
): Promise<ApiKey | null> {
  if (source.type === 'tool_key') throw new AuthError('FORBIDDEN');
  await keys.requireActive(ownerId, userId);
  if (source.type !== 'api_key') return null;
  const key = await keys.find(source.keyId);
  const outcome = key === null ? 'NOT_FOUND' : judgeApiKey(stateOfApiKey(key), now);
  if (outcome !== 'VALID')
    throw new AuthError('INVALID_API_KEY', {
      cause: { outcome, key: { type: 'api_key', id: source.keyId, ownerId, userId } },
    });
  return key;
}
