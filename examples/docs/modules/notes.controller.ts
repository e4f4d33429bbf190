import { Body, Controller, Get, Post, UseGuards } from '@nestjs/common';
import { Authenticated, type AuthenticatedUser, CurrentUser, RequireScopes } from 'nestjs-gatehouse';

@Controller('notes')
@UseGuards(Authenticated)
export class NotesController {
  private readonly notes = new Map<string, string[]>();

  @Get()
  @RequireScopes('notes:read')
  list(@CurrentUser() user: AuthenticatedUser) {
    return this.notes.get(user.ownerId) ?? [];
  }

  @Post()
  @RequireScopes('notes:write')
  add(@CurrentUser() user: AuthenticatedUser, @Body() { text }: { text: string }) {
    const notes = [...this.list(user), text];
    this.notes.set(user.ownerId, notes);
    return notes;
  }
}
