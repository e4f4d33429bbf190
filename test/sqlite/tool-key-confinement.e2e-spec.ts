import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { openApiDocument } from '../../src/server/openapi/openapi-document.js';
import { type Agents, agentsOf, type Issued, verdictOf } from '../support/agents.js';
import { type Gatehouse, startGatehouse } from '../support/gatehouse.js';

/** Every route that the router was given, as `GET /path/:id`. */
const routes: string[] = [];

@Injectable()
class RouteTable {
  constructor({ httpAdapter }: HttpAdapterHost) {
    const fastify = httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onRoute', ({ method, url }) => {
      routes.push(...[method].flat().map((one) => `${one} ${url}`));
    });
  }
}

/** What a tool key reaches, and with which answer; of everything else it is kept out. */
const allowed: Record<string, string> = {
  'GET /api/v1/auth/me': '200',
  'GET /api/v1/auth/check': '204',
  'GET /api/v1/auth/status': '200',
  'GET /api/v1/tool-keys/self': '200',
  'POST /api/v1/tool-keys/heartbeat': '200',
  'POST /api/v1/tool-keys': '201',
  // Reached, and then rejected for what it asks.
  'POST /api/v1/auth/token': '400 VALIDATION_FAILED',
};

/** What everybody reaches. */
const open: Record<string, string> = {
  'GET /health/live': '200',
  'GET /health/ready': '200',
  'GET /.well-known/jwks.json': '200',
  'GET /.well-known/oauth-authorization-server': '200',
  'POST /api/v1/leaks': '400 VALIDATION_FAILED',
};

const isDocs = (route: string) => /^(GET|HEAD) \/docs/.test(route);
/** Nothing is left to try with a key that has ended itself; see test/self-revocation. */
const isTried = (route: string) => !isDocs(route) && route !== 'DELETE /api/v1/auth/self';
const asGet = (route: string) => route.replace(/^HEAD /, 'GET ');

let gatehouse: Gatehouse;
let agents: Agents;
let key: Issued;

beforeAll(async () => {
  gatehouse = await startGatehouse({ issuerUrl: 'https://auth.example.com' }, { providers: [RouteTable] });
  agents = agentsOf(gatehouse);
  key = await agents.issue();
});
afterAll(() => gatehouse.close());

/** A path that leads somewhere: to the tool key itself, or to its own task. */
const send = (route: string, requester: Parameters<Agents['me']>[0]) => {
  const [method = '', url = ''] = route.split(' ');
  const path = url.replace(':id', key.id).replace(':taskId', encodeURIComponent(key.taskId));
  const body = method === 'POST' || method === 'PATCH' ? { taskId: key.taskId } : undefined;
  return agents.ask(method, path, requester, body);
};

describe('of all routes', () => {
  it('none is missing here: the router’s own table, the list of its routes and the API document are one', () => {
    const fastify = gatehouse.app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
    const inTable = [...fastify.printRoutes({ commonPrefix: false }).matchAll(/\(([A-Z, ]+)\)/g)]
      .flatMap(([, methods = '']) => methods.split(', '))
      .filter((method) => method !== '');
    expect(routes).toHaveLength(inTable.length);
    expect(new Set(routes).size).toBe(routes.length);
    const documented = Object.entries(openApiDocument(gatehouse.app).paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    );
    const served = routes.filter((route) => !route.startsWith('HEAD ') && !isDocs(route));
    expect(served.sort()).toEqual(documented.sort());
    expect(served.length).toBeGreaterThan(40);
  });

  it('a tool key with everything that may be passed on reaches only its own, and the public ones', async () => {
    const scopes = (await agents.me(key)).body.scopes;
    expect(scopes).toEqual(['*:*']);
    const answers: Record<string, string> = {};
    for (const route of routes.filter(isTried)) answers[route] = verdictOf(await send(route, key));
    const expected = Object.fromEntries(
      Object.keys(answers).map((route) => {
        const reached = { ...allowed, ...open }[asGet(route)];
        const isHead = route.startsWith('HEAD ');
        return [route, reached ?? (isHead ? '403' : '403 FORBIDDEN')];
      }),
    );
    expect(answers).toEqual(expected);
    for (const route of [...Object.keys(allowed), ...Object.keys(open)])
      expect(answers).toHaveProperty([route]);
    expect(await agents.verdict(key)).toBe('200');
  });

  it('a tool key of an admin’s key reaches no more', async () => {
    const requester = { 'x-api-key': gatehouse.adminKey };
    const ofAdmin = await agents.issue(requester);
    for (const route of routes.filter((one) => isTried(one) && !(asGet(one) in { ...allowed, ...open })))
      expect((await send(route, ofAdmin)).status).toBe(403);
  });

  it('those that are not public reject anonymous requests', async () => {
    const { 'GET /api/v1/auth/status': _optional, ...closed } = allowed;
    for (const route of routes.filter((one) => isTried(one) && !(asGet(one) in open))) {
      const isClosed = asGet(route) in closed || !(asGet(route) in allowed);
      expect([route, (await send(route, {})).status]).toEqual([route, isClosed ? 401 : 200]);
    }
  });

  it('a tool key cannot be sent twice, nor hide behind another credential', async () => {
    for (const path of ['/api/v1/auth/api-keys', '/api/v1/api-keys', '/api/v1/admin/api-keys']) {
      const headers = { ...gatehouse.bearer(), 'x-api-key': gatehouse.adminKey, 'x-tool-key': key.key };
      expect(verdictOf(await gatehouse.send('GET', path, { headers }))).toBe('403 FORBIDDEN');
    }
    const twice = await gatehouse.send('GET', '/api/v1/auth/me', {
      headers: { 'x-tool-key': [key.key, key.key] },
    });
    expect(verdictOf(twice)).toBe('401 INVALID_TOOL_KEY');
  });
});
