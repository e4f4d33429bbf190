import { z } from 'zod';
import { receipt } from '../http/receipts.js';
import {
  boundedKey,
  createdBy,
  nextCursor,
  secretKey,
  shownPrefix,
  time,
  toCreator,
} from '../http/schemas.js';
import type { ApiKey } from '../key-store/api-key.entity.js';
import { lineageOf } from '../key-store/api-key.state.js';
import { type KeyStatus, statusOfKey } from '../key-store/api-key.store.js';
import { mostScopesOfKey, type ScopesUsed } from '../usage/scope-use.store.js';
import { keyStanding } from './key-standing.js';
import { environment, keySettings, keyStatus } from './service-key.schemas.js';

const imposed = z
  .object({
    enabled: z.boolean(),
    expiresAt: time.nullable(),
    allowedIps: z.array(z.string()).nullable(),
    rateLimit: keySettings.rateLimit,
  })
  .nullable()
  .meta({ description: 'What an admin set on an access key. Its user cannot go beyond it.' });

export const apiKey = z
  .object({
    id: z.string(),
    ownerId: z.string(),
    kind: z.enum(['personal', 'access', 'service']),
    userId: z.string().nullable().meta({ description: 'The user that a personal or access key acts as.' }),
    prefix: shownPrefix,
    status: keyStatus,
    ...z.object(keySettings).shape,
    environment,
    bounded: boundedKey,
    imposed,
    expiresAt: time.nullable(),
    replacesId: z.string().nullable().meta({ description: 'The key that this one replaced.' }),
    replacedById: z.string().nullable().meta({ description: 'The key that replaced this one.' }),
    lineageId: z.string().meta({ description: 'Keys with the same one share one window of their limits.' }),
    revokedAt: time.nullable(),
    revokeReason: z.string().nullable(),
    lastUsedAt: time.nullable(),
    lastUsedIp: z.string().nullable(),
    lastUsedUserAgent: z.string().nullable(),
    createdBy,
    createdAt: time,
  })
  .meta({ id: 'ApiKey' });

export const narrowedApiKey = apiKey.extend(receipt).meta({ id: 'NarrowedApiKey' });

export const revokedApiKey = apiKey.extend(receipt).meta({ id: 'RevokedApiKey' });

const previous = z
  .object({
    id: z.string(),
    prefix: shownPrefix,
    status: keyStatus,
    lastUsedAt: time.nullable(),
    expiresAt: time.nullable(),
  })
  .meta({ id: 'PreviousKey', description: 'The key that this one replaced, as it is now.' });

const replacing = { previous: previous.nullable() };

const scopeUsed = z.object({ scope: z.string(), lastUsedAt: time }).meta({
  id: 'ScopeUsed',
  description: 'A scope that the key has needed, and when it last did, to the hour.',
});

export const apiKeyDetails = apiKey
  .extend({
    ...replacing,
    ...keyStanding,
    scopesUsed: z.array(scopeUsed).max(mostScopesOfKey).meta({
      description: 'The scopes that the key, or the one it replaced, has needed in the last 90 days.',
    }),
    scopesUsedComplete: z
      .boolean()
      .meta({ description: `False if it has needed more than ${mostScopesOfKey}; the others are not kept.` }),
    scopesUsedSince: time.nullable().meta({ description: 'When the first use was noted; null without any.' }),
  })
  .meta({ id: 'ApiKeyDetails' });

export const newApiKeyAnswer = apiKey
  .extend({ ...replacing, key: secretKey.optional() })
  .meta({ id: 'NewApiKey' });

const listedApiKey = apiKey.extend(keyStanding).meta({ id: 'ListedApiKey' });

export const apiKeys = z.object({ keys: z.array(listedApiKey), nextCursor }).meta({ id: 'ApiKeys' });

const keyOfAll = listedApiKey.extend({ ownerName: z.string().nullable() }).meta({ id: 'ApiKeyOfAnyOwner' });

