import { z } from 'zod';
import { receipt } from '../http/receipts.js';
import { actorLink, nextCursor, pageSize, plainText, secretKey, time } from '../http/schemas.js';
import { outcomes } from '../key-store/outcome.js';
import { isScope, type Scope } from '../principal/scopes.js';

const day = 86_400;

/** What a key lives that nobody asked to live longer or shorter. */
export const defaultTtlSeconds = 900;

/** The task's name in the numbering of whoever runs it. */
export const taskName = plainText(200);

const scope = z
  .string()
  .max(129)
  .refine((text): text is Scope => isScope(text), 'must be resource:action')
  .meta({ examples: ['files:read'] });

const attempt = z
  .int()
  .min(1)
  .max(2 ** 31 - 1);

export const toolKeyRequest = z
  .strictObject({
    taskId: taskName.meta({ description: 'The task the key is for, in your own numbering.' }),
    attempt: attempt.optional().meta({
      description:
        'A higher one than before, by 1,000 at most, ends all keys of the task. The current one unless given.',
    }),
    scopes: z
      .array(scope)
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'Among those of the issuer; all that may be passed on unless given.' }),
    ttlSeconds: z
      .int()
      .min(1)
      .max(day)
      .optional()
      .meta({
        description: `Seconds until the key ends by itself; ${defaultTtlSeconds}, or as long as its issuer, unless given.`,
      }),
    heartbeatSeconds: z
      .int()
      .min(1)
      .max(day)
      .optional()
      .meta({ description: 'The key has a lease: it ends when it misses three beats in a row.' }),
    maxCalls: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .optional()
      .meta({ description: 'Requests that the key may make, those of its children included.' }),
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
  attempt: z.int(),
  depth: z.int().meta({ description: '1 for a key that no tool key issued.' }),
  parentId: z.string().nullable().meta({ description: 'The tool key that issued it.' }),
  scopes: z.array(z.string()),
  environment: z.enum(['live', 'test']).nullable(),
  actorChain: z.array(actorLink),
  heartbeatSeconds: z.int().nullable(),
  leaseUntil: time.nullable().meta({ description: 'When it ends unless it beats.' }),
  maxCalls: z.int().nullable(),
  status: z.enum(['active', 'ended']),
  endedBecause: z.enum(outcomes).nullable(),
  expiresAt: time,
  endedAt: time.nullable().meta({ description: 'Null also for a key that ended with what is above it.' }),
  lastUsedAt: time.nullable(),
  createdAt: time,
};

export const toolKey = z.object(fields).meta({ id: 'ToolKey' });

export const issuedToolKey = z.object({ ...fields, key: secretKey }).meta({ id: 'IssuedToolKey' });

export const toolKeys = z.object({ keys: z.array(toolKey), nextCursor }).meta({ id: 'ToolKeys' });

export const ownToolKey = z
  .object({
    ...fields,
    remainingSeconds: z.int().meta({ description: 'Until it ends, if it does not beat before.' }),
    remainingCalls: z.int().nullable().meta({ description: 'Null: as many as it likes.' }),
  })
  .meta({ id: 'OwnToolKey' });

export const revokedToolKey = toolKey.extend(receipt).meta({ id: 'RevokedToolKey' });

export const heartbeat = z
  .object({
    leaseUntil: time.nullable().meta({ description: 'Null: it has no lease and need not beat.' }),
    expiresAt: time,
  })
  .meta({ id: 'Heartbeat' });

export const endedTask = z
  .object({
    taskId: z.string(),
    attempt: z.int(),
    ended: z.int().meta({ description: 'Active keys that it ended.' }),
    ...receipt,
  })
  .meta({ id: 'EndedTask' });

export const endTaskQuery = z.object({
  restart: z.enum(['true', 'false']).optional().meta({
    description:
      '`true`: attempts begin at 1 again, after one that was too high. End your orchestrators first.',
  }),
});
export type EndTaskQuery = z.infer<typeof endTaskQuery>;

export const listToolKeysQuery = z.strictObject({
  taskId: taskName.optional(),
  limit: pageSize,
  cursor: z.string().max(64).optional(),
});
export type ListToolKeysQuery = z.infer<typeof listToolKeysQuery>;

export const treeQuery = listToolKeysQuery.omit({ taskId: true });
export type TreeQuery = z.infer<typeof treeQuery>;
