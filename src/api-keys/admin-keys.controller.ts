import { Controller, Get, Header, Post, VERSION_NEUTRAL } from '@nestjs/common';
import { ValidBody, ValidQuery } from '../http/valid-parameters.js';
import { ApiOperation, ApiTags } from '../http/openapi.decorators.js';
import { RequireRole } from '../auth/decorators.js';
import { IdempotencyKey, idempotencyErrors, Idempotent } from '../auth/idempotency.js';
import { Answers, bodyErrors } from '../http/answers.decorator.js';
import { platformOwnerId } from '../identity/owner.entity.js';
import type { Idempotency } from '../key-store/idempotent-request.js';
import { AdminKeyManager, type KeyManager } from './key-manager.js';
import {
  createKeyForOwnerRequest,
  type CreateKeyForOwnerRequest,
  listAllKeysQuery,
  type ListAllKeysQuery,
  toSettings,
} from './service-key.schemas.js';
import { apiKeysOfAll, newApiKeyAnswer } from './service-key.views.js';
import { keyRoutes } from './key-routes.js';

/** The keys of all owners. */
@ApiTags('Admin')
@RequireRole('admin')
@Controller({ path: 'admin/api-keys', version: VERSION_NEUTRAL })
export class AdminKeysController extends keyRoutes({
  Manager: AdminKeyManager,
  read: [],
  write: [],
  aKey: 'any key',
  rotation: { summary: 'Replace any service key by a new one with the same settings', errors: [] },
}) {
  @Post()
  @ApiOperation({ summary: 'Create a key for any owner; the whole key is shown this once' })
  @Answers({ 201: newApiKeyAnswer, errors: [...bodyErrors, ...idempotencyErrors] })
  @Idempotent()
  @Header('Cache-Control', 'no-store')
  create(
    @AdminKeyManager() manager: KeyManager,
    @ValidBody(createKeyForOwnerRequest) body: CreateKeyForOwnerRequest,
    @IdempotencyKey() idempotency: Idempotency | undefined,
  ) {
    const settings = { ...toSettings(body), ownerId: body.ownerId ?? platformOwnerId };
    return this.keys.create(manager, settings, idempotency);
  }

  @Get()
  @ApiOperation({ summary: 'List the keys of all owners, the newest first' })
  @Answers({ 200: apiKeysOfAll, errors: ['VALIDATION_FAILED'] })
  list(@ValidQuery(listAllKeysQuery) query: ListAllKeysQuery) {
    return this.queries.listAll(query);
  }
}
