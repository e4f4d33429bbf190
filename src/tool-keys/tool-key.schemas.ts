import { z } from 'zod';
import { plainText, secretKey, time } from '../auth/http/schemas.js';

const day = 86_400;

export const toolKeyRequest = z
  .strictObject({
    taskId: plainText(200).meta({ description: 'The task the key is for, in your own numbering.' }),
    ttlSeconds: z
      .int()
      .min(1)
      .max(day)
      .default(900)
      .meta({ description: 'Seconds until the key ends by itself.' }),
  })
  .meta({ id: 'ToolKeyRequest', examples: [{ taskId: 'task-42', ttlSeconds: 600 }] });
export type ToolKeyRequest = z.infer<typeof toolKeyRequest>;

export const issuedToolKey = z
  .object({
    id: z.string(),
    key: secretKey,
    prefix: z.string().meta({ examples: ['tk_4fzQ81Xa'] }),
    taskId: z.string(),
    scopes: z.array(z.string()),
    expiresAt: time,
    createdAt: time,
  })
  .meta({ id: 'IssuedToolKey' });

export const revokedToolKey = z
  .object({ id: z.string(), taskId: z.string(), revokedAt: time })
  .meta({ id: 'RevokedToolKey' });
