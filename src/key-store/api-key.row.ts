import { types } from 'node:util';
import { z } from 'zod';
import { isScope, type Scope, scopesOfRole } from '../principal/scopes.js';
import type { ApiKey } from './api-key.entity.js';
import { isNetwork } from '../principal/networks.js';

const most = 1_000;
const id = z.string().min(1).max(36);
const date = z.custom<Date>(
  (value) => types.isDate(value) && !Number.isNaN(value.getTime()),
  'must be a Date',
);
const moment = date.nullable();
const scope = z.string().refine((text): text is Scope => isScope(text), 'must be a scope');

/** What makes a key weaker is never absent: `undefined` would be no limit, no network, no end. */
const row = z
  .object({
    id,
    kind: z.enum(['personal', 'service']),
    ownerId: id,
    userId: id.nullable(),
    name: z.string().max(100),
    environment: z.enum(['live', 'test']),
    hash: z.string().regex(/^[0-9a-f]{64}$/, 'must be SHA-256 in lower-case hex'),
    prefix: z.string().max(64),
    role: z.enum(Object.keys(scopesOfRole) as (keyof typeof scopesOfRole)[]).nullable(),
    scopes: z.array(scope).max(most).nullable(),
    enabled: z.boolean(),
    rateLimit: z.object({ limit: z.int().min(1), windowSeconds: z.int().min(1) }).nullable(),
    allowedIps: z.array(z.string().refine(isNetwork, 'must be a network')).max(most).nullable(),
    metadata: z.custom<object>((value) => typeof value === 'object').nullable(),
    replacesId: id.nullable(),
    replacedById: id.nullable(),
    // A store that was there before rows had it may keep none.
    lineageId: id.nullish().transform((lineageId) => lineageId ?? null),
    expiresAt: moment,
    revokedAt: moment,
    revokeReason: z.string().max(200).nullable(),
    expiryNotedAt: moment,
    lastUsedAt: moment,
    lastUsedIp: z.string().max(45).nullable(),
    lastUsedUserAgent: z.string().max(255).nullable(),
    createdAt: date,
  })
  .refine(({ kind, userId }) => (kind === 'personal') === (userId !== null), {
    path: ['userId'],
    error: 'belongs to a personal key, and to no other',
  }) satisfies z.ZodType<ApiKey>;

/** The key in the answer of a store, and nothing beside it; throws an `Error` that names the fields that are wrong. */
export function readApiKey(answer: unknown): ApiKey {
  const { data, error } = row.safeParse(answer);
  if (data !== undefined) return data;
  const faults = error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`);
  throw new Error(`It answered with what is no key (${faults.join('; ')}).`);
}
