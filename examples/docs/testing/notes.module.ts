import { Controller, Get, Module, Post, UseGuards } from '@nestjs/common';
import {
  Authenticated,
  type AuthenticatedUser,
  CurrentTask,
  type CurrentTaskInfo,
  CurrentUser,
  RequireScopes,
  UserOnly,
} from 'nestjs-gatehouse';

@Controller('notes')
@UseGuards(Authenticated)
export class NotesController {
  @Get()
  @RequireScopes('notes:read')
  list(@CurrentUser() user: AuthenticatedUser, @CurrentTask() task?: CurrentTaskInfo) {
    return { of: user.ownerId, task: task?.taskId ?? null };
  }

  @Post('export')
  @UseGuards(UserOnly)
  export(@CurrentUser() user: AuthenticatedUser) {
    return { by: user.userId };
  }
}

@Module({ controllers: [NotesController] })
export class NotesModule {}
