import { types } from 'node:util';
import { z } from 'zod';
import { actorTypes } from '../principal/authenticated-user.js';
import { isScope, type Scope, scopesOfRole } from '../principal/scopes.js';
import type { ApiKey } from './api-key.entity.js';
import { isNetwork } from '../principal/networks.js';

const maxItems = 1_000;
const id = z.string().min(1).max(36);
const date = z.custom<Date>(
  (value) => types.isDate(value) && !Number.isNaN(value.getTime()),
  'must be a Date',
);
const optionalDate = date.nullable();
const scope = z.string().refine((text): text is Scope => isScope(text), 'must be a scope');

const rateLimit = z.object({ limit: z.int().min(1), windowSeconds: z.int().min(1) }).nullable();
const allowedIps = z.array(z.string().refine(isNetwork, 'must be a network')).max(maxItems).nullable();

/** Restrictions must be present: `undefined` would mean no limit, no network, no expiry. */
const row = z
  .object({
    id,
    kind: z.enum(['personal', 'access', 'service']),
    ownerId: id,
    userId: id.nullable(),
    name: z.string().max(100),
    environment: z.enum(['live', 'test']),
    hash: z.string().regex(/^[0-9a-f]{64}$/, 'must be SHA-256 in lower-case hex'),
    prefix: z.string().max(64),
    role: z.enum(Object.keys(scopesOfRole) as (keyof typeof scopesOfRole)[]).nullable(),
    scopes: z.array(scope).max(maxItems).nullable(),
    enabled: z.boolean(),
    // As below.
    bounded: z
      .boolean()
      .nullish()
      .transform((bounded) => bounded ?? false),
    rateLimit,
    allowedIps,
    // As below.
    imposed: z
      .object({ enabled: z.boolean(), expiresAt: z.number().nullable(), allowedIps, rateLimit })
      .nullish()
      .transform((imposed) => imposed ?? null),
    metadata: z.custom<object>((value) => typeof value === 'object').nullable(),
    replacesId: id.nullable(),
    replacedById: id.nullable(),
    // Custom stores from before this field existed may omit it.
    lineageId: id.nullish().transform((lineageId) => lineageId ?? null),
    expiresAt: optionalDate,
    revokedAt: optionalDate,
    revokeReason: z.string().max(200).nullable(),
    expiryNotedAt: optionalDate,
    // As below.
    expiringAt: optionalDate.nullish().transform((due) => due ?? null),
    idleSince: date.nullish().transform((since) => since ?? new Date(0)),
    unusedNotedAt: optionalDate.nullish().transform((notedAt) => notedAt ?? null),
    lastUsedAt: optionalDate,
    lastUsedIp: z.string().max(45).nullable(),
    lastUsedUserAgent: z.string().max(255).nullable(),
    // As above.
    createdByType: z
      .enum(actorTypes)
      .nullish()
      .transform((type) => type ?? null),
    createdById: z
      .string()
      .max(255)
      .nullish()
      .transform((creator) => creator ?? null),
    createdAt: date,
  })
  .refine(({ kind, userId }) => (kind === 'service') === (userId === null), {
    path: ['userId'],
    error: 'belongs to a personal or access key, and to no other',
  }) satisfies z.ZodType<ApiKey>;

/** Checks a key returned by a custom store and drops unknown fields. Throws an `Error` that names invalid fields. */
export function readApiKey(answer: unknown): ApiKey {
  const { data, error } = row.safeParse(answer);
  if (data !== undefined) return data;
  const faults = error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`);
  throw new Error(`It did not return a valid key (${faults.join('; ')}).`);
}
