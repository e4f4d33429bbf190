import type { ApiKey } from '../../key-store/api-key.entity.js';
import type { NewPersonalKey, RefreshedKey } from './personal-keys.service.js';

export function toCreated({ stored: { id, prefix, name, createdAt }, key }: NewPersonalKey) {
  return { id, key, prefix, name, createdAt };
}

export function toRefreshed(refreshed: RefreshedKey) {
  return { ...toCreated(refreshed), previousKeyRevoked: refreshed.previousKeyRevoked };
}

export function toPersonalKey({ id, prefix, name, lastUsedAt, createdAt }: ApiKey) {
  return { id, prefix, name, lastUsedAt, createdAt };
}

export function toRevoked({ prefix }: ApiKey) {
  return { message: 'The API key was revoked.', revokedKeyPrefix: prefix };
}
