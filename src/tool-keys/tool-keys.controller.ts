import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  Param,
  Post,
  Query,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentOrigin } from '../auth/decorators/current-origin.decorator.js';
import { CurrentUser } from '../auth/decorators/current-user.decorator.js';
import { RequireScopes } from '../auth/decorators/require-scopes.decorator.js';
import { Unmetered } from '../auth/decorators/unmetered.decorator.js';
import { Authenticated } from '../auth/guards/authenticated.guard.js';
import { UserOnly } from '../auth/guards/user-only.guard.js';
import { Answers, badBody } from '../http/answers.decorator.js';
import { ObjectIdPipe } from '../http/object-id.pipe.js';
import { stretchOf } from '../http/page-of.js';
import { ValidRequests } from '../http/valid-requests.decorator.js';
import { WithReceipt } from '../http/with-receipt.decorator.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import type { RequestOrigin } from '../principal/request-origin.js';
import { RefusedIssues } from './refused-issues.js';
import {
  issuedToolKey,
  type ListToolKeysQuery,
  listToolKeysQuery,
  toolKey,
  revokedToolKey,
  type ToolKeyRequest,
  toolKeyRequest,
  toolKeys,
  type TreeQuery,
  treeQuery,
} from './tool-key.schemas.js';
import { toIssued, toToolKey, toToolKeys } from './tool-key.views.js';
import { ToolKeysService } from './tool-keys.service.js';

@ApiTags('Tool keys')
@ValidRequests()
@Controller('api/v1/tool-keys')
export class ToolKeysController {
  constructor(
    private readonly toolKeys: ToolKeysService,
    private readonly clock: Clock,
  ) {}

  @Post()
  @UseGuards(Authenticated)
  @UseInterceptors(RefusedIssues)
  @Unmetered()
  @ApiOperation({
    summary: 'Issue a short-lived key for one task of an agent',
    description: 'For users, API keys with `tool-keys:issue`, and tool keys, whose own task it is then for.',
  })
  @Answers({
    201: issuedToolKey,
    errors: [...badBody, 'INSUFFICIENT_SCOPE', 'STALE_ATTEMPT', 'TOO_MANY_KEYS', 'BUDGET_EXCEEDED'],
  })
  @Header('Cache-Control', 'no-store')
  async issue(
    @CurrentUser() user: AuthenticatedUser,
    @Body({ schema: toolKeyRequest }) body: ToolKeyRequest,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    return toIssued(await this.toolKeys.issue(user, body, origin));
  }

  @Get()
  @UseGuards(UserOnly)
  @RequireScopes('tool-keys:read')
  @ApiOperation({ summary: 'The tool keys of the owner, or of one of its tasks, the newest first' })
  @Answers({ 200: toolKeys, errors: ['VALIDATION_FAILED'] })
  async list(
    @CurrentUser() user: AuthenticatedUser,
    @Query({ schema: listToolKeysQuery }) { taskId, ...query }: ListToolKeysQuery,
  ) {
    const list = `tool keys ${user.ownerId} ${JSON.stringify(taskId ?? null)}`;
    const page = await this.toolKeys.list(user, taskId, stretchOf(query, list));
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
  @ApiOperation({ summary: 'A tool key and all that were issued below it, issuers first' })
  @Answers({ 200: toolKeys, errors: ['NOT_FOUND', 'VALIDATION_FAILED'] })
  async tree(
    @CurrentUser() user: AuthenticatedUser,
    @Param('id', ObjectIdPipe) id: string,
    @Query({ schema: treeQuery }) query: TreeQuery,
  ) {
    const list = `tree of tool key ${id}`;
    return toToolKeys(await this.toolKeys.tree(user, id, stretchOf(query, list)), list, this.clock.now());
  }

  @Delete(':id')
  @UseGuards(UserOnly)
  @RequireScopes('tool-keys:issue')
  @ApiOperation({ summary: 'End a tool key, and all that were issued below it, for ever' })
  @WithReceipt()
  @Answers({ 200: revokedToolKey, errors: [...badBody, 'NOT_FOUND'] })
  async revoke(
    @CurrentUser() user: AuthenticatedUser,
    @Param('id', ObjectIdPipe) id: string,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    return toToolKey(await this.toolKeys.revoke(user, id, origin), this.clock.now());
  }
}
