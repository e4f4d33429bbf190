import { z } from 'zod';
import { actorLink, ipAddress, scope, time } from '../../http/schemas.js';
import { outcomes } from '../../key-store/outcome.js';
import { apiKey, toApiKey } from '../service-key.views.js';
import { chainOfApiKey } from '../../auth/verifiers/principals.js';
import type { ToolKey } from '../../key-store/tool-key.entity.js';
import type { KeyVerdict } from './key-verdicts.service.js';

export const verifyKeyRequest = z
  .strictObject({
    key: z.string().min(1).max(512).meta({ description: 'An API key or a tool key.' }),
    scopes: z.array(scope).max(100).default([]).meta({ description: 'The key must hold all of them.' }),
    ip: ipAddress.optional().meta({
      description: 'The address the key was sent from. Required for a key with an address list.',
    }),
    ownerId: z
      .string()
      .max(200)
      .optional()
      .meta({ description: 'The owner to act for: the `X-Owner-Id` that was sent with the key.' }),
    consume: z.boolean().default(true).meta({ description: 'False: nothing is counted or charged.' }),
  })
  .meta({
    id: 'VerifyKeyRequest',
    examples: [{ key: 'mk_live_…', scopes: ['files:read'], ip: '203.0.113.9' }],
  });
export type VerifyKeyRequest = z.infer<typeof verifyKeyRequest>;

const outcome = z.enum(outcomes);

const rateLimitState = z
  .object({ limit: z.int(), windowSeconds: z.int(), remaining: z.int(), resetSeconds: z.int() })
  .meta({ id: 'RateLimitState' });

const verifiedToolKey = z
  .object({
    id: z.string(),
    prefix: z.string(),
    ownerId: z.string(),
    taskId: z.string(),
    attempt: z.int(),
    depth: z.int(),
    parentId: z.string().nullable(),
    scopes: z.array(z.string()),
    environment: z.enum(['live', 'test']).nullable(),
    expiresAt: time,
    createdAt: time,
  })
  .meta({ id: 'VerifiedToolKey' });

export const keyVerdict = z
  .object({
    valid: z.boolean(),
    code: outcome,
    ownerId: z
      .string()
      .nullable()
      .meta({ description: 'The owner whose data the key can see; null for an invalid key.' }),
    key: apiKey
      .nullable()
      .meta({ description: 'The API key; null if it does not exist or you cannot see it.' }),
    toolKey: verifiedToolKey
      .nullable()
      .meta({ description: 'The tool key; null if it does not exist or you cannot see it.' }),
    actorChain: z
      .array(actorLink)
      .meta({ description: 'Who acts through the key; empty when it is unknown.' }),
    missing: z.array(z.string()).meta({ description: 'The required scopes that the key does not hold.' }),
    rateLimit: rateLimitState.nullable(),
  })
  .meta({ id: 'KeyVerdict' });

/** A verdict as it is shown at the time `now`. */
export function toVerdict({ code, ownerId, apiKey, toolKey, missing, limit }: KeyVerdict, now: number) {
  return {
    valid: code === 'VALID',
    code,
    ownerId,
    key: apiKey === null ? null : toApiKey(apiKey, now),
    toolKey: toolKey === null ? null : toToolKey(toolKey),
    actorChain: toolKey?.actorChain ?? (apiKey === null ? [] : chainOfApiKey(apiKey)),
    missing,
    rateLimit: limit === null ? null : toRateLimit(limit),
  };
}

function toToolKey(key: ToolKey) {
  const { id, prefix, ownerId, taskId, attempt, depth, parentId } = key;
  const { scopes, environment, expiresAt, createdAt } = key;
  return { id, prefix, ownerId, taskId, attempt, depth, parentId, scopes, environment, expiresAt, createdAt };
}

function toRateLimit({ limit, windowSeconds, remaining, resetSeconds }: NonNullable<KeyVerdict['limit']>) {
  return { limit, windowSeconds, remaining, resetSeconds };
}
