import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import jsonwebtoken from 'jsonwebtoken';
import type { ApplicationRoute, ApplicationRoutes } from '../../src/auth/routes/application-routes.js';
import type { Database } from '../../src/database/database.js';
import { ExampleCaller } from '../support/example-caller.js';
import { buildExample } from '../support/example-process.js';
import { rowsIn, type Belongings, belongingsOf, nameOf, pathAndBodyOf } from '../support/walked-routes.js';

const root = join(import.meta.dirname, '../..');
const load = (path: string) => import(pathToFileURL(join(root, path)).href);

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const issuer = 'https://login.example.com/';
const bearerOf =
  (aud: string) =>
  (email = 'ada@example.com', expiresIn = 3600, granted: object = {}) => {
    const options = { issuer, algorithm: 'ES256', subject: email, expiresIn } as const;
    return { authorization: `Bearer ${jsonwebtoken.sign({ email, aud, ...granted }, privateKey, options)}` };
  };

const resource = 'http://127.0.0.1:3000/mcp';
/** What a client with `notes:read` can use; the rest is closed to it. */
const open = ['GET /notes', 'GET /notes/:id'];

describe.each([
  ['notes-fastify', 'notes'],
  ['notes-express', 'notes'],
  ['mcp-notes/fastify', resource],
  ['mcp-notes/express', resource],
])('examples/%s', (name, audience) => {
  const bearer = bearerOf(audience);
  let folder: string;
  let routes: ApplicationRoute[];
  /** Of an MCP server. They answer as the message asks. */
  let endpoints: ApplicationRoute[];
  let database: Database;
  let caller: ExampleCaller;
  let mine: Belongings;
  let noteId: string;
  let close: () => Promise<void>;

  beforeAll(async () => {
    await buildExample(name.split('/')[0] ?? '');
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-example-'));
    const create = jest.spyOn(NestFactory, 'create');
    const { start } = await load(`examples/dist/${name}/start.js`);
    const databaseUrl = join(folder, 'notes.db');
    const issuers = [{ issuer, audience, publicKey: publicKey.export({ format: 'jwk' }) }];
    const mcp = { resource, authorizationServer: issuer };
    const running = await start({ port: 0, databaseUrl, issuers, logger: ['error'], ...mcp });
    ({ close } = running);
    const app = (await create.mock.results.at(-1)?.value) as INestApplication;
    // The example is built, and its Gatehouse is the package, which exports one of the two.
    const modules = [...app.get(ModulesContainer, { strict: false }).values()];
    const providers = modules.flatMap((module) => [...module.providers.values()]);
    const found = providers.find((provider) => provider.name === 'ApplicationRoutes');
    routes = (found as { instance: ApplicationRoutes }).instance.all();
    endpoints = routes.filter(({ path }) => path === '/mcp');
    routes = routes.filter((route) => !endpoints.includes(route));
    database = app.get<Database>((await load('dist/package/database.js')).Database, { strict: false });

    caller = new ExampleCaller(running.url);
    mine = await belongingsOf({
      now: () => Date.now(),
      bearer,
      send: (method, path, { headers = {}, body } = {}) => caller.send(method, path, headers, body),
    });
    ({ id: noteId } = await caller.write(bearer(mine.email), 'of the walker alone'));
  });
  afterAll(async () => {
    await close();
    await rm(folder, { recursive: true });
  });

  const ask = (route: ApplicationRoute, headers: Record<string, string>) => {
    if (!route.path.startsWith('/notes')) {
      const { path, body } = pathAndBodyOf(route, mine, Date.now());
      return caller.send(route.method, path, headers, body);
    }
    const body = route.method === 'POST' ? { text: 'written on the walk' } : undefined;
    return caller.send(route.method, route.path.replace(':id', noteId), headers, body);
  };

  const call = async (tool: string, credential: Record<string, string>) => {
    const headers = { ...credential, accept: 'application/json, text/event-stream' };
    const params = { name: tool, arguments: { text: 'written on the walk' } };
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
    return (await caller.raw('POST', '/mcp', headers, body)).status;
  };

  it('gives a client of a person what its scopes allow, on every route', async () => {
    const client = bearer(mine.email, 3600, { client_id: 'planner', scope: 'notes:read' });
    const before = await database.read(rowsIn);
    for (const route of routes) {
      const { status, body } = await ask(route, client);
      const isOpen = route.access.isPublic || open.includes(nameOf(route));
      expect([nameOf(route), status, body?.code]).toEqual(
        isOpen
          ? [nameOf(route), nameOf(route) === 'POST /api/v1/leaks' ? 202 : 200, undefined]
          : [nameOf(route), 403, expect.stringMatching(/^(FORBIDDEN|INSUFFICIENT_SCOPE)$/)],
      );
      expect([nameOf(route), await database.read(rowsIn)]).toEqual([nameOf(route), before]);
    }
    expect(routes.map(nameOf)).toEqual(expect.arrayContaining([...open, 'DELETE /notes', 'POST /notes']));
    expect(routes.length).toBeGreaterThan(30);
  });

  it('rejects a token for another audience on every route', async () => {
    const other = bearerOf('https://other.example.com/mcp')(mine.email, 3600, {
      client_id: 'planner',
      scope: 'notes:read',
    });
    for (const route of routes.filter(({ access }) => !access.isPublic))
      expect([nameOf(route), (await ask(route, other)).status]).toEqual([nameOf(route), 401]);
    if (endpoints.length > 0) expect(await call('list_notes', other)).toBe(401);
  });

  it('gives a client of a person the tools that its scopes allow', async () => {
    expect(endpoints.length > 0).toBe(audience === resource);
    if (endpoints.length === 0) return;
    const client = (scope: string) => bearer(mine.email, 3600, { client_id: 'planner', scope });
    const before = await database.read(rowsIn);
    expect(await call('list_notes', client('notes:read'))).toBe(200);
    for (const tool of ['add_note', 'clear_notes', 'none', 'list_notes ', 'LIST_NOTES'])
      expect([tool, await call(tool, client('notes:read'))]).toEqual([tool, 403]);
    expect(await call('list_notes', client('notes:write openid'))).toBe(403);
    const isCall = (row: string) => /^\w*audit_events .*"called"/.test(row);
    expect((await database.read(rowsIn)).filter((row) => !isCall(row))).toEqual(before);
    for (const tool of ['list_notes', 'add_note', 'clear_notes'])
      expect([tool, await call(tool, bearer(mine.email))]).toEqual([tool, 200]);
    const rows = await database.read(rowsIn);
    expect(rows.filter((row) => isCall(row) && /clear_notes.*VALID/.test(row))).toHaveLength(1);
  });

  it('declares the scopes of each of its own routes', () => {
    const own = routes.filter(({ path, access }) => !path.startsWith('/api/v1/') && !access.isPublic);
    expect(own.length).toBe(5);
    for (const { path, method, access } of own)
      expect([method, path, access.scopes]).toEqual([
        method,
        path,
        [method === 'GET' ? 'notes:read' : 'notes:write'],
      ]);
  });

  // Otherwise the rejections above could be of requests that were wrong in themselves.
  it('does for the person what it does not for the client', async () => {
    const person = bearer(mine.email);
    const statuses: Record<string, number> = { GET: 200, POST: 201, DELETE: 204 };
    for (const route of routes.filter(({ path }) => path.startsWith('/notes'))) {
      ({ id: noteId } = await caller.write(person, 'another'));
      const { status } = await ask(route, person);
      expect([nameOf(route), status]).toEqual([nameOf(route), statuses[route.method]]);
    }
  });
});

