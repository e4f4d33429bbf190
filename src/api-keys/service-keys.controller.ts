import { Controller, Get, Header, Post, VERSION_NEUTRAL } from '@nestjs/common';
import { ValidBody, ValidQuery } from '../http/valid-parameters.js';
import { ApiOperation, ApiTags } from '../http/openapi.decorators.js';
import { CurrentUser, RequireScopes } from '../auth/decorators.js';
import { IdempotencyKey, idempotencyErrors, Idempotent } from '../auth/idempotency.js';
import { Answers, bodyErrors } from '../http/answers.decorator.js';
import type { Idempotency } from '../key-store/idempotent-request.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import { type KeyManager, OwnerKeyManager } from './key-manager.js';
import { keyRoutes } from './key-routes.js';
import {
  createServiceKeyRequest,
  type CreateServiceKeyRequest,
  listKeysQuery,
  type ListKeysQuery,
  toSettings,
} from './service-key.schemas.js';
import { apiKeys, newApiKeyAnswer } from './service-key.views.js';

/** The service keys of the caller's owner. */
@ApiTags('Service API keys')
@Controller({ path: 'api-keys', version: VERSION_NEUTRAL })
export class ServiceKeysController extends keyRoutes({
  Manager: OwnerKeyManager,
  read: ['api-keys:read'],
  write: ['api-keys:write'],
  aKey: 'a key',
  rotation: {
    summary: 'Replace a key by a new one with the same settings, at once or with an overlap',
    errors: ['TOO_MANY_KEYS'],
  },
}) {
  @Post()
  @RequireScopes('api-keys:write')
  @ApiOperation({ summary: 'Create a key for a program; the whole key is shown this once' })
  @Answers({ 201: newApiKeyAnswer, errors: [...bodyErrors, 'TOO_MANY_KEYS', ...idempotencyErrors] })
  @Idempotent()
  @Header('Cache-Control', 'no-store')
  create(
    @CurrentUser() { ownerId }: AuthenticatedUser,
    @OwnerKeyManager() manager: KeyManager,
    @ValidBody(createServiceKeyRequest) body: CreateServiceKeyRequest,
    @IdempotencyKey() idempotency: Idempotency | undefined,
  ) {
    return this.keys.create(manager, { ...toSettings(body), ownerId }, idempotency);
  }

  @Get()
  @RequireScopes('api-keys:read')
  @ApiOperation({ summary: 'List the keys of your owner, the newest first' })
  @Answers({ 200: apiKeys, errors: ['VALIDATION_FAILED'] })
  list(@CurrentUser() { ownerId }: AuthenticatedUser, @ValidQuery(listKeysQuery) query: ListKeysQuery) {
    return this.queries.list(ownerId, query);
  }
}
