import { Controller, Get, Post, UseGuards } from '@nestjs/common';
import { Authenticated, type AuthenticatedUser, CurrentUser, RequireScopes } from 'nestjs-gatehouse';

@Controller('notes')
@UseGuards(Authenticated)
export class NotesController {
  @Get()
  @RequireScopes('notes:read')
  list(@CurrentUser() user: AuthenticatedUser) {
    return { of: user.ownerId };
  }

  @Post()
  @RequireScopes('notes:write')
  add(@CurrentUser() user: AuthenticatedUser) {
    return { of: user.ownerId };
  }
}
