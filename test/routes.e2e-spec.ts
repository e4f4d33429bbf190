import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import type { CallerKind } from '../src/auth/route-rules.js';
import { type ApplicationRoute, ApplicationRoutes } from '../src/auth/routes/application-routes.js';
import type { ApiKey } from '../src/key-store/api-key.entity.js';
import { delegableScopes, type Scope } from '../src/principal/scopes.js';
import { routeMatrix } from '../src/server/route-matrix.js';
import { by, type Headers, verdictOf } from './support/agents.js';
import { mintApiKey } from './support/api-keys.js';
import { createPersonalKey, type Gatehouse, issueToolKey, startGatehouse } from './support/gatehouse.js';

/** What the router was given, as `GET /path/:id`, without the documents and without what answers HEAD beside GET. */
const served: string[] = [];

@Injectable()
class RouteTable {
  constructor({ httpAdapter }: HttpAdapterHost) {
    httpAdapter.getInstance<FastifyInstance>().addHook('onRoute', ({ method, url }) => {
      const named = [method].flat().map((one) => `${one} ${url}`);
      served.push(...named.filter((route) => !/^HEAD |^GET \/docs/.test(route)));
    });
  }
}

let gatehouse: Gatehouse;
let routes: ApplicationRoute[];
let people = 0;

beforeAll(async () => {
  gatehouse = await startGatehouse({}, { providers: [RouteTable] });
  routes = gatehouse.app.get(ApplicationRoutes).all();
});
afterAll(() => gatehouse.close());

const nameOf = ({ method, path }: ApplicationRoute) => `${method} ${path}`;

/** Some of the routes end the credential that asks, so each of them is asked with one of its own. */
const aPerson = () => `person-${(people += 1)}@example.com`;

type Grants = Partial<Pick<ApiKey, 'role' | 'scopes'>>;

const grantsFor = ({ access: { scopes, roles } }: ApplicationRoute): Grants =>
  roles[0] === undefined ? { scopes: [...scopes] } : { role: roles[0], scopes: null };

/** The service has no credentials of its own. */
type ServiceCaller = Exclude<CallerKind, 'custom_person' | 'custom_program'>;

const credentialFor: Record<ServiceCaller, (route: ApplicationRoute) => Promise<Headers>> = {
  jwt: async () => gatehouse.bearer(aPerson()),
  personal_key: async () => by((await createPersonalKey(gatehouse, aPerson())).key),
  service_key: async (route) => by(await mintApiKey(gatehouse, grantsFor(route))),
  tool_key: async ({ access }) => {
    // As much of what the route asks for as a tool key may be given.
    const scopes = delegableScopes(access.scopes);
    const issuer = by(await mintApiKey(gatehouse, { scopes: ['*:*', ...scopes] }));
    return by((await issueToolKey(gatehouse, { scopes: scopes.length > 0 ? scopes : ['*:*'] }, issuer)).key);
  },
};

/** Paths and bodies are empty: an admitted caller gets 400 or 404. */
const ask = ({ method, path }: ApplicationRoute, headers: Headers) => {
  const to = path.replace(':id', '01900000-0000-7000-8000-000000000000').replace(':taskId', 'no-task');
  return gatehouse.send(method, to, { headers, body: method === 'GET' ? undefined : {} });
};

const isKeptOut = (status: number) => status === 401 || status === 403;

describe('docs/routes.md', () => {
  it('is what the guards decide by', async () => {
    const committed = await readFile(join(import.meta.dirname, '../docs/routes.md'), 'utf8');
    const matrix = routeMatrix(routes);
    if (committed === matrix) return;
    expect(`To be made anew: npm run routes -- --write\n${committed}`).toBe(matrix);
  });

  it('has every route that the router was given', () => {
    expect(routes.map(nameOf).sort()).toEqual([...served].sort());
    expect(routes.length).toBeGreaterThan(40);
  });

  it('does not depend on the order of the modules', () => {
    expect(routeMatrix(routes.toReversed())).toBe(routeMatrix(routes));
  });
});

describe('every route', () => {
  it('admits anonymous requests where the matrix says so, and answers 401 elsewhere', async () => {
    for (const route of routes) {
      const { status } = await ask(route, {});
      expect([nameOf(route), status === 401]).toEqual([nameOf(route), !route.access.admitsAnonymous]);
    }
  });

  it.each(Object.keys(credentialFor) as ServiceCaller[])('admits a %s as the matrix says', async (kind) => {
    const wrong: string[] = [];
    for (const route of routes) {
      const answer = await ask(route, await credentialFor[kind](route));
      const isAsSaid = route.access.admits.includes(kind) ? !isKeptOut(answer.status) : answer.status === 403;
      if (!isAsSaid) wrong.push(`${nameOf(route)}: ${verdictOf(answer)}`);
    }
    expect(wrong).toEqual([]);
  });

  it('that asks for scopes or a role is closed to a service key with all others', async () => {
    const others: Scope[] = ['files:read', 'files:write', 'notes:*'];
    for (const route of routes) {
      const { scopes, roles } = route.access;
      const asksForMore = scopes.length > 0 || roles.length > 0;
      if (!asksForMore) continue;
      const { status } = await ask(route, by(await mintApiKey(gatehouse, { scopes: others })));
      expect([nameOf(route), status]).toEqual([nameOf(route), 403]);
    }
  });
});
