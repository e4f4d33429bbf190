import {
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Param,
  Post,
  UseGuards,
  UseInterceptors,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { ValidBody, ValidQuery } from '../http/valid-parameters.js';
import { ApiOperation, ApiTags } from '../http/openapi.decorators.js';
import { AllowBounded, CurrentOrigin, CurrentUser, RequireScopes, Unmetered } from '../auth/decorators.js';
import { IdempotencyKey, idempotencyErrors, Idempotent } from '../auth/idempotency.js';
import { Authenticated, ToolKeyOnly, UserOnly } from '../auth/guards.js';
import { Answers, bodyErrors } from '../http/answers.decorator.js';
import { ObjectIdPipe, BoundedBodies } from '../http/validation.js';
import { pageRequestOf } from '../http/paging.js';
import { WithReceipt } from '../http/receipts.js';
import type { Idempotency } from '../key-store/idempotent-request.js';
import type { AuthenticatedUser, RequestOrigin } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import { IssueRejections } from './tool-key-events.js';
import {
  heartbeat,
  issuedToolKey,
  listToolKeysQuery,
  type ListToolKeysQuery,
  ownToolKey,
  revokedToolKey,
  toolKey,
  toolKeyRequest,
  type ToolKeyRequest,
  toolKeys,
  treeQuery,
  type TreeQuery,
} from './tool-key.schemas.js';
import { toIssued, toOwnToolKey, toToolKey, toToolKeys } from './tool-key.views.js';
import { ToolKeysService } from './tool-keys.service.js';
import { ToolKeyLeases } from './tool-key-leases.js';

@ApiTags('Tool keys')
@BoundedBodies()
@Controller({ path: 'tool-keys', version: VERSION_NEUTRAL })
export class ToolKeysController {
  constructor(
    private readonly toolKeys: ToolKeysService,
    private readonly clock: Clock,
  ) {}

  @Post()
  @UseGuards(Authenticated)
  @UseInterceptors(IssueRejections)
  @Unmetered()
  @AllowBounded()
  @ApiOperation({
    summary: 'Issue a short-lived key for one task of an agent',
    description:
      'For users, bounded tokens and API keys with `tool-keys:issue`, and tool keys, which issue keys for their own task only.',
  })
  @Answers({
    201: issuedToolKey,
    errors: [
      ...bodyErrors,
      'INSUFFICIENT_SCOPE',
      'STALE_ATTEMPT',
      'TOO_MANY_KEYS',
      'BUDGET_EXCEEDED',
      ...idempotencyErrors,
    ],
  })
  @Idempotent()
  @Header('Cache-Control', 'no-store')
  async issue(
    @CurrentUser() user: AuthenticatedUser,
    @ValidBody(toolKeyRequest) body: ToolKeyRequest,
    @CurrentOrigin() origin: RequestOrigin,
    @IdempotencyKey() idempotency: Idempotency | undefined,
  ) {
    return toIssued(await this.toolKeys.issue(user, body, origin, idempotency), body, this.clock.now());
  }

  @Get()
  @UseGuards(UserOnly)
  @RequireScopes('tool-keys:read')
  @ApiOperation({ summary: 'The tool keys of the owner, or of one of its tasks, the newest first' })
  @Answers({ 200: toolKeys, errors: ['VALIDATION_FAILED'] })
  async list(
    @CurrentUser() user: AuthenticatedUser,
    @ValidQuery(listToolKeysQuery) { limit, cursor, ...filter }: ListToolKeysQuery,
  ) {
    const list = `tool keys ${user.ownerId} ${JSON.stringify(filter)}`;
    const page = await this.toolKeys.list(user, filter, pageRequestOf({ limit, cursor }, list));
    return toToolKeys(page, list, this.clock.now());
  }

  @Get(':id')
  @UseGuards(UserOnly)
  @RequireScopes('tool-keys:read')
  @ApiOperation({ summary: 'One tool key' })
  @Answers({ 200: toolKey, errors: ['NOT_FOUND'] })
  async find(@CurrentUser() user: AuthenticatedUser, @Param('id', ObjectIdPipe) id: string) {
    return toToolKey(await this.toolKeys.find(user, id), this.clock.now());
  }

  @Get(':id/tree')
  @UseGuards(UserOnly)
  @RequireScopes('tool-keys:read')
  @ApiOperation({ summary: 'A tool key and all keys issued below it, issuers first' })
  @Answers({ 200: toolKeys, errors: ['NOT_FOUND', 'VALIDATION_FAILED'] })
  async tree(
    @CurrentUser() user: AuthenticatedUser,
    @Param('id', ObjectIdPipe) id: string,
    @ValidQuery(treeQuery) query: TreeQuery,
  ) {
    const list = `tree of tool key ${id}`;
    return toToolKeys(await this.toolKeys.tree(user, id, pageRequestOf(query, list)), list, this.clock.now());
  }

  @Delete(':id')
  @UseGuards(UserOnly)
  @RequireScopes('tool-keys:issue')
  @ApiOperation({ summary: 'End a tool key and all keys issued below it permanently' })
  @WithReceipt()
  @Answers({ 200: revokedToolKey, errors: [...bodyErrors, 'NOT_FOUND'] })
  async revoke(
    @CurrentUser() user: AuthenticatedUser,
    @Param('id', ObjectIdPipe) id: string,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    return toToolKey(await this.toolKeys.revoke(user, id, origin), this.clock.now());
  }
}

/** Routes that a tool key calls about itself. */
@ApiTags('Tool keys')
@AllowBounded()
@UseGuards(ToolKeyOnly)
@BoundedBodies()
@Unmetered()
@Controller({ path: 'tool-keys', version: VERSION_NEUTRAL })
export class OwnToolKeyController {
  constructor(
    private readonly toolKeys: ToolKeysService,
    private readonly leases: ToolKeyLeases,
    private readonly clock: Clock,
  ) {}

  @Get('self')
  @ApiOperation({ summary: 'The calling tool key: its task, scopes, and remaining time and calls' })
  @Answers({ 200: ownToolKey })
  async self(@CurrentUser() user: AuthenticatedUser) {
    const found = await this.toolKeys.findOwn(user);
    return toOwnToolKey(found, await this.toolKeys.callsLeft(found), this.clock.now());
  }

  @Post('heartbeat')
  @HttpCode(200)
  @ApiOperation({ summary: 'Renew the lease of the calling tool key' })
  @Answers({ 200: heartbeat })
  beat(@CurrentUser() user: AuthenticatedUser) {
    return this.leases.renew(user);
  }
}
