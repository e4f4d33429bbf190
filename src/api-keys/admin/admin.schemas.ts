import { z } from 'zod';
import { auditEventTypes } from '../../audit/audit-event.entity.js';
import { nextCursor, pageSize, plainText, time } from '../../http/schemas.js';
import { createServiceKeyRequest, listKeysQuery } from '../service/service-key.schemas.js';

export const createKeyForOwnerRequest = createServiceKeyRequest
  .safeExtend({
    ownerId: z.uuid().optional().meta({ description: 'The platform’s own owner unless given.' }),
  })
  .meta({ id: 'CreateKeyForOwnerRequest', examples: [{ name: 'ops', role: 'admin' }] });
export type CreateKeyForOwnerRequest = z.infer<typeof createKeyForOwnerRequest>;

export const listAllKeysQuery = listKeysQuery.extend({ ownerId: z.uuid().optional() });
export type ListAllKeysQuery = z.infer<typeof listAllKeysQuery>;

export const owner = z
  .object({
    id: z.string(),
    name: z.string(),
    enabled: z.boolean(),
    disabledAt: time.nullable(),
    createdAt: time,
  })
  .meta({ id: 'Owner' });

export const owners = z.object({ owners: z.array(owner), total: z.int(), nextCursor }).meta({ id: 'Owners' });

export const createOwnerRequest = z
  .strictObject({ name: plainText(320) })
  .meta({ id: 'CreateOwnerRequest', examples: [{ name: 'Build farm' }] });
export type CreateOwnerRequest = z.infer<typeof createOwnerRequest>;

const moment = z.iso.datetime({ offset: true }).optional();

export const auditEventsQuery = z.strictObject({
  limit: pageSize,
  cursor: z.string().max(64).optional(),
  ownerId: z.uuid().optional(),
  userId: z.uuid().optional(),
  subjectId: z.uuid().optional(),
  type: z.enum(auditEventTypes).optional(),
  from: moment.meta({ description: 'RFC 3339; events at or after it.' }),
  to: moment.meta({ description: 'RFC 3339; events before it.' }),
  format: z
    .enum(['json', 'ndjson'])
    .default('json')
    .meta({ description: 'ndjson: all of them, streamed, one a line.' }),
});
export type AuditEventsQuery = z.infer<typeof auditEventsQuery>;
