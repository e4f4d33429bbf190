import { z } from 'zod';
import { receipt } from '../http/receipts.js';
import { plainText, secretKey, shownPrefix, time } from '../http/schemas.js';
import type { ApiKey } from '../key-store/api-key.entity.js';
import type { RepeatedRefresh } from './personal-keys.service.js';
import type { RepeatedKey } from './repeated-creations.js';

export const personalKeyRequest = z
  .strictObject({ name: plainText(100).optional() })
  .meta({ id: 'PersonalKeyRequest', examples: [{ name: 'my laptop' }] });
export type PersonalKeyRequest = z.infer<typeof personalKeyRequest>;

export const createdPersonalKey = z
  .object({
    id: z.string(),
    key: secretKey.optional(),
    prefix: shownPrefix,
    name: z.string(),
    createdAt: time,
  })
  .meta({ id: 'CreatedPersonalKey' });

export const personalKey = z
  .object({
    id: z.string(),
    prefix: shownPrefix,
    name: z.string(),
    lastUsedAt: time.nullable(),
    createdAt: time,
  })
  .meta({ id: 'PersonalKey' });

export const refreshedPersonalKey = createdPersonalKey
  .extend({ previousKeyRevoked: z.boolean() })
  .meta({ id: 'RefreshedPersonalKey' });

export const revokedPersonalKey = z
  .object({ message: z.string(), revokedKeyPrefix: shownPrefix, ...receipt })
  .meta({ id: 'RevokedPersonalKey' });

export function toCreated({ stored: { id, prefix, name, createdAt }, key }: RepeatedKey) {
  return { id, key, prefix, name, createdAt };
}

export function toRefreshed(refreshed: RepeatedRefresh) {
  return { ...toCreated(refreshed), previousKeyRevoked: refreshed.previousKeyRevoked };
}

export function toPersonalKey({ id, prefix, name, lastUsedAt, createdAt }: ApiKey) {
  return { id, prefix, name, lastUsedAt, createdAt };
}

export function toRevoked({ prefix }: ApiKey) {
  return { message: 'The API key was revoked.', revokedKeyPrefix: prefix };
}
