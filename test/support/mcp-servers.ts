import { McpServer, ResourceTemplate as SdkTemplate } from '@modelcontextprotocol/server';
import { UseGuards } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { McpContext, McpController, Prompt, Resource, ResourceTemplate, Tool } from '@rekog/mcp-nest';
import { z } from 'zod';
import {
  AllowBounded,
  CurrentTask,
  type CurrentTaskInfo,
  CurrentUser,
  RequireRole,
  RequireScopes,
  Unmetered,
} from '../../src/auth/decorators.js';
import { PersonOnly, UserOnly } from '../../src/auth/guards.js';
import { Audited, listOnlyAllowed, type McpModuleOptions } from '../../src/mcp/index.js';
import type { AuthenticatedUser } from '../../src/principal/authenticated-user.js';

/** Which of the tools, and for whom, ran. */
export const calls: string[] = [];
/** The tool `wait` waits until then. */
export const waiting = { isOver: false };
const text = (value: unknown) => ({ content: [{ type: 'text' as const, text: JSON.stringify(value) }] });
const ran = (name: string, user?: AuthenticatedUser) => {
  calls.push(name);
  return text({ name, ownerId: user?.ownerId, type: user?.source.type });
};

@McpController()
export class NotesTools {
  @Tool({ name: 'list_notes', description: 'Lists notes' })
  @RequireScopes('notes:read')
  list(@Payload() _: unknown, @CurrentUser() user: AuthenticatedUser) {
    return ran('list_notes', user);
  }

  @Tool({ name: 'add_note', description: 'Adds a note', parameters: z.object({ text: z.string() }) })
  @RequireScopes('notes:read', 'notes:write')
  @Audited({ arguments: true })
  add(@Payload() _: unknown, @CurrentUser() user: AuthenticatedUser) {
    return ran('add_note', user);
  }

  @Tool({ name: 'clear_notes', description: 'Deletes all notes' })
  @UseGuards(UserOnly)
  @RequireScopes('notes:write')
  @Audited()
  clear(@Payload() _: unknown, @CurrentUser() user: AuthenticatedUser) {
    return ran('clear_notes', user);
  }

  @Tool({ name: 'sign', description: 'For people' })
  @UseGuards(PersonOnly)
  @AllowBounded()
  sign(@Payload() _: unknown, @CurrentUser() user: AuthenticatedUser) {
    return ran('sign', user);
  }

  @Tool({ name: 'reports', description: 'For a role' })
  @RequireRole('read_only')
  reports(@Payload() _: unknown, @CurrentUser() user: AuthenticatedUser) {
    return ran('reports', user);
  }

  @Tool({ name: 'task', description: 'Shows the task' })
  @AllowBounded()
  @Unmetered()
  task(@Payload() _: unknown, @CurrentTask() task?: CurrentTaskInfo) {
    calls.push('task');
    return text(task ?? null);
  }

  @Tool({ name: 'plain', description: 'Declares nothing' })
  plain(@Payload() _: unknown, @CurrentUser() user: AuthenticatedUser) {
    return ran('plain', user);
  }

  @Tool({ name: 'wait', description: 'Reports progress until the client goes away' })
  @RequireScopes('notes:read')
  async wait(@Payload() _: unknown, @Ctx() context: McpContext) {
    calls.push('wait');
    for (let step = 1; step < 400 && !waiting.isOver; step += 1) {
      await context.reportProgress({ progress: step, total: 400 });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return text('waited');
  }

  @Resource({ uri: 'notes://all', name: 'all', mimeType: 'text/plain' })
  @RequireScopes('notes:read')
  all(@Payload() { uri }: { uri: string }) {
    calls.push('notes://all');
    return { contents: [{ uri, text: 'all' }] };
  }

  @Resource({ uri: 'notes://one/own', name: 'own', mimeType: 'text/plain' })
  @RequireScopes('vault:read')
  own(@Payload() { uri }: { uri: string }) {
    calls.push('notes://one/own');
    return { contents: [{ uri, text: 'own' }] };
  }

  @ResourceTemplate({ uriTemplate: 'notes://one/{id}', name: 'one', mimeType: 'text/plain' })
  @RequireScopes('notes:write')
  one(@Payload() { uri }: { uri: string }) {
    calls.push('notes://one/{id}');
    return { contents: [{ uri, text: 'one' }] };
  }

  @Prompt({ name: 'summary', description: 'Sums up' })
  @RequireScopes('notes:read')
  summary() {
    calls.push('summary');
    return { messages: [{ role: 'user' as const, content: { type: 'text' as const, text: 'Sum up' } }] };
  }
}

/** What a server of the SDK has, and what its calls need. */
export const sdkOptions: Pick<McpModuleOptions, 'tools' | 'resources' | 'prompts'> = {
  tools: {
    list_notes: { scopes: ['notes:read'] },
    add_note: { scopes: ['notes:read', 'notes:write'], audited: 'arguments' },
    clear_notes: { scopes: ['notes:write'], guards: [UserOnly], audited: true },
    sign: { guards: [PersonOnly], allowBounded: true },
    reports: { role: 'read_only' },
    task: { allowBounded: true, unmetered: true },
    plain: {},
    wait: { scopes: ['notes:read'] },
  },
  resources: {
    'notes://all': { scopes: ['notes:read'] },
    'notes://one/{id}': { scopes: ['notes:write'] },
    'notes://one/own': { scopes: ['vault:read'] },
  },
  prompts: { summary: { scopes: ['notes:read'] } },
};

export function sdkServer(): McpServer {
  const server = listOnlyAllowed(new McpServer({ name: 'notes', version: '1.0.0' }));
  for (const name of [...Object.keys(sdkOptions.tools ?? {}), 'undeclared']) {
    const inputSchema = name === 'add_note' ? z.object({ text: z.string() }) : z.object({});
    server.registerTool(name, { description: name, inputSchema }, async (_args, context) => {
      const user = context.http?.authInfo?.extra?.user as AuthenticatedUser | undefined;
      if (name !== 'wait') return ran(name, user);
      calls.push('wait');
      const { progressToken = '' } = context.mcpReq._meta ?? {};
      for (let progress = 1; progress < 400 && !waiting.isOver; progress += 1) {
        await context.mcpReq.notify({
          method: 'notifications/progress',
          params: { progressToken, progress },
        });
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return ran('waited', user);
    });
  }
  server.registerResource('all', 'notes://all', {}, (uri) => ({
    contents: [{ uri: uri.href, text: 'all' }],
  }));
  server.registerResource('own', 'notes://one/own', {}, (uri) => {
    calls.push('notes://one/own');
    return { contents: [{ uri: uri.href, text: 'own' }] };
  });
  server.registerResource('one', new SdkTemplate('notes://one/{id}', { list: undefined }), {}, (uri) => {
    calls.push('notes://one/{id}');
    return { contents: [{ uri: uri.href, text: 'one' }] };
  });
  server.server.setRequestHandler('notes/export', { params: z.looseObject({}) }, () => {
    calls.push('notes/export');
    return {};
  });
  server.registerPrompt('summary', {}, () => ({
    messages: [{ role: 'user', content: { type: 'text', text: 'Sum up' } }],
  }));
  return server;
}
