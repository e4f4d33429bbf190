import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  Get,
  type INestApplication,
  Injectable,
  Module,
  Post,
  UseGuards,
  VersioningType,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { ApiKeysModule } from '../../src/api-keys/api-keys.module.js';
import { AuthModule } from '../../src/auth/auth.module.js';
import { Public, RequireScopes } from '../../src/auth/decorators.js';
import { Authenticated, UserOnly } from '../../src/auth/guards.js';
import { DatabaseModule } from '../../src/database/database.module.js';
import { gatehouseEntities } from '../../src/entities.js';
import { BuiltinIssuer } from '../../src/issuer/builtin-issuer.js';
import { ToolKeysModule } from '../../src/tool-keys/tool-keys.module.js';
import type { Json } from '../support/json.js';
import { createScratchDatabase, type ScratchDatabase } from '../support/scratch-database.js';

@Injectable()
class OfTheHost implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}

const controllerOf = (path: string, ...scopes: `${string}:${string}`[]) => {
  @Controller(path)
  @UseGuards(Authenticated)
  @RequireScopes(...scopes)
  class NotesController {
    @Get('all')
    all() {
      return {};
    }

    @Get(':id')
    @UseGuards(UserOnly, OfTheHost)
    find() {
      return {};
    }

    @Post('open')
    @Public()
    open() {
      return {};
    }
  }
  return NotesController;
};

/** Two controllers of one name. */
@Module({ controllers: [controllerOf('notes', 'notes:read'), controllerOf('old/notes', 'old:read')] })
class NotesModule {}

let app: INestApplication;
let database: ScratchDatabase;
let dataDir: string;
let base: string;
let bearer: Record<string, string>;

beforeAll(async () => {
  database = await createScratchDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
  const issuer = BuiltinIssuer.open(dataDir);
  bearer = { authorization: `Bearer ${issuer.tokenFor('ada@example.com', 600)}` };

  @Module({
    imports: [
      DatabaseModule.forRoot({ url: database.url, entities: gatehouseEntities }),
      AuthModule.forRoot({ issuers: [issuer.options] }),
      ApiKeysModule,
      ToolKeysModule,
      NotesModule,
    ],
  })
  class HostModule {}

  app = await NestFactory.create(HostModule, new ExpressAdapter(), { logger: false });
  app.setGlobalPrefix('host');
  app.enableVersioning({ type: VersioningType.URI, defaultVersion: '2' });
  await app.listen(0, '127.0.0.1');
  base = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
});
afterAll(async () => {
  await app.close();
  await database.drop();
  await rm(dataDir, { recursive: true });
});

/** The routes of Gatehouse have no version. */
const placed = (path: string) => (path.startsWith('/api/') ? `/host${path}` : `/host/v2${path}`);

const send = async (method: string, path: string, headers: Record<string, string>, body?: object) => {
  const response = await fetch(base + placed(path), {
    method,
    headers: { ...headers, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Json };
};

const explain = async (key: string, method: string, path: string) => {
  const asked = { key, method, path: placed(path) };
  return (await send('POST', '/api/v1/auth/explain', bearer, asked)).body;
};

it('foretells what requests are answered in an Express application', async () => {
  const make = async (scopes: string[]) =>
    (await send('POST', '/api/v1/api-keys', bearer, { name: 'x', scopes })).body.key as string;
  const tool = (await send('POST', '/api/v1/tool-keys', bearer, { taskId: 'task-1' })).body.key as string;
  const keys = [await make(['notes:read']), await make(['old:read']), tool, 'mk_live_x'];
  const routes = [
    ['GET', '/notes/all'],
    ['GET', '/notes/7'],
    ['HEAD', '/notes/7'],
    ['POST', '/notes/open'],
    ['GET', '/old/notes/all'],
    ['GET', '/old/notes/8/'],
    ['POST', '/notes/all'],
    ['GET', '/nowhere'],
    ['GET', '/api/v1/tool-keys/self'],
    ['GET', '/api/v1/api-keys'],
  ] as const;
  for (const key of keys) {
    for (const [method, path] of routes) {
      const { result } = await explain(key, method, path);
      const { status } = await send(
        method,
        path,
        key.startsWith('tk_') ? { 'x-tool-key': key } : { 'x-api-key': key },
      );
      expect([key.slice(0, 3), method, path, result.admitted ? 'in' : result.status]).toEqual([
        key.slice(0, 3),
        method,
        path,
        status < 300 ? 'in' : status,
      ]);
    }
  }
});

it('names the route, its guards, and the guard of the host that it cannot ask', async () => {
  const { checks } = await explain('mk_live_x', 'GET', '/old/notes/7?x=1');
  expect(checks[0].saw).toMatchObject({ method: 'GET', route: '/host/v2/old/notes/:id' });
  const { key } = (await send('POST', '/api/v1/auth/api-keys', bearer)).body;
  const guard = (await explain(key, 'GET', '/old/notes/7')).checks.find(
    ({ check }: Json) => check === 'guard',
  );
  expect(guard.saw).toMatchObject({ guards: ['Authenticated', 'UserOnly'], notAsked: ['OfTheHost'] });
});
