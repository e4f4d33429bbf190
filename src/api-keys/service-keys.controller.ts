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
import { CurrentOrigin, CurrentUser, RequireScopes } from '../auth/decorators.js';
import { UserOnly } from '../auth/guards.js';
import { Answers, bodyErrors } from '../http/answers.decorator.js';
import { auditEvents, type EventsQuery, eventsQuery } from '../http/audit-events.js';
import { WithReceipt } from '../http/receipts.js';
import { ObjectIdPipe, ValidRequests } from '../http/validation.js';
import type { AuthenticatedUser, RequestOrigin } from '../principal/authenticated-user.js';
import { KeyManagement } from './key-management.js';
import { keyUsage, type UsageQuery, usageQuery } from './key-usage.js';
import {
  type CreateServiceKeyRequest,
  createServiceKeyRequest,
  type ListKeysQuery,
  listKeysQuery,
  type RevokeKeyRequest,
  revokeKeyRequest,
  type RotateKeyRequest,
  rotateKeyRequest,
  type UpdateServiceKeyRequest,
  updateServiceKeyRequest,
} from './service-key.schemas.js';
import { apiKey, revokedApiKey, apiKeyDetails, apiKeys, newApiKeyAnswer } from './service-key.views.js';

@ApiTags('Service API keys')
@UseGuards(UserOnly)
@ValidRequests()
@Controller('api/v1/api-keys')
export class ServiceKeysController {
  constructor(private readonly keys: KeyManagement) {}

  @Post()
  @RequireScopes('api-keys:write')
  @ApiOperation({ summary: 'Create a key for a program; the whole key is shown this once' })
  @Answers({ 201: newApiKeyAnswer, errors: [...bodyErrors, 'TOO_MANY_KEYS'] })
  @Header('Cache-Control', 'no-store')
  create(
    @CurrentUser() user: AuthenticatedUser,
    @Body({ schema: createServiceKeyRequest }) body: CreateServiceKeyRequest,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    return this.keys.create(user, { ...body, ownerId: user.ownerId }, origin);
  }

  @Get()
  @RequireScopes('api-keys:read')
  @ApiOperation({ summary: 'List the keys of your owner, the newest first' })
  @Answers({ 200: apiKeys, errors: ['VALIDATION_FAILED'] })
  list(@CurrentUser() user: AuthenticatedUser, @Query({ schema: listKeysQuery }) query: ListKeysQuery) {
    return this.keys.list(user.ownerId, query);
  }

  @Get(':id')
  @RequireScopes('api-keys:read')
  @ApiOperation({ summary: 'Look at a key, and at the one it replaced' })
  @Answers({ 200: apiKeyDetails, errors: ['NOT_FOUND'] })
  find(@CurrentUser() user: AuthenticatedUser, @Param('id', ObjectIdPipe) id: string) {
    return this.keys.find(user.ownerId, id);
  }

  @Patch(':id')
  @RequireScopes('api-keys:write')
  @ApiOperation({ summary: 'Change settings of a key, or switch it off and on' })
  @Answers({ 200: apiKey, errors: [...bodyErrors, 'NOT_FOUND', 'KEY_ENDED'] })
  update(
    @CurrentUser() user: AuthenticatedUser,
    @Param('id', ObjectIdPipe) id: string,
    @Body({ schema: updateServiceKeyRequest }) body: UpdateServiceKeyRequest,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    return this.keys.update(user, user.ownerId, id, body, origin);
  }

  @Post(':id/rotate')
  @RequireScopes('api-keys:write')
  @ApiOperation({ summary: 'Replace a key by a new one with the same settings, at once or with an overlap' })
  @Answers({ 201: newApiKeyAnswer, errors: [...bodyErrors, 'NOT_FOUND', 'KEY_ENDED', 'TOO_MANY_KEYS'] })
  @ApiBody({ required: false })
  @Header('Cache-Control', 'no-store')
  rotate(
    @CurrentUser() user: AuthenticatedUser,
    @Param('id', ObjectIdPipe) id: string,
    @Body({ schema: rotateKeyRequest.optional() }) body: RotateKeyRequest | undefined,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    return this.keys.rotate(user, user.ownerId, id, body, origin);
  }

  @Delete(':id')
  @HttpCode(200)
  @RequireScopes('api-keys:write')
  @ApiOperation({ summary: 'Revoke a key for ever' })
  @WithReceipt()
  @Answers({ 200: revokedApiKey, errors: [...bodyErrors, 'NOT_FOUND'] })
  @ApiBody({ required: false })
  revoke(
    @CurrentUser() user: AuthenticatedUser,
    @Param('id', ObjectIdPipe) id: string,
    @Body({ schema: revokeKeyRequest.optional() }) body: RevokeKeyRequest | undefined,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    return this.keys.revoke(user, user.ownerId, id, body, origin);
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
    return this.keys.events(user.ownerId, id, query);
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
    return this.keys.usage(user.ownerId, id, query);
  }
}
