import { z } from 'zod';
import { actorLink } from '../../http/schemas.js';

const source = z
  .object({
    type: z.enum(['jwt', 'api_key', 'tool_key', 'custom']),
    keyId: z.string().optional().meta({ description: 'Of an API key or a tool key.' }),
    taskId: z.string().optional().meta({ description: 'Of a tool key.' }),
    attempt: z.int().optional().meta({ description: 'Of the task.' }),
    name: z.string().optional().meta({ description: 'Of a credential of the application’s own.' }),
    id: z.string().optional().meta({ description: 'Of the user or program that it stands for.' }),
  })
  .meta({ id: 'CredentialSource' });

export const principal = z
  .object({
    userId: z.string().nullable().meta({ description: 'Null for service keys and tool keys.' }),
    ownerId: z.string().meta({ description: 'The tenant whose data this caller may see.' }),
    email: z.string().nullable(),
    source,
    role: z.enum(['read_only', 'write_agent', 'admin']).nullable(),
    scopes: z.array(z.string()),
    environment: z.enum(['live', 'test']).nullable(),
    actorChain: z.array(actorLink),
  })
  .meta({ id: 'AuthenticatedUser' });

export const authStatus = z
  .object({ authenticated: z.boolean(), user: principal.nullable() })
  .meta({ id: 'AuthStatus' });
