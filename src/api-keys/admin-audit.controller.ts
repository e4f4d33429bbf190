import { Readable } from 'node:stream';
import { Controller, Get, StreamableFile, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import { ValidQuery } from '../http/valid-parameters.js';
import { ApiOperation, ApiTags } from '../http/openapi.decorators.js';
import { z } from 'zod';
import { type AuditEvent, auditEventTypes } from '../audit/audit-event.entity.js';
import { toAuditEvent } from '../audit/audit-event.js';
import { AuditTrail } from '../audit/audit-trail.js';
import { CurrentUser, RequireRole } from '../auth/decorators.js';
import { UserOnly } from '../auth/guards.js';
import { Answers } from '../http/answers.decorator.js';
import { auditEvents, toAuditEvents } from '../http/audit-events.js';
import { pageRequestOf } from '../http/paging.js';
import { actorId, pageSize } from '../http/schemas.js';
import { BoundedBodies } from '../http/validation.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';

const moment = z.iso.datetime({ offset: true }).optional();

const auditEventsQuery = z.strictObject({
  limit: pageSize,
  cursor: z.string().max(64).optional(),
  ownerId: z.uuid().optional(),
  userId: z.uuid().optional(),
  subjectId: z.uuid().optional(),
  actor: actorId
    .optional()
    .meta({ description: 'Only what this user, key or program did, or had done by agents.' }),
  type: z.enum(auditEventTypes).optional(),
  requestId: actorId.optional().meta({ description: 'Only what this request did: an `X-Request-Id`.' }),
  from: moment.meta({ description: 'RFC 3339; events at or after it.' }),
  to: moment.meta({ description: 'RFC 3339; events before it.' }),
  format: z
    .enum(['json', 'ndjson'])
    .default('json')
    .meta({ description: 'ndjson: all of them, streamed, one a line.' }),
});
type AuditEventsQuery = z.infer<typeof auditEventsQuery>;

@ApiTags('Admin')
@UseGuards(UserOnly)
@RequireRole('admin')
@BoundedBodies()
@Controller({ path: 'admin/audit-events', version: VERSION_NEUTRAL })
export class AdminAuditController {
  constructor(private readonly audit: AuditTrail) {}

  @Get()
  @ApiOperation({
    summary: 'Who did what, on the whole platform, the newest first; a page, or all as NDJSON',
  })
  @Answers({ 200: auditEvents, errors: ['VALIDATION_FAILED'] })
  async list(
    @CurrentUser() { ownerId: owner }: AuthenticatedUser,
    @ValidQuery(auditEventsQuery) { limit, cursor, format, from, to, ...rest }: AuditEventsQuery,
  ) {
    const filter = { ...rest, from: epochOf(from), to: epochOf(to) };
    const list = `events ${JSON.stringify(filter)}`;
    const page = pageRequestOf({ limit, cursor }, list);
    const requester = { owner };
    if (format === 'json') return toAuditEvents(await this.audit.find(filter, page, requester), list);
    const lines = Readable.from(toNdjson(this.audit.stream(filter, page.after, requester)));
    return new StreamableFile(lines, { type: 'application/x-ndjson; charset=utf-8' });
  }
}

const chunkLength = 64 * 1024;

/** Lines in chunks, so that little is held for a client who does not read. */
async function* toNdjson(batches: AsyncIterable<readonly AuditEvent[]>): AsyncGenerator<string> {
  for await (const events of batches) {
    let chunk = '';
    for (const event of events) {
      chunk += `${JSON.stringify(toAuditEvent(event))}\n`;
      if (chunk.length < chunkLength) continue;
      yield chunk;
      chunk = '';
    }
    if (chunk !== '') yield chunk;
  }
}

function epochOf(moment: string | undefined): number | undefined {
  return moment === undefined ? undefined : Date.parse(moment);
}
