import { Controller, Delete, Param, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import { CurrentOrigin, CurrentUser, RequireScopes } from '../auth/decorators.js';
import { UserOnly } from '../auth/guards.js';
import { Answers, bodyErrors } from '../http/answers.decorator.js';
import { ApiOperation, ApiTags } from '../http/openapi.decorators.js';
import { WithReceipt } from '../http/receipts.js';
import { ValidQuery } from '../http/valid-parameters.js';
import { BoundedBodies } from '../http/validation.js';
import type { AuthenticatedUser, RequestOrigin } from '../principal/authenticated-user.js';
import {
  endedTask,
  endNamedTaskQuery,
  type EndNamedTaskQuery,
  endTaskQuery,
  type EndTaskQuery,
} from './tool-key.schemas.js';
import { ToolKeysService } from './tool-keys.service.js';

/** The tasks of the caller's owner. */
@ApiTags('Tool keys')
@BoundedBodies()
@UseGuards(UserOnly)
@RequireScopes('tool-keys:issue')
@Controller({ path: 'tasks', version: VERSION_NEUTRAL })
export class TasksController {
  constructor(private readonly toolKeys: ToolKeysService) {}

  @Delete(':taskId/tool-keys')
  @ApiOperation({
    summary: 'End all tool keys of a task at once, and optionally restart its attempts',
  })
  @WithReceipt('restart')
  @Answers({ 200: endedTask, errors: [...bodyErrors, 'NOT_FOUND'] })
  end(
    @CurrentUser() user: AuthenticatedUser,
    @Param('taskId') taskId: string,
    @ValidQuery(endTaskQuery) { restart }: EndTaskQuery,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    return this.toolKeys.endTask(user, { taskId, origin, restart: restart === 'true' });
  }

  @Delete('tool-keys')
  @ApiOperation({
    summary: 'The same for any task id',
    description:
      'Clients and proxies change a path with an id such as `..` or `a/b`; they leave the query as it is.',
  })
  @WithReceipt('taskId', 'restart')
  @Answers({ 200: endedTask, errors: [...bodyErrors, 'NOT_FOUND'] })
  endNamed(
    @CurrentUser() user: AuthenticatedUser,
    @ValidQuery(endNamedTaskQuery) { taskId, restart }: EndNamedTaskQuery,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    return this.toolKeys.endTask(user, { taskId, origin, restart: restart === 'true' });
  }
}
