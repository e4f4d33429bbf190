import { generateKeyPairSync } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import {
  All,
  Controller,
  type INestApplication,
  Module,
  type Provider,
  Req,
  Res,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { McpHttpControllerFor, McpStrategy, StreamableHttpTransport } from '@rekog/mcp-nest';
import jwt from 'jsonwebtoken';
import { GatehouseModule } from '../../src/gatehouse/gatehouse.module.js';
import type { GatehouseConfig } from '../../src/gatehouse/gatehouse.options.js';
import { GatehouseMcpModule, listOnlyAllowed, McpGuard, type McpModuleOptions } from '../../src/mcp/index.js';
import type { Json } from './json.js';
import { createMigratedDatabase, type ScratchDatabase } from './scratch-database.js';
import { NotesTools, sdkOptions, sdkServer } from './mcp-servers.js';

export const resource = 'https://notes.example.com/mcp';
export const issuer = 'https://login.example.com/';

const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });

interface TokenOptions {
  readonly scope?: string;
  readonly aud?: string | readonly string[];
  readonly email?: string;
  readonly expiresIn?: number;
}

/** A token that a person has let a client have, for `scope`; without it that of the person. */
export function tokenOf({
  scope,
  aud = resource,
  email = 'ada@example.com',
  expiresIn = 600,
}: TokenOptions = {}): string {
  const claims = { email, aud, ...(scope !== undefined && { scope, client_id: 'inspector' }) };
  const options = { algorithm: 'ES256', issuer, subject: email, expiresIn } as const;
  return jwt.sign(claims, keys.privateKey, options);
}

export const servers = ['MCP-Nest', 'the SDK'] as const;
export const adapters = ['Express', 'Fastify'] as const;

const logger = { log: () => undefined, warn: () => undefined, error: () => undefined };

export interface McpHost {
  readonly app: INestApplication;
  readonly url: URL;
  readonly database: ScratchDatabase;
  /** A request to a route of the application; the path is that of the route. */
  ask(method: string, path: string, headers: Record<string, string>, body?: unknown): Promise<Answer>;
  /** A message to the endpoint; of the revision 2025-11-25, unless `more` says otherwise. */
  message(headers: Record<string, string>, method: string, params?: object): Promise<Answer>;
  call(headers: Record<string, string>, name: string, more?: object): Promise<Answer>;
  /** A client with these headers that has connected. */
  connect(headers: Record<string, string>): Promise<Client>;
  close(): Promise<void>;
}

/** What an endpoint has answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
  readonly challenge: string | null;
}

interface HostOptions {
  readonly server?: (typeof servers)[number];
  readonly adapter?: (typeof adapters)[number];
  readonly mcp?: Partial<McpModuleOptions>;
  readonly gatehouse?: Partial<GatehouseConfig>;
  readonly providers?: readonly Provider[];
  readonly prefix?: string;
  /** Another controller of the endpoint, with the guard. */
  readonly endpoint?: Type;
  /** MCP-Nest keeps sessions. */
  readonly stateful?: boolean;
  /** That of another host, which drops it. */
  readonly database?: ScratchDatabase;
}

const accept = 'application/json, text/event-stream';
const json = { 'content-type': 'application/json' };
const textOf = (body: unknown) => (typeof body === 'string' ? body : JSON.stringify(body));

/** Of an answer in JSON, also of one that is sent as an event. */
function bodyOf(text: string): Json {
  const data = /^data: (.*)$/m.exec(text)?.[1] ?? text;
  return data.startsWith('{') || data.startsWith('[') ? (JSON.parse(data) as Json) : (data as never);
}

/** An application with an MCP server of its own behind `McpGuard`. */
export async function startMcpHost({
  server = 'MCP-Nest',
  adapter = 'Fastify',
  mcp = {},
  gatehouse = {},
  providers = [],
  prefix,
  endpoint,
  stateful = false,
  database: shared,
}: HostOptions = {}): Promise<McpHost> {
  const database = shared ?? (await createMigratedDatabase());
  const transport = new StreamableHttpTransport({ statefulMode: stateful });
  const strategy = new McpStrategy({
    name: 'notes',
    version: '1.0.0',
    transports: [transport],
    serverMutator: listOnlyAllowed,
  });

  @Controller('mcp')
  @UseGuards(McpGuard)
  class NestEndpoint extends McpHttpControllerFor(transport) {}

  @Controller('mcp')
  @UseGuards(McpGuard)
  class SdkEndpoint {
    private readonly serve = toNodeHandler(createMcpHandler(sdkServer));

    @All()
    all(@Req() request: never, @Res() response: never) {
      const { raw = request, body } = request as { raw?: never; body?: unknown };
      const { raw: rawResponse = response } = response as { raw?: never };
      return this.serve(raw, rawResponse, body);
    }
  }

  const isNest = server === 'MCP-Nest';
  @Module({
    imports: [
      GatehouseModule.forRoot({
        database: { url: database.url, logger },
        issuers: [
          {
            issuer,
            audience: [resource, 'https://notes.example.com/api'],
            addedAudiences: ['account'],
            publicKey: keys.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
          },
        ],
        failuresPerMinute: 0,
        undecidedRoutes: 'refuse',
        ...gatehouse,
      }),
      GatehouseMcpModule.forRoot({
        resource,
        authorizationServers: [issuer],
        scopes: { 'notes:read': 'Read your notes', 'notes:write': 'Change your notes' },
        loginScopes: ['notes:read'],
        name: 'Notes',
        ...(isNest ? {} : sdkOptions),
        ...mcp,
      }),
    ],
    controllers: isNest ? [NotesTools, NestEndpoint] : [endpoint ?? SdkEndpoint],
    providers: [...providers],
  })
  class AppModule {}

  const app = await NestFactory.create(
    AppModule,
    adapter === 'Express' ? new ExpressAdapter() : new FastifyAdapter({ forceCloseConnections: true }),
    { logger: false, abortOnError: false, forceCloseConnections: true },
  );
  if (prefix !== undefined) app.setGlobalPrefix(prefix, { exclude: ['mcp'] });
  strategy.setHttpAdapter(app.getHttpAdapter());
  app.connectMicroservice({ strategy });
  if (isNest) await app.startAllMicroservices();
  await app.listen(0, '127.0.0.1');
  const url = new URL(`http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}/mcp`);
  const ask: McpHost['ask'] = async (method, path, headers, body) => {
    const init = { method, headers: { accept, ...(body !== undefined && json), ...headers } };
    const answer = await fetch(new URL(path, url), {
      ...init,
      body: body === undefined ? null : textOf(body),
    });
    const text = await answer.text();
    const { status } = answer;
    return {
      status,
      headers: answer.headers,
      body: bodyOf(text),
      challenge: answer.headers.get('www-authenticate'),
    };
  };
  const message: McpHost['message'] = (headers, method, params = {}) =>
    ask('POST', '/mcp', headers, { jsonrpc: '2.0', id: 1, method, params });
  return {
    app,
    url,
    database,
    ask,
    message,
    call: (headers, name, more = {}) => message(headers, 'tools/call', { name, arguments: {}, ...more }),
    async connect(headers) {
      const client = new Client({ name: 'test', version: '1.0.0' });
      await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
      return client;
    },
    async close() {
      await app.close();
      if (shared === undefined) await database.drop();
    },
  };
}
