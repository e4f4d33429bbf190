import { Controller, Delete, Get, Header, HttpCode, Post, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import { ValidBody, ValidQuery } from '../http/valid-parameters.js';
import { ApiBody, ApiOperation, ApiTags } from '../http/openapi.decorators.js';
import { CurrentOrigin, CurrentUser } from '../auth/decorators.js';
import { IdempotencyKey, idempotencyErrors, Idempotent } from '../auth/idempotency.js';
import { PersonOnly } from '../auth/guards.js';
import { Answers, bodyErrors } from '../http/answers.decorator.js';
import { auditEvents, eventsQuery, type EventsQuery, toAuditEvents } from '../http/audit-events.js';
import { pageRequestOf } from '../http/paging.js';
import { WithReceipt } from '../http/receipts.js';
import { BoundedBodies } from '../http/validation.js';
import type { Idempotency } from '../key-store/idempotent-request.js';
import type { AuthenticatedUser, RequestOrigin } from '../principal/authenticated-user.js';
import {
  createdPersonalKey,
  personalKey,
  personalKeyRequest,
  type PersonalKeyRequest,
  refreshedPersonalKey,
  revokedPersonalKey,
  toCreated,
  toPersonalKey,
  toRefreshed,
  toRevoked,
} from './personal-key.schemas.js';
import { PersonalKeysService } from './personal-keys.service.js';

const optionalBody = personalKeyRequest.optional();

@ApiTags('Personal API key')
@UseGuards(PersonOnly)
@BoundedBodies()
@Controller({ path: 'auth/api-keys', version: VERSION_NEUTRAL })
export class PersonalKeysController {
  constructor(private readonly keys: PersonalKeysService) {}

  @Post()
  @ApiOperation({ summary: 'Create your API key' })
  @Answers({ 201: createdPersonalKey, errors: [...bodyErrors, 'KEY_EXISTS', ...idempotencyErrors] })
  @Idempotent()
  @ApiBody({ required: false })
  @Header('Cache-Control', 'no-store')
  async create(
    @CurrentUser() user: AuthenticatedUser,
    @ValidBody(optionalBody) body: PersonalKeyRequest | undefined,
    @CurrentOrigin() origin: RequestOrigin,
    @IdempotencyKey() idempotency: Idempotency | undefined,
  ) {
    return toCreated(await this.keys.create(user, body?.name, origin, idempotency));
  }

  @Get()
  @ApiOperation({ summary: 'Look at your API key' })
  @Answers({ 200: personalKey, errors: ['NO_KEY'] })
  async find(@CurrentUser() user: AuthenticatedUser) {
    return toPersonalKey(await this.keys.find(user));
  }

  @Post('refresh')
  @HttpCode(200)
  @ApiOperation({ summary: 'Replace your API key by a new one; the old one ends at once' })
  @Answers({ 200: refreshedPersonalKey, errors: [...bodyErrors, ...idempotencyErrors] })
  @Idempotent()
  @ApiBody({ required: false })
  @Header('Cache-Control', 'no-store')
  async refresh(
    @CurrentUser() user: AuthenticatedUser,
    @ValidBody(optionalBody) body: PersonalKeyRequest | undefined,
    @CurrentOrigin() origin: RequestOrigin,
    @IdempotencyKey() idempotency: Idempotency | undefined,
  ) {
    return toRefreshed(await this.keys.refresh(user, body?.name, origin, idempotency));
  }

  @Delete()
  @ApiOperation({ summary: 'Revoke your API key permanently' })
  @WithReceipt()
  @Answers({ 200: revokedPersonalKey, errors: [...bodyErrors, 'NO_KEY'] })
  async revoke(@CurrentUser() user: AuthenticatedUser, @CurrentOrigin() origin: RequestOrigin) {
    return toRevoked(await this.keys.revoke(user, origin));
  }

  @Get('events')
  @ApiOperation({ summary: 'What was done with your keys, the newest first' })
  @Answers({ 200: auditEvents, errors: ['VALIDATION_FAILED'] })
  async events(@CurrentUser() user: AuthenticatedUser, @ValidQuery(eventsQuery) query: EventsQuery) {
    const list = `events of user ${user.userId}`;
    return toAuditEvents(await this.keys.events(user, pageRequestOf(query, list)), list);
  }
}
