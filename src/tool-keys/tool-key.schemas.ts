import { z } from 'zod';
import { receipt } from '../http/receipts.js';
import {
  actorLink,
  boundedKey,
  createdBy,
  creatorFilter,
  nextCursor,
  pageSize,
  plainText,
  secretKey,
  storedScopes,
  time,
} from '../http/schemas.js';
import { outcomes } from '../key-store/outcome.js';

const day = 86_400;

/** Lifetime of a key without a requested one. */
export const defaultTtlSeconds = 900;

/** Three missed heartbeats must take longer than a restart, a failover or a busy moment that is too short to be noticed. */
export const leastHeartbeatSeconds = 5;

/** The id of a task in the application that runs it. */
export const taskName = plainText(200);

const attempt = z
  .int()
  .min(1)
  .max(2 ** 31 - 1);

export const toolKeyRequest = z
  .strictObject({
    taskId: taskName.meta({ description: 'Your id of the task that the key is for.' }),
    name: plainText(100)
      .optional()
      .meta({ description: 'What the agent is known by, such as `researcher`.' }),
    attempt: attempt.optional().meta({
      description:
        'A higher attempt than before, by 1,000 at most, ends all keys of the task. Default: the current attempt.',
    }),
    scopes: storedScopes
      .min(1)
      .optional()
      .meta({ description: 'Scopes of the issuer. Default: all scopes that it can pass on.' }),
    ttlSeconds: z
      .int()
      .min(1)
      .max(day)
      .optional()
      .meta({
        description: `Seconds until the key expires, by default ${defaultTtlSeconds}. If its issuer expires earlier, so does the key, and the answer has \`shortened: true\`.`,
      }),
    heartbeatSeconds: z
      .int()
      .min(leastHeartbeatSeconds)
      .max(day)
      .optional()
      .meta({
        description: `The key has a lease: it ends when it misses three heartbeats in a row. At least ${leastHeartbeatSeconds}.`,
      }),
    maxCalls: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .optional()
      .meta({ description: 'Number of requests that the key can make, including those of its children.' }),
  })
  .refine(
    ({ heartbeatSeconds, ttlSeconds = defaultTtlSeconds }) =>
      heartbeatSeconds === undefined || heartbeatSeconds <= ttlSeconds,
    { path: ['heartbeatSeconds'], error: 'must not be longer than the key lives' },
  )
  .meta({
    id: 'ToolKeyRequest',
    examples: [{ taskId: 'task-42', scopes: ['files:read'], ttlSeconds: 600, heartbeatSeconds: 10 }],
  });
export type ToolKeyRequest = z.infer<typeof toolKeyRequest>;

const fields = {
  id: z.string(),
  prefix: z.string().meta({ examples: ['tk_4fzQ81Xa'] }),
  taskId: z.string(),
  name: z.string().nullable().meta({ description: 'What the agent is known by.' }),
  attempt: z.int(),
  depth: z.int().meta({ description: '1 for a key that no tool key issued.' }),
  bounded: boundedKey,
  parentId: z.string().nullable().meta({ description: 'The tool key that issued it.' }),
  scopes: z.array(z.string()),
  environment: z.enum(['live', 'test']).nullable(),
  actorChain: z.array(actorLink),
  heartbeatSeconds: z.int().nullable(),
  leaseUntil: time.nullable().meta({ description: 'When it ends without a heartbeat.' }),
  maxCalls: z.int().nullable(),
  remainingCalls: z
    .int()
    .nullable()
    .meta({ description: 'Of `maxCalls`, as far as they were counted. Null: no limit of its own.' }),
  status: z.enum(['active', 'ended']),
  endedBecause: z.enum(outcomes).nullable(),
  expiresAt: time,
  endedAt: time
    .nullable()
    .meta({ description: 'Also null for a key that ended with its task or a key above it.' }),
  lastUsedAt: time.nullable(),
  createdBy,
  createdAt: time,
};

export const toolKey = z.object(fields).meta({ id: 'ToolKey' });

export const issuedToolKey = z
  .object({
    ...fields,
    shortened: z.boolean().meta({
      description: 'The key expires with its issuer, before the requested or default `ttlSeconds`.',
    }),
    key: secretKey.optional(),
  })
  .meta({ id: 'IssuedToolKey' });

export const toolKeys = z.object({ keys: z.array(toolKey), nextCursor }).meta({ id: 'ToolKeys' });

export const ownToolKey = z
  .object({
    ...fields,
    remainingSeconds: z.int().meta({ description: 'Until it ends without a heartbeat.' }),
    remainingCalls: z.int().nullable().meta({ description: 'Null: no limit.' }),
  })
  .meta({ id: 'OwnToolKey' });

export const revokedToolKey = toolKey.extend(receipt).meta({ id: 'RevokedToolKey' });

export const heartbeat = z
  .object({
    leaseUntil: time.nullable().meta({ description: 'Null: the key has no lease and needs no heartbeats.' }),
    expiresAt: time,
  })
  .meta({ id: 'Heartbeat' });

export const endedTask = z
  .object({
    taskId: z.string(),
    attempt: z.int(),
    ended: z.int().meta({ description: 'Number of active keys that were ended.' }),
    ...receipt,
  })
  .meta({ id: 'EndedTask' });

export const endTaskQuery = z.object({
  restart: z.enum(['true', 'false']).optional().meta({
    description:
      '`true`: attempts begin at 1 again, after one that was too high. Stop your orchestrators first.',
  }),
});
export type EndTaskQuery = z.infer<typeof endTaskQuery>;

export const endNamedTaskQuery = endTaskQuery.extend({ taskId: taskName });
export type EndNamedTaskQuery = z.infer<typeof endNamedTaskQuery>;

export const toolKeyFilter = z.strictObject({
  taskId: taskName.optional(),
  createdBy: creatorFilter,
  current: z.enum(['true', 'false']).optional().meta({
    description:
      '`true`: only keys that were not ended and have not expired themselves; what is above them may have. See `status`.',
  }),
});

export const listToolKeysQuery = toolKeyFilter.extend({
  limit: pageSize,
  cursor: z.string().max(64).optional(),
});
export type ListToolKeysQuery = z.infer<typeof listToolKeysQuery>;

export const treeQuery = listToolKeysQuery.omit({ taskId: true, createdBy: true, current: true });

export const listAllToolKeysQuery = listToolKeysQuery.extend({ ownerId: z.uuid().optional() });
export type ListAllToolKeysQuery = z.infer<typeof listAllToolKeysQuery>;

export const endTaskOfOwnerQuery = endTaskQuery.extend({ taskId: taskName, ownerId: z.uuid() });
export type EndTaskOfOwnerQuery = z.infer<typeof endTaskOfOwnerQuery>;

export const toolKeysOfAll = z
  .object({
    keys: z.array(toolKey.extend({ ownerId: z.string() }).meta({ id: 'ToolKeyOfAnyOwner' })),
    nextCursor,
  })
  .meta({ id: 'ToolKeysOfAllOwners' });
export type TreeQuery = z.infer<typeof treeQuery>;