export const apiKeysOfAll = apiKeys
  .extend({ keys: z.array(keyOfAll), total: z.int() })
  .meta({ id: 'ApiKeysOfAllOwners' });

/** A key as its manager sees it. */
export interface KeyView extends Omit<
  ApiKey,
  | 'hash'
  | 'imposed'
  | 'expiryNotedAt'
  | 'expiringAt'
  | 'idleSince'
  | 'unusedNotedAt'
  | 'createdByType'
  | 'createdById'
  | 'lineageId'
> {
  imposed: (Omit<NonNullable<ApiKey['imposed']>, 'expiresAt'> & { expiresAt: Date | null }) | null;
  status: KeyStatus;
  lineageId: string;
  createdBy: { type: NonNullable<ApiKey['createdByType']>; id: string } | null;
}

/** A new key, which is shown in full this once. */
export interface NewKeyView extends KeyView {
  /** The whole key. */
  key: string;
  /** The key that it replaces, as it is now. */
  previous: Pick<KeyView, 'id' | 'prefix' | 'status' | 'lastUsedAt' | 'expiresAt'> | null;
}

/** The answer to a repeated request; without a secret if the key was used or has ended. */
export interface RepeatedKeyView extends Omit<NewKeyView, 'key'> {
  key: string | undefined;
}

/** The public fields of a key, with its status at the time `now`. */
export function toApiKey(key: ApiKey, now: number): KeyView {
  return {
    id: key.id,
    ownerId: key.ownerId,
    kind: key.kind,
    userId: key.userId,
    prefix: key.prefix,
    status: statusOfKey(key, now),
    name: key.name,
    role: key.role,
    scopes: key.scopes,
    rateLimit: key.rateLimit,
    expiresAt: key.expiresAt,
    allowedIps: key.allowedIps,
    metadata: key.metadata,
    enabled: key.enabled,
    bounded: key.bounded || key.kind === 'access',
    imposed: toImposed(key),
    environment: key.environment,
    replacesId: key.replacesId,
    replacedById: key.replacedById,
    lineageId: lineageOf(key),
    revokedAt: key.revokedAt,
    revokeReason: key.revokeReason,
    lastUsedAt: key.lastUsedAt,
    lastUsedIp: key.lastUsedIp,
    lastUsedUserAgent: key.lastUsedUserAgent,
    createdBy: toCreator(key),
    createdAt: key.createdAt,
  };
}

function toImposed({ imposed }: ApiKey): KeyView['imposed'] {
  if (imposed === null) return null;
  const { expiresAt } = imposed;
  return { ...imposed, expiresAt: expiresAt === null ? null : new Date(expiresAt) };
}

export function toDetails<Standing extends object>(
  stored: ApiKey,
  previous: ApiKey | null,
  { standing, used }: { standing: Standing; used: ScopesUsed },
  now: number,
) {
  const { scopes: scopesUsed, isComplete: scopesUsedComplete, since: scopesUsedSince } = used;
  const scopes = { scopesUsed, scopesUsedComplete, scopesUsedSince };
  return { ...withPrevious(stored, previous, now), ...standing, ...scopes };
}

function withPrevious(stored: ApiKey, previous: ApiKey | null, now: number) {
  return { ...toApiKey(stored, now), previous: previous === null ? null : toPrevious(previous, now) };
}

/** A new key with its secret, and the key that it replaces as it is now. */
export function toNewApiKey<Secret extends string | undefined>(
  { stored, key, previous }: { stored: ApiKey; key: Secret; previous: ApiKey | null },
  now: number,
) {
  return { ...withPrevious(stored, previous, now), key };
}

function toPrevious(key: ApiKey, now: number) {
  const { id, prefix, lastUsedAt, expiresAt } = key;
  return { id, prefix, status: statusOfKey(key, now), lastUsedAt, expiresAt };
}
