import { beforeEach, expect, it } from '@jest/globals';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { All, Controller, Get, Req, Res, UseGuards } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuditTrail } from '../src/audit/audit-trail.js';
import { UserOnly } from '../src/auth/guards.js';
import { McpGuard } from '../src/mcp/index.js';
import { startMcpHost, tokenOf } from './support/mcp-host.js';
import { calls, sdkServer } from './support/mcp-servers.js';

const person = () => ({ authorization: `Bearer ${tokenOf()}` });

@Controller('mcp')
@UseGuards(UserOnly)
class EndpointForUsers {
  private readonly serve = toNodeHandler(createMcpHandler(sdkServer));

  @Get('health')
  @UseGuards(McpGuard)
  health(): void {}

  @All()
  all(@Req() request: { readonly body?: unknown }, @Res() response: never) {
    return this.serve(request as never, response, request.body);
  }
}

beforeEach(() => void calls.splice(0));

it('asks for the scopes of a tool also as a global guard, beside another guard of the endpoint', async () => {
  const host = await startMcpHost({
    server: 'the SDK',
    adapter: 'Express',
    endpoint: EndpointForUsers,
    providers: [{ provide: APP_GUARD, useClass: McpGuard }],
  });
  const body = { name: 'ci', scopes: ['notes:read'] };
  const made = await host.ask('POST', '/api/v1/api-keys', person(), body);
  const key = { 'x-api-key': made.body.key };
  expect((await host.call(key, 'add_note', { arguments: { text: 'x' } })).status).toBe(403);
  expect((await host.call(key, 'list_notes')).status).toBe(200);
  expect(calls).toEqual(['list_notes']);
  await host.close();
});

it('keeps the arguments of a call if one of two declarations asks for that', async () => {
  const host = await startMcpHost({ mcp: { tools: { add_note: { audited: true } } } });
  expect((await host.call(person(), 'add_note', { arguments: { text: 'x' } })).status).toBe(200);
  const { events } = await host.app.get(AuditTrail).find({ type: 'called' }, { limit: 2 });
  expect(events.map(({ details }) => details)).toEqual([
    { tool: 'add_note', outcome: 'VALID', arguments: '{"text":"x"}' },
  ]);
  await host.close();
});
