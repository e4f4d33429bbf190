import { Controller, Delete, Get, Param, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import { CurrentOrigin, CurrentUser, RequireRole } from '../auth/decorators.js';
import { UserOnly } from '../auth/guards.js';
import { Answers, bodyErrors } from '../http/answers.decorator.js';
import { ApiOperation, ApiTags } from '../http/openapi.decorators.js';
import { pageRequestOf } from '../http/paging.js';
import { WithReceipt } from '../http/receipts.js';
import { ValidQuery } from '../http/valid-parameters.js';
import { BoundedBodies, ObjectIdPipe } from '../http/validation.js';
import type { AuthenticatedUser, RequestOrigin } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import {
  endedTask,
  endTaskOfOwnerQuery,
  type EndTaskOfOwnerQuery,
  listAllToolKeysQuery,
  type ListAllToolKeysQuery,
  revokedToolKey,
  toolKeysOfAll,
} from './tool-key.schemas.js';
import { toToolKey, toToolKeysOfAll } from './tool-key.views.js';
import { ToolKeysService } from './tool-keys.service.js';

/** The agents of all owners. */
@ApiTags('Admin')
@UseGuards(UserOnly)
@RequireRole('admin')
@BoundedBodies()
@Controller({ path: 'admin/tool-keys', version: VERSION_NEUTRAL })
export class AdminToolKeysController {
  constructor(
    private readonly toolKeys: ToolKeysService,
    private readonly clock: Clock,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The tool keys of all owners, the newest first' })
  @Answers({ 200: toolKeysOfAll, errors: ['VALIDATION_FAILED'] })
  async list(
    @CurrentUser() user: AuthenticatedUser,
    @ValidQuery(listAllToolKeysQuery) { limit, cursor, ...filter }: ListAllToolKeysQuery,
  ) {
    const list = `all tool keys ${JSON.stringify(filter)}`;
    const page = await this.toolKeys.listAll(user, filter, pageRequestOf({ limit, cursor }, list));
    return toToolKeysOfAll(page, list, this.clock.now());
  }

  @Delete('of-task')
  @ApiOperation({ summary: 'End all tool keys of a task of an owner at once' })
  @WithReceipt('taskId', 'ownerId', 'restart')
  @Answers({ 200: endedTask, errors: [...bodyErrors, 'NOT_FOUND'] })
  endTask(
    @CurrentUser() user: AuthenticatedUser,
    @ValidQuery(endTaskOfOwnerQuery) { taskId, ownerId, restart }: EndTaskOfOwnerQuery,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    return this.toolKeys.endTaskOf(user, { taskId, ownerId, origin, restart: restart === 'true' });
  }

  @Delete(':id')
  @ApiOperation({ summary: 'End any tool key and all keys issued below it permanently' })
  @WithReceipt()
  @Answers({ 200: revokedToolKey, errors: [...bodyErrors, 'NOT_FOUND'] })
  async revoke(
    @CurrentUser() user: AuthenticatedUser,
    @Param('id', ObjectIdPipe) id: string,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    return toToolKey(await this.toolKeys.revokeOfAny(user, id, origin), this.clock.now());
  }
}
