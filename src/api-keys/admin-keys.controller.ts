import {
  createKeyForOwnerRequest,
  type CreateKeyForOwnerRequest,
  listAllKeysQuery,
  type ListAllKeysQuery,
  revokeKeyRequest,
  type RevokeKeyRequest,
  rotateKeyRequest,
  type RotateKeyRequest,
  toSettings,
  updateServiceKeyRequest,
  type UpdateServiceKeyRequest,
} from './service-key.schemas.js';
import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  UseGuards,
} from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireRole } from '../auth/decorators.js';
import { UserOnly } from '../auth/guards.js';
import { Answers, bodyErrors } from '../http/answers.decorator.js';
import { auditEvents, type EventsQuery, eventsQuery } from '../http/audit-events.js';
import { WithReceipt } from '../http/receipts.js';
import { ObjectIdPipe, ValidRequests } from '../http/validation.js';
import { platformOwnerId } from '../identity/owner.entity.js';
import { AdminKeyManager, type KeyManager } from './key-manager.js';
import { KeyQueries } from './key-queries.js';
import { keyUsage, type UsageQuery, usageQuery } from './key-usage.js';
import { apiKey, apiKeyDetails, apiKeysOfAll, newApiKeyAnswer, revokedApiKey } from './service-key.views.js';
import { ServiceKeysService } from './service-keys.service.js';

/** The keys of all owners. */
@ApiTags('Admin')
@UseGuards(UserOnly)
@RequireRole('admin')
@ValidRequests()
@Controller('api/v1/admin/api-keys')
export class AdminKeysController {
  constructor(
    private readonly keys: ServiceKeysService,
    private readonly queries: KeyQueries,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Create a key for any owner; the whole key is shown this once' })
  @Answers({ 201: newApiKeyAnswer, errors: bodyErrors })
  @Header('Cache-Control', 'no-store')
  create(
    @AdminKeyManager() manager: KeyManager,
    @Body({ schema: createKeyForOwnerRequest }) body: CreateKeyForOwnerRequest,
  ) {
    return this.keys.create(manager, { ...toSettings(body), ownerId: body.ownerId ?? platformOwnerId });
  }

  @Get()
  @ApiOperation({ summary: 'List the keys of all owners, the newest first' })
  @Answers({ 200: apiKeysOfAll, errors: ['VALIDATION_FAILED'] })
  list(@Query({ schema: listAllKeysQuery }) query: ListAllKeysQuery) {
    return this.queries.listAll(query);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Look at any key, and at the one it replaced' })
  @Answers({ 200: apiKeyDetails, errors: ['NOT_FOUND'] })
  find(@Param('id', ObjectIdPipe) id: string) {
    return this.queries.find(null, id);
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change settings of any key, or switch it off and on' })
  @Answers({ 200: apiKey, errors: [...bodyErrors, 'NOT_FOUND', 'KEY_ENDED'] })
  update(
    @AdminKeyManager() manager: KeyManager,
    @Param('id', ObjectIdPipe) id: string,
    @Body({ schema: updateServiceKeyRequest }) body: UpdateServiceKeyRequest,
  ) {
    return this.keys.update(manager, id, toSettings(body));
  }

  @Post(':id/rotate')
  @ApiOperation({ summary: 'Replace any service key by a new one with the same settings' })
  @Answers({ 201: newApiKeyAnswer, errors: [...bodyErrors, 'NOT_FOUND', 'KEY_ENDED'] })
  @ApiBody({ required: false })
  @Header('Cache-Control', 'no-store')
  rotate(
    @AdminKeyManager() manager: KeyManager,
    @Param('id', ObjectIdPipe) id: string,
    @Body({ schema: rotateKeyRequest.optional() }) body: RotateKeyRequest | undefined,
  ) {
    return this.keys.rotate(manager, id, body);
  }

  @Delete(':id')
  @HttpCode(200)
  @ApiOperation({ summary: 'Revoke any key for ever' })
  @WithReceipt()
  @Answers({ 200: revokedApiKey, errors: [...bodyErrors, 'NOT_FOUND'] })
  @ApiBody({ required: false })
  revoke(
    @AdminKeyManager() manager: KeyManager,
    @Param('id', ObjectIdPipe) id: string,
    @Body({ schema: revokeKeyRequest.optional() }) body: RevokeKeyRequest | undefined,
  ) {
    return this.keys.revoke(manager, id, body);
  }

  @Get(':id/events')
  @ApiOperation({ summary: 'What was done with any key, the newest first' })
  @Answers({ 200: auditEvents, errors: ['VALIDATION_FAILED', 'NOT_FOUND'] })
  events(@Param('id', ObjectIdPipe) id: string, @Query({ schema: eventsQuery }) query: EventsQuery) {
    return this.queries.events(null, id, query);
  }

  @Get(':id/usage')
  @ApiOperation({ summary: 'How often any key was used, and with which outcome' })
  @Answers({ 200: keyUsage, errors: ['VALIDATION_FAILED', 'NOT_FOUND'] })
  usage(@Param('id', ObjectIdPipe) id: string, @Query({ schema: usageQuery }) query: UsageQuery) {
    return this.queries.usage(null, id, query);
  }
}
