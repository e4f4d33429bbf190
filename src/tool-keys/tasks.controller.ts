import { Controller, Delete, Param, Query, UseGuards } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentOrigin } from '../auth/decorators/current-origin.decorator.js';
import { CurrentUser } from '../auth/decorators/current-user.decorator.js';
import { RequireScopes } from '../auth/decorators/require-scopes.decorator.js';
import { UserOnly } from '../auth/guards/user-only.guard.js';
import { Answers, badBody } from '../http/answers.decorator.js';
import { ValidRequests } from '../http/valid-requests.decorator.js';
import { WithReceipt } from '../http/with-receipt.decorator.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import type { RequestOrigin } from '../principal/request-origin.js';
import { endedTask, type EndTaskQuery, endTaskQuery } from './tool-key.schemas.js';
import { ToolKeysService } from './tool-keys.service.js';

@ApiTags('Tool keys')
@ValidRequests()
@UseGuards(UserOnly)
@RequireScopes('tool-keys:issue')
@Controller('api/v1/tasks')
export class TasksController {
  constructor(private readonly toolKeys: ToolKeysService) {}

  @Delete(':taskId/tool-keys')
  @ApiOperation({
    summary: 'End all tool keys of a task at once, and let its attempts begin anew if so asked',
  })
  @WithReceipt()
  @Answers({ 200: endedTask, errors: [...badBody, 'NOT_FOUND'] })
  end(
    @CurrentUser() user: AuthenticatedUser,
    @Param('taskId') taskId: string,
    @Query({ schema: endTaskQuery }) { restart }: EndTaskQuery,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    return this.toolKeys.endTask(user, taskId, origin, { restart: restart === 'true' });
  }
}
