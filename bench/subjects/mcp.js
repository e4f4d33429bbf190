import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { Controller, Post, Req, Res, UseGuards } from '@nestjs/common';
import { z } from 'zod';
import { GatehouseMcpModule, McpGuard } from '../../dist/package/mcp/index.js';
import { openIssuer } from '../people.js';
import { ourModules } from './our-modules.js';
import { serve } from './serve.js';

// An MCP server of the SDK with one tool in a host with our modules, `guarded` by McpGuard or `open`.
const [folder, platform, kind] = process.argv.slice(2);
const isGuarded = kind === 'guarded';

const handle = toNodeHandler(
  createMcpHandler(() => {
    const server = new McpServer({ name: 'bench', version: '1.0.0' });
    const inputSchema = z.object({ text: z.string() });
    server.registerTool('echo', { inputSchema }, ({ text }) => ({ content: [{ type: 'text', text }] }));
    return server;
  }),
);

class Endpoint {
  answer(request, response) {
    return handle(request.raw ?? request, response.raw ?? response, request.body);
  }
}
const method = Object.getOwnPropertyDescriptor(Endpoint.prototype, 'answer');
Req()(Endpoint.prototype, 'answer', 0);
Res()(Endpoint.prototype, 'answer', 1);
Post()(Endpoint.prototype, 'answer', method);
if (isGuarded) UseGuards(McpGuard)(Endpoint);
Controller('mcp')(Endpoint);

const mcp = GatehouseMcpModule.forRoot({
  resource: 'https://bench.example.com/mcp',
  authorizationServers: ['https://login.example.com'],
  tools: { echo: { scopes: ['notes:read'] } },
});
const url = await serve(platform, {
  module: class McpHost {},
  imports: [...ourModules(folder, `mcp-${kind}-${platform}`), ...(isGuarded ? [mcp] : [])],
  controllers: [Endpoint],
});
let key;
if (isGuarded) {
  const headers = { authorization: `Bearer ${openIssuer(folder).newToken()}` };
  const answer = await fetch(`${url}/api/v1/auth/api-keys`, { method: 'POST', headers });
  ({ key } = await answer.json());
}
process.send({ url, key });
