import { newId } from '../database/new-id.js';
import type { ApiKey } from './api-key.entity.js';
import type { MintedKey } from './key-mint.js';

type Settings = Pick<ApiKey, 'kind' | 'ownerId' | 'userId' | 'name' | 'environment'> & Partial<ApiKey>;

/** The row of a key that is new here: enabled, without limits of its own unless `settings` say otherwise. */
export function newApiKey(
  { hash, prefix }: Pick<MintedKey, 'hash' | 'prefix'>,
  settings: Settings,
  now: number,
): ApiKey {
  return {
    id: newId(),
    hash,
    prefix,
    role: null,
    scopes: null,
    enabled: true,
    rateLimit: null,
    allowedIps: null,
    metadata: null,
    replacesId: null,
    replacedById: null,
    lineageId: null,
    expiresAt: null,
    revokedAt: null,
    revokeReason: null,
    expiryNotedAt: null,
    lastUsedAt: null,
    lastUsedIp: null,
    lastUsedUserAgent: null,
    createdAt: new Date(now),
    ...settings,
  };
}
