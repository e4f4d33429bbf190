import { UseGuards } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { McpController, Tool } from '@rekog/mcp-nest';
import { type AuthenticatedUser, CurrentUser, RequireScopes, UserOnly } from 'nestjs-gatehouse';
import { Audited } from 'nestjs-gatehouse/mcp';
import { type NewNote, newNote } from '../../notes/notes.schemas.js';
import { NotesService } from '../../notes/notes.service.js';

/** The notes as tools of MCP-Nest. What each needs stands on it, as on a route. */
@McpController()
export class NotesTools {
  constructor(private readonly notes: NotesService) {}

  @Tool({ name: 'list_notes', description: 'Lists your notes' })
  @RequireScopes('notes:read')
  list(@Payload() _: unknown, @CurrentUser() user: AuthenticatedUser) {
    return this.notes.list(user);
  }

  @Tool({ name: 'add_note', description: 'Writes a note', parameters: newNote })
  @RequireScopes('notes:write')
  add(@Payload() { text }: NewNote, @CurrentUser() user: AuthenticatedUser) {
    return this.notes.add(user, text);
  }

  /** Everything at once is not for agents, and always in the audit trail. */
  @Tool({ name: 'clear_notes', description: 'Deletes all your notes' })
  @UseGuards(UserOnly)
  @RequireScopes('notes:write')
  @Audited()
  async clear(@Payload() _: unknown, @CurrentUser() user: AuthenticatedUser) {
    await this.notes.removeAll(user);
    return 'All notes are deleted.';
  }
}
