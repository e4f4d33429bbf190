import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Controller,
  Get,
  type INestApplication,
  Module,
  type ModuleMetadata,
  Post,
  UseGuards,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ApiKeysModule } from '../../src/api-keys/api-keys.module.js';
import { AuthModule } from '../../src/auth/auth.module.js';
import type { AuthModuleExtras, AuthModuleOptions } from '../../src/auth/auth.options.js';
import { CurrentUser, RequireScopes } from '../../src/auth/decorators.js';
import {
  Authenticated,
  MaybeAuthenticated,
  PersonOnly,
  ToolKeyOnly,
  UserOnly,
} from '../../src/auth/guards.js';
import { DatabaseModule } from '../../src/database/database.module.js';
import { gatehouseEntities } from '../../src/entities.js';
import type { AuthenticatedUser } from '../../src/principal/authenticated-user.js';
import { BuiltinIssuer } from '../../src/issuer/builtin-issuer.js';
import { ExchangeModule } from '../../src/issuer/exchange.module.js';
import { ForwardAuthController } from '../../src/server/forward-auth/forward-auth.controller.js';
import { PlatformModule } from '../../src/platform/platform.module.js';
import { ToolKeysModule } from '../../src/tool-keys/tool-keys.module.js';
import type { Json } from './json.js';
import { createScratchDatabase } from './scratch-database.js';

/** An object is sent as JSON, a text as it is. */
export type SentBody = object | string;
export type SentHeaders = Record<string, string | string[]>;

export interface HostAnswer {
  readonly status: number;
  readonly headers: Record<string, string | undefined>;
  readonly body: Json;
}

export interface SeamHost {
  readonly app: INestApplication;
  /** A list sends the header that many times. */
  send(method: string, path: string, headers?: SentHeaders, body?: SentBody): Promise<HostAnswer>;
  /** The status, and the code of an error. */
  verdict(method: string, path: string, headers?: SentHeaders, body?: SentBody): Promise<string>;
  bearer(email?: string): { authorization: string };
  readonly databaseUrl: string;
  close(): Promise<void>;
}

/** Routes that admit kinds of callers. */
@Controller('rooms')
class RoomsController {
  @Get('people')
  @UseGuards(PersonOnly)
  people(@CurrentUser() user: AuthenticatedUser) {
    return user;
  }

  @Get('users')
  @UseGuards(UserOnly)
  users(@CurrentUser() user: AuthenticatedUser) {
    return user;
  }

  @Get('agents')
  @UseGuards(ToolKeyOnly)
  agents() {
    return {};
  }

  @Get('files')
  @UseGuards(Authenticated)
  @RequireScopes('files:write')
  files() {
    return {};
  }

  @Get('keys')
  @UseGuards(Authenticated)
  @RequireScopes('api-keys:write')
  keys() {
    return {};
  }

  @Post('people')
  @UseGuards(PersonOnly)
  enter() {
    return {};
  }

  @Post('anybody')
  @UseGuards(MaybeAuthenticated)
  greet(@CurrentUser() user?: AuthenticatedUser) {
    return { known: user !== undefined };
  }
}

/**
 * What a host has that extends Gatehouse: all its modules, what the service answers about callers, and rooms. By default on a
 * database of its own.
 */
export async function startSeamHost(
  auth: AuthModuleOptions & AuthModuleExtras,
  {
    providers = [],
    express = false,
    databaseUrl,
  }: Pick<ModuleMetadata, 'providers'> & { express?: boolean; databaseUrl?: string } = {},
): Promise<SeamHost> {
  const database = databaseUrl === undefined ? await createScratchDatabase() : undefined;
  const url = databaseUrl ?? database?.url ?? '';
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
  const issuer = BuiltinIssuer.open(dataDir);

  @Module({ providers, exports: providers as never })
  class HostPartsModule {}

  @Module({
    imports: [
      { module: HostPartsModule, global: true },
      DatabaseModule.forRoot({ url, entities: gatehouseEntities }),
      AuthModule.forRoot({ issuers: [issuer.options], failuresPerMinute: 0, ...auth }),
      ApiKeysModule,
      ToolKeysModule,
      PlatformModule,
      ...(express ? [] : [ExchangeModule.register(issuer, null)]),
    ],
    controllers: [ForwardAuthController, RoomsController],
  })
  class HostModule {}

  // As hosts have it that keep the ids of their proxy, and take larger bodies than we do.
  const adapter = express
    ? new ExpressAdapter()
    : new FastifyAdapter({ requestIdHeader: 'x-request-id', bodyLimit: 2_000_000 });
  const app = await NestFactory.create(HostModule, adapter, { logger: false, abortOnError: false });
  if (express) {
    (app as NestExpressApplication).useBodyParser('json', { limit: '2mb' });
    app.use(
      (request: { id?: unknown; headers: Record<string, unknown> }, _response: unknown, next: () => void) => {
        request.id = request.headers['x-request-id'];
        next();
      },
    );
  }
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const ask: SeamHost['send'] = (...sent) => send(port, ...sent);
  return {
    app,
    send: ask,
    verdict: async (...sent) => {
      const { status, body } = await ask(...sent);
      return body?.code === undefined ? String(status) : `${status} ${body.code}`;
    },
    bearer: (email = 'ada@example.com') => ({ authorization: `Bearer ${issuer.tokenFor(email, 3600)}` }),
    databaseUrl: url,
    close: async () => {
      await app.close();
      await database?.drop();
      await rm(dataDir, { recursive: true });
    },
  };
}

function send(
  port: number,
  method: string,
  path: string,
  headers: SentHeaders = {},
  body?: SentBody,
): Promise<HostAnswer> {
  const payload = typeof body === 'object' ? JSON.stringify(body) : body;
  const json = typeof body === 'object' ? { 'content-type': 'application/json' } : {};
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', method, path, agent: false, headers: { ...json, ...headers } };
    const outgoing = request(options, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      incoming.on('end', () => {
        const isJson = (incoming.headers['content-type'] ?? '').startsWith('application/json');
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers as Record<string, string | undefined>,
          body: isJson ? JSON.parse(text) : undefined,
        });
      });
    });
    outgoing.on('error', reject).end(payload);
  });
}
