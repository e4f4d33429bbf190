import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  localhostHostValidation,
  type NodeIncomingMessageLike,
  NodeStreamableHTTPServerTransport,
  toNodeHandler,
  toWebRequest,
} from '@modelcontextprotocol/node';
import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server';
import { All, Controller, Req, Res, UseGuards } from '@nestjs/common';
import { McpGuard } from '../../../src/mcp/index.js';
import { conformingServer } from './server.js';

type Raw = IncomingMessage & { readonly body?: unknown };

/** Serves both revisions: 2026-07-28 request by request, 2025-11-25 in sessions. */
@Controller('mcp')
@UseGuards(McpGuard)
export class ConformingEndpoint {
  private readonly modern = createMcpHandler(() => conformingServer(this.modern.notify), {
    legacy: 'reject',
  });
  private readonly serve = toNodeHandler(this.modern);
  private readonly hasGoodHost = localhostHostValidation();
  private readonly sessions = new Map<string, NodeStreamableHTTPServerTransport>();

  @All()
  async all(
    @Req() request: Raw & { raw?: Raw },
    @Res() response: ServerResponse & { raw?: ServerResponse },
  ): Promise<void> {
    const { raw = request, body } = request;
    const { raw: rawResponse = response } = response;
    if (!this.hasGoodHost(raw, rawResponse)) return;
    const isSession =
      raw.method !== 'POST' ||
      (await isLegacyRequest(await toWebRequest(raw as NodeIncomingMessageLike, body), body));
    if (!isSession) return this.serve(raw as NodeIncomingMessageLike, rawResponse, body);
    const transport = await this.transportOf(raw);
    await transport.handleRequest(raw, rawResponse, body);
  }

  private async transportOf({ headers }: Raw): Promise<NodeStreamableHTTPServerTransport> {
    const known = this.sessions.get(String(headers['mcp-session-id']));
    if (known !== undefined) return known;
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => void this.sessions.set(id, transport),
    });
    await conformingServer().connect(transport);
    return transport;
  }
}
