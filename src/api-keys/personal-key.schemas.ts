import { z } from 'zod';
import { actorLink, plainText, time } from '../auth/http/schemas.js';

export const personalKeyRequest = z
  .strictObject({ name: plainText(100).optional() })
  .meta({ id: 'PersonalKeyRequest', examples: [{ name: 'my laptop' }] });
export type PersonalKeyRequest = z.infer<typeof personalKeyRequest>;

const shownPrefix = z.string().meta({ examples: ['mk_live_4fzQ81Xa'] });
const secretKey = z.string().meta({ description: 'The whole key. It is shown this once and never again.' });

export const createdPersonalKey = z
  .object({ id: z.string(), key: secretKey, prefix: shownPrefix, name: z.string(), createdAt: time })
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
  .object({ message: z.string(), revokedKeyPrefix: shownPrefix })
  .meta({ id: 'RevokedPersonalKey' });

export const auditEvent = z
  .object({
    id: z.string(),
    time,
    type: z.string().meta({ examples: ['created'] }),
    subject: z.object({ type: z.string(), id: z.string() }),
    actor: z.object({ type: z.string(), chain: z.array(actorLink) }),
    ip: z.string().nullable(),
    userAgent: z.string().nullable(),
    requestId: z.string().nullable(),
    details: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({ id: 'AuditEvent' });

export const auditEvents = z
  .object({
    events: z.array(auditEvent),
    nextCursor: z.string().nullable().meta({ description: 'Hand it back as `cursor` for the next page.' }),
  })
  .meta({ id: 'AuditEvents' });
