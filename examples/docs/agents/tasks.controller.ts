import { Body, Controller, Param, Post, UseGuards } from '@nestjs/common';
import {
  type AuthenticatedUser,
  CurrentTask,
  type CurrentTaskInfo,
  CurrentUser,
  RequireScopes,
  ToolKeyOnly,
  ToolKeysService,
  UserOnly,
} from 'nestjs-gatehouse';

/** Your own class that starts agents and stores what they write. */
export abstract class Agents {
  abstract start(taskId: string, toolKey: string): Promise<void>;
  abstract write(taskId: string, attempt: number, text: string): Promise<void>;
}

@Controller('tasks')
export class TasksController {
  constructor(
    private readonly agents: Agents,
    private readonly toolKeys: ToolKeysService,
  ) {}

  @Post(':id/start')
  @UseGuards(UserOnly)
  async start(@CurrentUser() user: AuthenticatedUser, @Param('id') taskId: string) {
    const { secret } = await this.toolKeys.issue(user, {
      taskId,
      scopes: ['notes:write'],
      heartbeatSeconds: 10,
    });
    await this.agents.start(taskId, secret);
  }

  @Post('note')
  @UseGuards(ToolKeyOnly)
  @RequireScopes('notes:write')
  note(@CurrentTask() task: CurrentTaskInfo, @Body() { text }: { text: string }) {
    return this.agents.write(task.taskId, task.attempt, text);
  }

  @Post(':id/stop')
  @UseGuards(UserOnly)
  stop(@CurrentUser() user: AuthenticatedUser, @Param('id') taskId: string) {
    return this.toolKeys.endTask(user, { taskId });
  }
}
