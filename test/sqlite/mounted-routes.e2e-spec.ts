import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  type INestApplication,
  Inject,
  Module,
  type ModuleMetadata,
  Version,
  VersioningType,
} from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory, RouterModule } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ApiKeysModule } from '../../src/api-keys/api-keys.module.js';
import { PersonalKeysService } from '../../src/api-keys/personal-keys.service.js';
import { AuthModule } from '../../src/auth/auth.module.js';
import { ApplicationRoutes } from '../../src/auth/routes/application-routes.js';
import { DatabaseModule } from '../../src/database/database.module.js';
import { gatehouseEntities } from '../../src/entities.js';
import { ToolKeysModule } from '../../src/tool-keys/tool-keys.module.js';
import { ToolKeysService } from '../../src/tool-keys/tool-keys.service.js';
import { createScratchDatabase, type ScratchDatabase } from '../support/scratch-database.js';

@Controller('notes')
class NotesController {
  constructor(
    @Inject(PersonalKeysService) readonly keys: PersonalKeysService,
    @Inject(ToolKeysService) readonly toolKeys: ToolKeysService,
  ) {}

  @Get()
  @Version(['1', '2'])
  list() {
    return {
      hasServices: this.keys instanceof PersonalKeysService && this.toolKeys instanceof ToolKeysService,
    };
  }
}

@Module({ controllers: [NotesController] })
class NotesModule {}

let database: ScratchDatabase;
const applications: INestApplication[] = [];

beforeAll(async () => {
  database = await createScratchDatabase();
});
afterEach(async () => {
  for (const app of applications.splice(0)) await app.close();
});
afterAll(() => database.drop());

type Modules = NonNullable<ModuleMetadata['imports']>;
type SetUp = (app: INestApplication) => unknown;

const none = () => undefined;
const prefixed = (prefix: string) => (app: INestApplication) => app.setGlobalPrefix(prefix);

const adapters: [string, () => AbstractHttpAdapter][] = [
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
];

