import {
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Param,
  Post,
  UseGuards,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { CurrentUser, RequireScopes } from '../auth/decorators.js';
import { PersonOnly } from '../auth/guards.js';
import { IdempotencyKey, idempotencyErrors, Idempotent } from '../auth/idempotency.js';
import { Answers, bodyErrors } from '../http/answers.decorator.js';
import { ApiBody, ApiOperation, ApiTags } from '../http/openapi.decorators.js';
import { WithReceipt } from '../http/receipts.js';
import { ValidBody, ValidQuery } from '../http/valid-parameters.js';
import { ObjectIdPipe } from '../http/validation.js';
import type { Idempotency } from '../key-store/idempotent-request.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import {
  createAccessKeyRequest,
  type CreateAccessKeyRequest,
  listMemberKeysQuery,
  type ListMemberKeysQuery,
  proposedKey,
  proposedKeyQuery,
  type ProposedKeyQuery,
  updateAccessKeyRequest,
} from './access-key.schemas.js';
import { AccessKeysService } from './access-keys.service.js';
import { AccessKeyManager, type KeyManager, MemberKeyManager } from './key-manager.js';
import { KeyNarrowingService } from './key-narrowing.service.js';
import { KeyQueries } from './key-queries.js';
import {
  listKeysQuery,
  type ListKeysQuery,
  revokeKeyRequest,
  type RevokeKeyRequest,
  toSettings,
} from './service-key.schemas.js';
import { apiKeys, newApiKeyAnswer, revokedApiKey } from './service-key.views.js';
import { keyRoutes, readRoutes } from './key-routes.js';
import { ServiceKeysService } from './service-keys.service.js';

/** The access keys of the caller that act for the owner it acts for. */
@ApiTags('Access keys')
@UseGuards(PersonOnly)
@Controller({ path: 'me/api-keys', version: VERSION_NEUTRAL })
export class AccessKeysController extends keyRoutes({
  Manager: AccessKeyManager,
  read: ['api-keys:read'],
  write: ['api-keys:write'],
  aKey: 'one of your access keys',
  changes: updateAccessKeyRequest,
  rotation: {
    summary: 'Replace an access key by a new one with the same settings, at once or with an overlap',
    errors: ['TOO_MANY_KEYS'],
  },
}) {
  constructor(
    keys: ServiceKeysService,
    queries: KeyQueries,
    narrowing: KeyNarrowingService,
    private readonly accessKeys: AccessKeysService,
  ) {
    super(keys, queries, narrowing);
  }

  @Post()
  @RequireScopes('api-keys:write')
  @ApiOperation({ summary: 'Create a key that acts as you within its scopes; it is shown in full this once' })
  @Answers({ 201: newApiKeyAnswer, errors: [...bodyErrors, 'TOO_MANY_KEYS', ...idempotencyErrors] })
  @Idempotent()
  @Header('Cache-Control', 'no-store')
  create(
    @AccessKeyManager() manager: KeyManager,
    @ValidBody(createAccessKeyRequest) body: CreateAccessKeyRequest,
    @IdempotencyKey() idempotency: Idempotency | undefined,
  ) {
    return this.accessKeys.create(manager, toSettings(body), idempotency);
  }

  @Get()
  @RequireScopes('api-keys:read')
  @ApiOperation({ summary: 'List your access keys for the owner you act for, the newest first' })
  @Answers({ 200: apiKeys, errors: ['VALIDATION_FAILED'] })
  list(@AccessKeyManager() { scope }: KeyManager, @ValidQuery(listKeysQuery) query: ListKeysQuery) {
    return this.queries.list(scope, query);
  }

  @Get('new')
  @RequireScopes('api-keys:read')
  @ApiOperation({ summary: 'What a link to a new access key proposes, and what of it may be preselected' })
  @Answers({ 200: proposedKey, errors: ['VALIDATION_FAILED'] })
  propose(@CurrentUser() user: AuthenticatedUser, @ValidQuery(proposedKeyQuery) query: ProposedKeyQuery) {
    return this.accessKeys.propose(user, query);
  }
}

/** The access keys of all users that act for the caller's owner. */
@ApiTags('Access keys')
@Controller({ path: 'members/api-keys', version: VERSION_NEUTRAL })
export class MemberKeysController extends readRoutes({
  Manager: MemberKeyManager,
  read: ['api-keys:read'],
  aKey: 'an access key that acts for your owner',
}) {
  @Get()
  @RequireScopes('api-keys:read')
  @ApiOperation({ summary: 'List the access keys of all users that act for your owner, the newest first' })
  @Answers({ 200: apiKeys, errors: ['VALIDATION_FAILED'] })
  list(
    @MemberKeyManager() { scope }: KeyManager,
    @ValidQuery(listMemberKeysQuery) query: ListMemberKeysQuery,
  ) {
    return this.queries.list(scope, query);
  }

  @Delete(':id')
  @HttpCode(200)
  @RequireScopes('members:manage')
  @ApiOperation({ summary: 'Revoke an access key that acts for your owner permanently' })
  @WithReceipt()
  @Answers({ 200: revokedApiKey, errors: [...bodyErrors, 'NOT_FOUND'] })
  @ApiBody({ required: false })
  revoke(
    @MemberKeyManager() manager: KeyManager,
    @Param('id', ObjectIdPipe) id: string,
    @ValidBody(revokeKeyRequest.optional()) body: RevokeKeyRequest | undefined,
  ) {
    return this.keys.revoke(manager, id, body);
  }
}
