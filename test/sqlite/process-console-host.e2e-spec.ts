import { request, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Controller,
  type DynamicModule,
  Get,
  type INestApplication,
  Module,
  Param,
  type Type,
} from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ApiKeysModule } from '../../src/api-keys/api-keys.module.js';
import { AuthModule } from '../../src/auth/auth.module.js';
import { Public } from '../../src/auth/decorators.js';
import { GatehouseConsoleModule } from '../../src/console/console.module.js';
import type { ConsoleModuleOptions } from '../../src/console/console.options.js';
import { DatabaseModule } from '../../src/database/database.module.js';
import { gatehouseEntities } from '../../src/entities.js';
import { startLocalServer } from '../support/local-server.js';
import { createScratchDatabase, type ScratchDatabase } from '../support/scratch-database.js';

/** Beside the console, and with a path that begins like its own. */
@Public()
@Controller('ops')
class OpsController {
  @Get(':name')
  show(@Param('name') name: string) {
    return { name };
  }
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

let database: ScratchDatabase;
const applications: INestApplication[] = [];

beforeAll(async () => {
  database = await createScratchDatabase();
});
afterEach(async () => {
  for (const app of applications.splice(0)) await app.close();
});
afterAll(() => database.drop());

const adapters: [string, () => AbstractHttpAdapter][] = [
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
  ['Fastify that ignores case', () => new FastifyAdapter({ routerOptions: { caseSensitive: false } })],
];

describe.each(adapters)('on %s', (_name, adapter) => {
  async function start(
    options: ConsoleModuleOptions,
    prefix?: string,
    module: Type | DynamicModule = Object.keys(options).length === 0
      ? GatehouseConsoleModule
      : GatehouseConsoleModule.forRoot(options),
  ) {
    @Module({
      imports: [
        DatabaseModule.forRoot({ url: database.url, entities: gatehouseEntities, changeFeed: false }),
        AuthModule.forRoot({ undecidedRoutes: 'refuse' }),
        ApiKeysModule.forRoot({ path: options.apiPath?.replace('?', '') }),
        module,
      ],
      controllers: [OpsController],
    })
    class HostModule {}
    const app = await NestFactory.create(HostModule, adapter(), { logger: false, abortOnError: false });
    applications.push(app);
    if (prefix !== undefined) app.setGlobalPrefix(prefix);
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    /** As it stands: `fetch` would resolve the dots. */
    return (path: string, { method = 'GET', headers = {} } = {}) =>
      new Promise<Answer>((resolve, reject) => {
        const sent = request({ port, host: '127.0.0.1', path, method, headers, agent: false }, (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: Buffer.concat(parts),
            }),
          );
        });
        sent.on('error', reject).end();
      });
  }

  /** What the attributes of a page refer to, as a browser at `path` resolves it. */
  async function linksOf(send: Awaited<ReturnType<typeof start>>, path: string) {
    const { status, body } = await send(path);
    expect(status).toBe(200);
    const [, api = ''] = /<html data-api="([^"]+)" lang/.exec(body.toString()) ?? [];
    const files = [...body.toString().matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link);
    const at = (link: string) => new URL(link, new URL(path, 'http://host')).pathname;
    return { api, files: files.map(at) };
  }

  it('serves pages, deep links and their files at its path', async () => {
    const send = await start({ path: '/ops/console' });
    const id = '00000000-0000-4000-8000-000000000000';
    for (const path of ['', '/', '/keys', '/keys/', `/keys/${id}?range=7d`, '/a/b/c', '/a/b/c/']) {
      const { api, files } = await linksOf(send, `/ops/console${path}`);
      expect(api).toBe('../../api/v1');
      expect(files).toEqual([
        '/ops/console/icon.svg',
        expect.stringMatching(/^\/ops\/console\/assets\/index-[\w-]+\.js$/),
        expect.stringMatching(/^\/ops\/console\/assets\/style-[\w-]+\.css$/),
      ]);
      for (const file of files) expect((await send(file)).status).toBe(200);
    }
    expect((await send('/ops/other')).body.toString()).toBe('{"name":"other"}');
    expect((await send('/ops/consoles')).body.toString()).toBe('{"name":"consoles"}');
    expect((await send('/console')).status).toBe(404);
  });

  it('sends its own headers, and files that are cached and compressed', async () => {
    const send = await start({});
    const page = await send('/console/keys');
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    });
    const policy = String(page.headers['content-security-policy']);
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ])
      expect(policy.split('; ')).toContain(part);
    expect((await send('/console/login.json')).body.toString()).toBe('null');

    const [, script = ''] = (await linksOf(send, '/console')).files;
    const zipped = await send(script, { headers: { 'accept-encoding': 'gzip' } });
    expect(zipped.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      'content-encoding': 'gzip',
      vary: 'accept-encoding',
    });
    const plain = await send(script);
    expect(gunzipSync(zipped.body).equals(plain.body)).toBe(true);
    const etag = plain.headers.etag ?? '';
    expect((await send(script, { headers: { 'if-none-match': etag } })).status).toBe(304);
    const head = await send(script, { method: 'HEAD' });
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([
      200,
      `${plain.body.length}`,
      0,
    ]);
    const posted = await send('/console', { method: 'POST' });
    expect([posted.status, posted.headers.allow]).toEqual([405, 'GET, HEAD']);
  });

  it.each([
    '/console/../package.json',
    '/console/../../../../../../etc/passwd',
    '/console/assets/../index.html',
    '/console/assets/../../package.json',
    '/console/%2e%2e/package.json',
    '/console/%2e%2e%2fpackage.json',
    '/console/assets/..%2f..%2fpackage.json',
    '/console/..\\package.json',
    '/console/assets\\index.js',
    '/console//package.json',
    '/console//example.com',
    '/console//etc/passwd',
    '/console/.',
    '/console/..',
    '/console/%00',
    '/console/assets',
    '/console/assets/',
    '/console/assets/none.js',
    '/console/index.html.br',
    '/console/a/b/c/d',
    `/console/${'a/'.repeat(4000)}`,
    '/Console',
    '/Console/keys',
    '/%63onsole',
    '/%63onsole/keys',
    '//console',
    '/console/__proto__.js',
  ])('has nothing but its pages and files: %s', async (path) => {
    const send = await start({});
    const { status, headers, body } = await send(path);
    const isPage = path === '/console/assets';
    expect(status).toBe(isPage ? 200 : 404);
    if (!isPage) expect(`${headers.location} ${body.toString()}`).not.toMatch(/<html|root:|"name": "/);
  });

  it('finds the API under a global prefix and under another path', async () => {
    for (const [options, prefix, api] of [
      [{}, 'api', '../api/v1'],
      [{}, 'team/a', '../team/a/api/v1'],
      [{ apiPath: 'access', path: '/a/b' }, 'v2', '../../v2/access'],
      [{ apiPath: '/' }, undefined, '../'],
    ] as const) {
      const send = await start(options, prefix);
      const path = 'path' in options ? options.path : '/console';
      expect((await linksOf(send, path)).api).toBe(api);
      const base = new URL(api, `http://host${path}/`).pathname.replace(/\/$/, '');
      for (const route of ['auth/me', 'routes', 'admin/status', 'auth/api-keys'])
        expect([route, (await send(`${base}/${route}`)).status]).toEqual([route, 401]);
    }
  });

  it('lets people sign in at an issuer, at its own path', async () => {
    const issuer = await startLocalServer((_, response) =>
      response.end(
        JSON.stringify({
          issuer: issuer.url,
          authorization_endpoint: `${issuer.url}/authorize`,
          token_endpoint: `${issuer.url}/token`,
        }),
      ),
    );
    const send = await start({ path: '/ops/console', login: { issuer: issuer.url, clientId: 'ops' } }, 'v2');
    const { body } = await send('/ops/console/login.json');
    expect(JSON.parse(body.toString())).toMatchObject({
      clientId: 'ops',
      scope: 'openid',
      issuer: issuer.url,
    });
    const policyOf = async (path: string) => (await send(path)).headers['content-security-policy'];
    expect(await policyOf('/ops/console/signed-in?code=a')).toContain(`'self' ${issuer.url}/token;`);
    expect(await policyOf('/ops/console/keys')).toContain(`connect-src 'self';`);
    await issuer.close();
  });

  it('takes its options from other providers', async () => {
    const send = await start(
      {},
      undefined,
      GatehouseConsoleModule.forRootAsync({ useFactory: () => ({ path: '/later' }) }),
    );
    expect((await linksOf(send, '/later/keys')).api).toBe('../api/v1');
    expect((await send('/console')).status).toBe(404);
  });

  it.each([
    [{ path: 'console' }],
    [{ path: '/' }],
    [{ path: '/console/' }],
    [{ path: '/a//b' }],
    [{ path: '/../console' }],
    [{ path: '/:name' }],
    [{ path: '/"><script>' }],
    [{ path: '/%63onsole' }],
    [{ apiPath: 'api?v=1' }],
    [{ other: true } as ConsoleModuleOptions],
    [{ login: { issuer: 'http://login.example.com', clientId: 'ops' } }],
    [{ login: { issuer: 'https://login.example.com?a=b', clientId: 'ops' } }],
    [{ login: { issuer: 'https://login.example.com', clientId: '' } }],
    [{ login: { issuer: 'https://login.example.com', clientId: 'ops', scope: 'openid offline_access' } }],
  ])('does not start with %j', async (options) => {
    await expect(start(options)).rejects.toThrow(/^The options of GatehouseConsoleModule are invalid:/);
  });
});

it('names the module that it needs', async () => {
  @Module({ imports: [GatehouseConsoleModule] })
  class HostModule {}
  const starting = NestFactory.create(HostModule, new ExpressAdapter(), {
    logger: false,
    abortOnError: false,
  });
  await expect(starting).rejects.toThrow(
    /^AuthModule is not imported, and GatehouseConsoleModule needs it: add AuthModule\.forRoot/,
  );
});
