import { Readable } from 'node:stream';
import { Controller, Get, Query, StreamableFile, UseGuards } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { AuditEvent } from '../../audit/audit-event.entity.js';
import { toAuditEvent } from '../../audit/audit-event.view.js';
import { AuditTrail } from '../../audit/audit-trail.js';
import { CurrentUser, RequireRole } from '../../auth/decorators.js';
import { UserOnly } from '../../auth/guards.js';
import { Answers } from '../../http/answers.decorator.js';
import { stretchOf } from '../../http/paging.js';
import { ValidRequests } from '../../http/validation.js';
import type { AuthenticatedUser } from '../../principal/authenticated-user.js';
import { auditEvents } from '../../http/schemas.js';
import { toAuditEvents } from '../audit-event.views.js';
import { type AuditEventsQuery, auditEventsQuery } from './admin.schemas.js';

@ApiTags('Admin')
@UseGuards(UserOnly)
@RequireRole('admin')
@ValidRequests()
@Controller('api/v1/admin/audit-events')
export class AdminAuditController {
  constructor(private readonly audit: AuditTrail) {}

  @Get()
  @ApiOperation({
    summary: 'Who did what, on the whole platform, the newest first; a page, or all as NDJSON',
  })
  @Answers({ 200: auditEvents, errors: ['VALIDATION_FAILED'] })
  async list(
    @CurrentUser() { ownerId: owner }: AuthenticatedUser,
    @Query({ schema: auditEventsQuery }) { limit, cursor, format, from, to, ...rest }: AuditEventsQuery,
  ) {
    const filter = { ...rest, from: epochOf(from), to: epochOf(to) };
    const list = `events ${JSON.stringify(filter)}`;
    const stretch = stretchOf({ limit, cursor }, list);
    const asker = { owner };
    if (format === 'json') return toAuditEvents(await this.audit.find(filter, stretch, asker), list);
    const lines = Readable.from(ancestriesOf(this.audit.stream(filter, stretch.after, asker)));
    return new StreamableFile(lines, { type: 'application/x-ndjson; charset=utf-8' });
  }
}

const chunkLength = 64 * 1024;

/** Lines in chunks, so that little is held for a client who does not read. */
async function* ancestriesOf(batches: AsyncIterable<readonly AuditEvent[]>): AsyncGenerator<string> {
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
