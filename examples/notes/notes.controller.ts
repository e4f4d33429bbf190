import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Post,
  UseGuards,
} from '@nestjs/common';
import {
  Authenticated,
  type AuthenticatedUser,
  AuthError,
  CurrentUser,
  RequireScopes,
  UserOnly,
} from 'nestjs-gatehouse';
import { type NewNote, newNote } from './notes.schemas.js';
import { NotesService } from './notes.service.js';

/** What is no id names nothing. */
const noteId = new ParseUUIDPipe({ exceptionFactory: () => new AuthError('NOT_FOUND') });

/** Closed in whatever application it is put into: it names its guard itself. */
@Controller('notes')
@UseGuards(Authenticated)
export class NotesController {
  constructor(private readonly notes: NotesService) {}

  @Get()
  @RequireScopes('notes:read')
  list(@CurrentUser() user: AuthenticatedUser) {
    return this.notes.list(user);
  }

  @Post()
  @RequireScopes('notes:write')
  add(@CurrentUser() user: AuthenticatedUser, @Body({ schema: newNote }) { text }: NewNote) {
    return this.notes.add(user, text);
  }

  @Get(':id')
  @RequireScopes('notes:read')
  find(@CurrentUser() user: AuthenticatedUser, @Param('id', noteId) id: string) {
    return this.notes.find(user, id);
  }

  @Delete(':id')
  @HttpCode(204)
  @RequireScopes('notes:write')
  remove(@CurrentUser() user: AuthenticatedUser, @Param('id', noteId) id: string) {
    return this.notes.remove(user, id);
  }

  /** Everything at once is not for agents, whatever scopes they have. */
  @Delete()
  @HttpCode(204)
  @UseGuards(UserOnly)
  @RequireScopes('notes:write')
  removeAll(@CurrentUser() user: AuthenticatedUser) {
    return this.notes.removeAll(user);
  }
}
