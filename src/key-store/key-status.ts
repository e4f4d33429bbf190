import type { ApiKey } from './api-key.entity.js';
import type { KeyStatus } from './api-key.store.js';

/** What a key is at the time `now`, in a word; the same as the filter of `ApiKeyStore.list`. */
export function statusOfKey({ revokedAt, enabled, expiresAt }: ApiKey, now: number): KeyStatus {
  if (revokedAt !== null) return 'revoked';
  if (!enabled) return 'disabled';
  return expiresAt !== null && expiresAt.getTime() <= now ? 'expired' : 'active';
}