describe.each(adapters)('on %s', (_name, adapter) => {
  async function start(modules: Modules = [ApiKeysModule, ToolKeysModule], setUp: SetUp = none) {
    @Module({
      imports: [
        DatabaseModule.forRoot({ url: database.url, entities: gatehouseEntities, changeFeed: false }),
        AuthModule.forRoot({ undecidedRoutes: 'allow' }),
        ...modules,
        NotesModule,
      ],
    })
    class HostModule {}
    const app = await NestFactory.create(HostModule, adapter(), { logger: false, abortOnError: false });
    applications.push(app);
    setUp(app);
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    const status = async (path: string, headers: Record<string, string> = {}) =>
      (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).status;
    const paths = () =>
      app
        .get(ApplicationRoutes, { strict: false })
        .all()
        .map(({ path }) => path);
    return { status, paths };
  }

  it.each<[string, SetUp, string]>([
    ['no prefix', none, '/api/v1'],
    ['the prefix api', prefixed('api'), '/api/v1'],
    ['the prefix /api/', prefixed('/api/'), '/api/v1'],
    ['the prefix api/v1', prefixed('api/v1'), '/api/v1'],
    ['the prefix edge/api', prefixed('edge/api'), '/edge/api/v1'],
    ['another prefix', prefixed('gate'), '/gate/api/v1'],
    [
      'the prefix api, and the workaround of old',
      (app) => app.setGlobalPrefix('api', { exclude: ['api/v1/*path'] }),
      '/api/v1',
    ],
    [
      'a version in the path',
      (app) => app.setGlobalPrefix('api').enableVersioning({ type: VersioningType.URI, defaultVersion: '2' }),
      '/api/v1',
    ],
    [
      'a version in a header',
      (app) =>
        app.enableVersioning({ type: VersioningType.HEADER, header: 'X-Version', defaultVersion: '2' }),
      '/api/v1',
    ],
    [
      'a version in the media type',
      (app) => app.enableVersioning({ type: VersioningType.MEDIA_TYPE, key: 'v=', defaultVersion: '2' }),
      '/api/v1',
    ],
  ])('with %s the routes are where they are listed, once', async (_what, setUp, base) => {
    const { status, paths } = await start(undefined, setUp);
    for (const route of ['auth/api-keys', 'api-keys', 'admin/owners', 'tool-keys', 'tool-keys/self'])
      expect([route, await status(`${base}/${route}`)]).toEqual([route, 401]);
    const ours = paths().filter((path) => !path.includes('notes'));
    expect(ours.filter((path) => !path.startsWith(`${base}/`))).toEqual([]);
    expect(ours.length).toBeGreaterThan(30);
    expect(await status('/api/api/v1/auth/api-keys')).toBe(404);
  });

  it('any version in a header or media type reaches them', async () => {
    const byHeader = await start(undefined, (app) =>
      app.enableVersioning({ type: VersioningType.HEADER, header: 'X-Version' }),
    );
    expect(await byHeader.status('/api/v1/api-keys', { 'x-version': '2' })).toBe(401);
    expect(await byHeader.status('/notes', { 'x-version': '2' })).toBe(200);
    expect(await byHeader.status('/notes', { 'x-version': '3' })).toBe(404);
    const byType = await start(undefined, (app) =>
      app.enableVersioning({ type: VersioningType.MEDIA_TYPE, key: 'v=' }),
    );
    expect(await byType.status('/api/v1/api-keys', { accept: 'application/json;v=2' })).toBe(401);
  });

  it('a path and a choice of routes are options, also by a factory', async () => {
    const modules = [
      ApiKeysModule.forRoot({ path: 'keys', controllers: ['personal', 'service'] }),
      ToolKeysModule.forRootAsync({ useFactory: async () => ({ path: '/agents/', controllers: ['self'] }) }),
    ];
    const { status, paths } = await start(modules, prefixed('api'));
    expect(await status('/api/keys/auth/api-keys')).toBe(401);
    expect(await status('/api/keys/api-keys')).toBe(401);
    expect(await status('/api/agents/tool-keys/self')).toBe(401);
    for (const path of ['/api/keys/admin/owners', '/api/agents/tool-keys', '/api/v1/api-keys'])
      expect([path, await status(path)]).toEqual([path, 404]);
    expect(paths().filter((path) => /admin|verify|explain|tasks|sign-out/.test(path))).toEqual([]);
  });

  it('without routes the services are there', async () => {
    const modules = [ApiKeysModule.forRoot({ controllers: [] }), ToolKeysModule.forRoot({ controllers: [] })];
    const { status, paths } = await start(modules);
    expect(paths()).toEqual(['/notes']);
    expect(await status('/api/v1/auth/api-keys')).toBe(404);
    expect(await status('/notes')).toBe(200);
    // Another application has all of them.
    expect(await (await start()).status('/api/v1/auth/api-keys')).toBe(401);
  });

  it.each([
    ['before', (router: Modules[number]) => [router, ApiKeysModule, ToolKeysModule]],
    ['after', (router: Modules[number]) => [ApiKeysModule, ToolKeysModule, router]],
  ])('a RouterModule %s them puts its path in front', async (_order, modules) => {
    const router = RouterModule.register([{ path: 'gate', module: ApiKeysModule }]);
    const { status } = await start(modules(router));
    expect(await status('/gate/api/v1/api-keys')).toBe(401);
    expect(await status('/api/v1/tool-keys')).toBe(401);
  });

  it('wrong options stop the start', async () => {
    const wrong = ApiKeysModule.forRoot({ path: 'a?b', controllers: ['personal', 'admins'] } as never);
    await expect(start([wrong, ToolKeysModule])).rejects.toThrow(
      /path is a text like 'api\/v1', without a query\.\n +controllers is a list of 'personal', 'access'/,
    );
  });
});
