import { McpServer, type ServerContext } from '@modelcontextprotocol/server';
import { type AuthenticatedUser, UserOnly } from 'nestjs-gatehouse';
import { type CallRequirements, listOnlyAllowed } from 'nestjs-gatehouse/mcp';
import { newNote } from '../../notes/notes.schemas.js';
import type { NotesService } from '../../notes/notes.service.js';

/** What each tool needs. A tool that is not here cannot be called. */
export const tools: Readonly<Record<string, CallRequirements>> = {
  list_notes: { scopes: ['notes:read'] },
  add_note: { scopes: ['notes:write'] },
  // Everything at once is not for agents, and always in the audit trail.
  clear_notes: { scopes: ['notes:write'], guards: [UserOnly], audited: true },
};

/** The notes as a server of the SDK, which makes one for each session or request. */
export function notesServer(notes: NotesService): McpServer {
  const server = listOnlyAllowed(new McpServer({ name: 'notes', version: '1.0.0' }));
  server.registerTool('list_notes', { description: 'Lists your notes' }, async (context) =>
    shown(await notes.list(callerOf(context))),
  );
  server.registerTool(
    'add_note',
    { description: 'Writes a note', inputSchema: newNote },
    async ({ text }, context) => shown(await notes.add(callerOf(context), text)),
  );
  server.registerTool('clear_notes', { description: 'Deletes all your notes' }, async (context) => {
    await notes.removeAll(callerOf(context));
    return shown('All notes are deleted.');
  });
  return server;
}

/** `McpGuard` has put it there. */
function callerOf({ http }: ServerContext): AuthenticatedUser {
  return http?.authInfo?.extra?.user as AuthenticatedUser;
}

function shown(value: unknown) {
  return { content: [{ type: 'text' as const, text: JSON.stringify(value) }] };
}
