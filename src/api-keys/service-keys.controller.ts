import {
  createServiceKeyRequest,
  type CreateServiceKeyRequest,
  listKeysQuery,
  type ListKeysQuery,
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
import { CurrentUser, RequireScopes } from '../auth/decorators.js';
import { UserOnly } from '../auth/guards.js';
import { Answers, bodyErrors } from '../http/answers.decorator.js';
import { auditEvents, type EventsQuery, eventsQuery } from '../http/audit-events.js';
import { WithReceipt } from '../http/receipts.js';
import { ObjectIdPipe, ValidRequests } from '../http/validation.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import { type KeyManager, OwnerKeyManager } from './key-manager.js';
import { KeyQueries } from './key-queries.js';
import { keyUsage, type UsageQuery, usageQuery } from './key-usage.js';
import { apiKey, revokedApiKey, apiKeyDetails, apiKeys, newApiKeyAnswer } from './service-key.views.js';
import { ServiceKeysService } from './service-keys.service.js';

@ApiTags('Service API keys')
@UseGuards(UserOnly)
@ValidRequests()
@Controller('api/v1/api-keys')
export class ServiceKeysController {
  constructor(
    private readonly keys: ServiceKeysService,
    private readonly queries: KeyQueries,
  ) {}

  @Post()
  @RequireScopes('api-keys:write')
  @ApiOperation({ summary: 'Create a key for a program; the whole key is shown this once' })
  @Answers({ 201: newApiKeyAnswer, errors: [...bodyErrors, 'TOO_MANY_KEYS'] })
  @Header('Cache-Control', 'no-store')
  create(
    @CurrentUser() user: AuthenticatedUser,
    @OwnerKeyManager() manager: KeyManager,
    @Body({ schema: createServiceKeyRequest }) body: CreateServiceKeyRequest,
  ) {
    return this.keys.create(manager, { ...toSettings(body), ownerId: user.ownerId });
  }

  @Get()
  @RequireScopes('api-keys:read')
  @ApiOperation({ summary: 'List the keys of your owner, the newest first' })
  @Answers({ 200: apiKeys, errors: ['VALIDATION_FAILED'] })
  list(@CurrentUser() user: AuthenticatedUser, @Query({ schema: listKeysQuery }) query: ListKeysQuery) {
    return this.queries.list(user.ownerId, query);
  }

  @Get(':id')
  @RequireScopes('api-keys:read')
  @ApiOperation({ summary: 'Look at a key, and at the one it replaced' })
  @Answers({ 200: apiKeyDetails, errors: ['NOT_FOUND'] })
  find(@CurrentUser() user: AuthenticatedUser, @Param('id', ObjectIdPipe) id: string) {
    return this.queries.find(user.ownerId, id);
  }

  @Patch(':id')
  @RequireScopes('api-keys:write')
  @ApiOperation({ summary: 'Change settings of a key, or switch it off and on' })
  @Answers({ 200: apiKey, errors: [...bodyErrors, 'NOT_FOUND', 'KEY_ENDED'] })
  update(
    @OwnerKeyManager() manager: KeyManager,
    @Param('id', ObjectIdPipe) id: string,
    @Body({ schema: updateServiceKeyRequest }) body: UpdateServiceKeyRequest,
  ) {
    return this.keys.update(manager, id, toSettings(body));
  }

  @Post(':id/rotate')
  @RequireScopes('api-keys:write')
  @ApiOperation({ summary: 'Replace a key by a new one with the same settings, at once or with an overlap' })
  @Answers({ 201: newApiKeyAnswer, errors: [...bodyErrors, 'NOT_FOUND', 'KEY_ENDED', 'TOO_MANY_KEYS'] })
  @ApiBody({ required: false })
  @Header('Cache-Control', 'no-store')
  rotate(
    @OwnerKeyManager() manager: KeyManager,
    @Param('id', ObjectIdPipe) id: string,
    @Body({ schema: rotateKeyRequest.optional() }) body: RotateKeyRequest | undefined,
  ) {
    return this.keys.rotate(manager, id, body);
  }

  @Delete(':id')
  @HttpCode(200)
  @RequireScopes('api-keys:write')
  @ApiOperation({ summary: 'Revoke a key for ever' })
  @WithReceipt()
  @Answers({ 200: revokedApiKey, errors: [...bodyErrors, 'NOT_FOUND'] })
  @ApiBody({ required: false })
  revoke(
    @OwnerKeyManager() manager: KeyManager,
    @Param('id', ObjectIdPipe) id: string,
    @Body({ schema: revokeKeyRequest.optional() }) body: RevokeKeyRequest | undefined,
  ) {
    return this.keys.revoke(manager, id, body);
  }

  @Get(':id/events')
  @RequireScopes('api-keys:read')
  @ApiOperation({ summary: 'What was done with a key, the newest first' })
  @Answers({ 200: auditEvents, errors: ['VALIDATION_FAILED', 'NOT_FOUND'] })
  events(
    @CurrentUser() user: AuthenticatedUser,
    @Param('id', ObjectIdPipe) id: string,
    @Query({ schema: eventsQuery }) query: EventsQuery,
  ) {
    return this.queries.events(user.ownerId, id, query);
  }

  @Get(':id/usage')
  @RequireScopes('api-keys:read')
  @ApiOperation({ summary: 'How often a key was used, and with which outcome' })
  @Answers({ 200: keyUsage, errors: ['VALIDATION_FAILED', 'NOT_FOUND'] })
  usage(
    @CurrentUser() user: AuthenticatedUser,
    @Param('id', ObjectIdPipe) id: string,
    @Query({ schema: usageQuery }) query: UsageQuery,
  ) {
    return this.queries.usage(user.ownerId, id, query);
  }
}
