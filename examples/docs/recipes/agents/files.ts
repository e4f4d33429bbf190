import { Controller, Get, Module, Post, UseGuards } from '@nestjs/common';
import {
  Authenticated,
  type AuthenticatedUser,
  CurrentTask,
  type CurrentTaskInfo,
  CurrentUser,
  RequireScopes,
  ToolKeyOnly,
  UserOnly,
} from 'nestjs-gatehouse';

@Controller('files')
export class FilesController {
  @Get()
  @UseGuards(Authenticated)
  @RequireScopes('files:read')
  list(@CurrentUser() { ownerId, actorChain }: AuthenticatedUser) {
    return { of: ownerId, through: actorChain.map(({ type }) => type) };
  }

  @Post('result')
  @UseGuards(ToolKeyOnly)
  result(@CurrentTask() { taskId, attempt }: CurrentTaskInfo) {
    return { taskId, attempt };
  }

  @Post('share')
  @UseGuards(UserOnly)
  share() {
    return 'shared with the world';
  }
}

@Module({ controllers: [FilesController] })
export class FilesModule {}