describe('examples/agents', () => {
  it('gives a client of a person what its scopes allow', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-example-'));
    const { startApplication } = await load('examples/agents/start-application.js');
    const env = {
      PATH: process.env.PATH,
      DATABASE_URL: `sqlite:${folder}/agents.db`,
      LOGIN_PUBLIC_KEY: publicKey.export({ type: 'spki', format: 'pem' }),
    };
    const { url, stop } = await startApplication(env, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    try {
      const agents = new ExampleCaller(url);
      const bearer = bearerOf('notes');
      const client = bearer(undefined, 3600, { client_id: 'planner', scope: 'notes:read' });
      await agents.write(bearer(), 'of Ada');
      expect(await agents.textsOf(client)).toEqual(['of Ada']);
      for (const [path, body] of [
        ['/notes', { text: 'of a client' }],
        ['/api/v1/tool-keys', { taskId: 'fetch-prices' }],
        ['/api/v1/api-keys', { name: 'made by a client' }],
      ] as const)
        expect([path, await agents.verdictOf('POST', path, client, body)]).toEqual([
          path,
          '403 INSUFFICIENT_SCOPE',
        ]);
      expect(await agents.verdictOf('POST', '/api/v1/auth/api-keys', client)).toBe('403 FORBIDDEN');
      expect(await agents.textsOf(bearer())).toEqual(['of Ada']);
    } finally {
      await stop();
      await rm(folder, { recursive: true });
    }
  });
});
