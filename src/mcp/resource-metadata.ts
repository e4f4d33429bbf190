import { getOAuthProtectedResourceMetadataUrl } from '@modelcontextprotocol/server';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type McpModuleOptions, mcpOptions } from './mcp.options.js';

const wellKnown = '/.well-known/oauth-protected-resource';

/** Serves the metadata of the MCP server as a protected resource (RFC 9728 §3), to everyone and to pages of every origin. */
@Injectable()
export class ResourceMetadata implements OnModuleInit {
  /** The URL of the document; it is named in challenges only where there is an authorization server. */
  readonly url: string;
  readonly resource: URL;
  private readonly document: object;

  constructor(
    @Inject(mcpOptions) options: McpModuleOptions,
    private readonly adapterHost: HttpAdapterHost,
  ) {
    const { resource, authorizationServers = [], scopes, scopePrefix = '', name, documentation } = options;
    this.resource = new URL(resource);
    this.url = getOAuthProtectedResourceMetadataUrl(this.resource);
    this.document = {
      resource,
      ...(authorizationServers.length > 0 && { authorization_servers: authorizationServers }),
      ...(scopes !== undefined && { scopes_supported: Object.keys(scopes).map((one) => scopePrefix + one) }),
      bearer_methods_supported: ['header'],
      ...(name !== undefined && { resource_name: name }),
      ...(documentation !== undefined && { resource_documentation: documentation }),
    };
  }

  /** At the root of the server, outside of any prefix and version: clients derive the path from the URL of the resource. */
  onModuleInit(): void {
    const { httpAdapter } = this.adapterHost as Partial<HttpAdapterHost>;
    if (httpAdapter == null) return;
    const answer = (response: unknown, body: object | null, status: number): void => {
      httpAdapter.setHeader(response, 'Access-Control-Allow-Origin', '*');
      httpAdapter.setHeader(response, 'Cache-Control', 'public, max-age=3600');
      if (body === null) {
        httpAdapter.setHeader(response, 'Access-Control-Allow-Methods', 'GET, HEAD, OPTIONS');
        // Clients send the version of the protocol with every request.
        httpAdapter.setHeader(
          response,
          'Access-Control-Allow-Headers',
          'MCP-Protocol-Version, Authorization',
        );
      }
      httpAdapter.reply(response, body ?? '', status);
    };
    for (const path of new Set([wellKnown, new URL(this.url).pathname])) {
      httpAdapter.get(path, (_request: unknown, response: unknown) => answer(response, this.document, 200));
      httpAdapter.options(path, (_request: unknown, response: unknown) => answer(response, null, 204));
    }
  }
}
