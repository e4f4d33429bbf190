import { Controller, Get, HttpCode, Param, Post, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import { ValidBody, ValidQuery } from '../http/valid-parameters.js';
import { ApiOperation, ApiTags } from '../http/openapi.decorators.js';
import { z } from 'zod';
import { CurrentOrigin, CurrentUser, RequireRole } from '../auth/decorators.js';
import { UserOnly } from '../auth/guards.js';
import { Answers, bodyErrors } from '../http/answers.decorator.js';
import { type EventsQuery, eventsQuery } from '../http/audit-events.js';
import { pageOf, pageRequestOf } from '../http/paging.js';
import { nextCursor, plainText, time } from '../http/schemas.js';
import { ObjectIdPipe, BoundedBodies } from '../http/validation.js';
import type { Owner } from '../identity/owner.entity.js';
import { OwnersService } from '../identity/owners.service.js';
import type { AuthenticatedUser, RequestOrigin } from '../principal/authenticated-user.js';

const owner = z
  .object({
    id: z.string(),
    name: z.string(),
    enabled: z.boolean(),
    disabledAt: time.nullable(),
    createdAt: time,
  })
  .meta({ id: 'Owner' });

const owners = z.object({ owners: z.array(owner), total: z.int(), nextCursor }).meta({ id: 'Owners' });

const createOwnerRequest = z
  .strictObject({ name: plainText(320) })
  .meta({ id: 'CreateOwnerRequest', examples: [{ name: 'Build farm' }] });
type CreateOwnerRequest = z.infer<typeof createOwnerRequest>;

@ApiTags('Admin')
@UseGuards(UserOnly)
@RequireRole('admin')
@BoundedBodies()
@Controller({ path: 'admin/owners', version: VERSION_NEUTRAL })
export class AdminOwnersController {
  constructor(private readonly owners: OwnersService) {}

  @Get()
  @ApiOperation({ summary: 'List the owners, the newest first' })
  @Answers({ 200: owners, errors: ['VALIDATION_FAILED'] })
  async list(@ValidQuery(eventsQuery) query: EventsQuery) {
    const { limit, after } = pageRequestOf(query, 'owners');
    const found = await this.owners.list({ limit: limit + 1, after });
    const shown = found.slice(0, limit).map(toOwner);
    const { rows, nextCursor } = pageOf(shown, found.length > limit, 'owners');
    return { owners: rows, total: await this.owners.count(), nextCursor };
  }

  @Get(':id')
  @ApiOperation({ summary: 'An owner' })
  @Answers({ 200: owner, errors: ['NOT_FOUND'] })
  async find(@Param('id', ObjectIdPipe) id: string) {
    return toOwner(await this.owners.find(id));
  }

  @Post()
  @ApiOperation({ summary: 'Create an owner without users, for programs alone' })
  @Answers({ 201: owner, errors: bodyErrors })
  async create(
    @CurrentUser() user: AuthenticatedUser,
    @ValidBody(createOwnerRequest) { name }: CreateOwnerRequest,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    return toOwner(await this.owners.create({ user, origin }, name));
  }

  @Post(':id/disable')
  @HttpCode(200)
  @ApiOperation({ summary: 'Suspend all keys and users of an owner at once' })
  @Answers({ 200: owner, errors: ['NOT_FOUND'] })
  async disable(
    @CurrentUser() user: AuthenticatedUser,
    @Param('id', ObjectIdPipe) id: string,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    return toOwner(await this.owners.setEnabled({ user, origin }, id, false));
  }

  @Post(':id/enable')
  @HttpCode(200)
  @ApiOperation({ summary: 'Restore the keys and users of an owner' })
  @Answers({ 200: owner, errors: ['NOT_FOUND'] })
  async enable(
    @CurrentUser() user: AuthenticatedUser,
    @Param('id', ObjectIdPipe) id: string,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    return toOwner(await this.owners.setEnabled({ user, origin }, id, true));
  }
}

function toOwner({ id, name, disabledAt, createdAt }: Owner) {
  return { id, name, enabled: disabledAt === null, disabledAt, createdAt };
}
