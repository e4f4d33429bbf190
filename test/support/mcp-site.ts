import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { type LocalServer, startLocalServer } from './local-server.js';

/** What a server answers; an object instead is a JSON document that every page may read. */
export type SiteAnswer =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  | ((request: IncomingMessage, response: ServerResponse) => void);

/** Answers by method and path; a test replaces some. */
export type SiteAnswers = Record<string, SiteAnswer | undefined>;

export interface SeenRequest {
  readonly server: 'resource' | 'issuer';
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export const readable = { 'access-control-allow-origin': '*' };
const preflight: SiteAnswer = {
  status: 204,
  headers: {
    ...readable,
    'access-control-allow-headers': 'Authorization, Content-Type, MCP-Protocol-Version, Mcp-Method',
  },
};

/** A JSON document that pages may read. */
export const document = (json: unknown): SiteAnswer => ({
  status: 200,
  headers: { ...readable, 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(json),
});

/** An MCP server and its authorization server, with nothing wrong, on two ports. */
export class McpSite {
  readonly resourceAnswers: SiteAnswers = {};
  readonly issuerAnswers: SiteAnswers = {};
  readonly seen: SeenRequest[] = [];

  private constructor(
    private readonly resource: LocalServer,
    private readonly authorization: LocalServer,
  ) {}

  static async start(): Promise<McpSite> {
    let site: McpSite | undefined;
    const serve = (server: SeenRequest['server']) => (request: IncomingMessage, response: ServerResponse) =>
      site?.answer(server, request, response);
    site = new McpSite(await startLocalServer(serve('resource')), await startLocalServer(serve('issuer')));
    site.heal();
    return site;
  }

  get url(): string {
    return `${this.resource.url}/mcp`;
  }

  get origin(): string {
    return this.resource.url;
  }

  get issuer(): string {
    return this.authorization.url;
  }

  get resourceMetadata(): Record<string, unknown> {
    return { resource: this.url, authorization_servers: [this.issuer], scopes_supported: ['notes:read'] };
  }

  get serverMetadata(): Record<string, unknown> {
    return {
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/authorize`,
      token_endpoint: `${this.issuer}/token`,
      registration_endpoint: `${this.issuer}/register`,
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none', 'client_secret_basic'],
      client_id_metadata_document_supported: true,
      authorization_response_iss_parameter_supported: true,
    };
  }

  /** A 401 with this challenge, which pages may read. */
  challenge(header: string): SiteAnswer {
    const headers = { ...readable, 'access-control-expose-headers': 'WWW-Authenticate' };
    return { status: 401, headers: { ...headers, 'www-authenticate': header } };
  }

  /** Puts everything right. */
  heal(): void {
    for (const answers of [this.resourceAnswers, this.issuerAnswers])
      for (const name of Object.keys(answers)) delete answers[name];
    const metadata = `resource_metadata="${this.origin}/.well-known/oauth-protected-resource/mcp", scope="notes:read"`;
    const bare = this.challenge(`Bearer ${metadata}`);
    const withToken = this.challenge(`Bearer error="invalid_token", ${metadata}`);
    Object.assign(this.resourceAnswers, {
      'POST /mcp': (request: IncomingMessage, response: ServerResponse) =>
        give(request.headers.authorization === undefined ? bare : withToken, request, response),
      'OPTIONS /mcp': preflight,
      'GET /.well-known/oauth-protected-resource/mcp': document(this.resourceMetadata),
    });
    Object.assign(this.issuerAnswers, {
      'GET /.well-known/oauth-authorization-server': document(this.serverMetadata),
      'OPTIONS /register': preflight,
    });
    this.seen.length = 0;
  }

  async close(): Promise<void> {
    await Promise.all([this.resource.close(), this.authorization.close()]);
  }

  private answer(server: SeenRequest['server'], request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url: path = '', headers } = request;
    this.seen.push({ server, method, path, headers });
    const answers = server === 'resource' ? this.resourceAnswers : this.issuerAnswers;
    give(answers[`${method} ${path}`] ?? { status: 404 }, request, response);
  }
}

function give(answer: SiteAnswer, request: IncomingMessage, response: ServerResponse): void {
  if (typeof answer === 'function') return answer(request, response);
  response.writeHead(answer.status, answer.headers).end(answer.body);
}
