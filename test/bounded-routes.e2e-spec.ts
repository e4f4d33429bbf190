import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { rulesOfRoute } from '../src/auth/route-rules.js';
import { type ApplicationRoute, ApplicationRoutes } from '../src/auth/routes/application-routes.js';
import { verdictOf } from './support/agents.js';
import { type Answer, type Gatehouse, startGatehouse } from './support/gatehouse.js';
import {
  type Belongings,
  belongingsOf,
  nameOf,
  otherIssuer,
  requestTo,
  rowsOf,
  whoMay,
} from './support/walked-routes.js';

/**
 * The routes that a bounded token may use without a scope. One more is a decision of its own: with it, every client that
 * a person ever consented to can do what that route does.
 */
const allowed = ['GET /api/v1/auth/me', 'GET /api/v1/auth/status', 'POST /api/v1/tool-keys'];
/** Of keys that a bounded token made: no person is admitted to these. */
const allowedKeys = [
  'DELETE /api/v1/auth/self',
  'GET /api/v1/tool-keys/self',
  'POST /api/v1/auth/token',
  'POST /api/v1/tool-keys/heartbeat',
];
const identity = ['GET /api/v1/auth/me', 'GET /api/v1/auth/status'];

const reserved = ['api-keys:write', 'members:manage', 'admin:*', 'members:*', 'trust-rules:*'];
const others = ['*:*', 'api-keys:read', 'api-keys:verify', 'tool-keys:read', 'tool-keys:issue', 'notes:read'];

const thirdIssuer = 'https://third.example.com/';
const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });

let gatehouse: Gatehouse;
let routes: ApplicationRoute[];
/** What docs/routes.md says of each route. */
let documented: Map<string, DocumentedRoute>;

interface DocumentedRoute {
  readonly allowsBounded: boolean;
  /** A scope, a role, or nothing. */
  readonly required: string;
}

async function readDocumented(): Promise<Map<string, DocumentedRoute>> {
  const page = await readFile(join(import.meta.dirname, '../docs/routes.md'), 'utf8');
  const sections = [...page.matchAll(/^## (.+)\n\n((?:- .+\n)+)/gm)];
  return new Map(
    sections.flatMap(([, heading = '', list = '']) => {
      const [, required = ''] = /`(.+)`/.exec(heading) ?? [];
      const route = { allowsBounded: /^Anyone|bounded JWT/i.test(heading), required };
      return [...list.matchAll(/^- (.+) `(.+)`$/gm)].flatMap(([, methods = '', path = '']) =>
        methods.split(', ').map((method) => [`${method} ${path}`, route] as const),
      );
    }),
  );
}

beforeAll(async () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = { issuer: otherIssuer, audience: 'api', publicKey: publicKey.export({ format: 'jwk' }) };
  const third = { issuer: thirdIssuer, audience: 'api', publicKey: keys.publicKey.export({ format: 'jwk' }) };
  gatehouse = await startGatehouse({ issuers: [issuer, third], issuerUrl: 'https://auth.example.com' });
  routes = gatehouse.app.get(ApplicationRoutes).all();
  documented = await readDocumented();
});
afterAll(() => gatehouse.close());

/** What docs/routes.md says about a token with these scopes: `allowed`, or the rejection. */
function saidOf(route: ApplicationRoute, scopes: readonly string[]): string {
  const found = documented.get(nameOf(route));
  if (found === undefined) throw new Error(`docs/routes.md has no ${nameOf(route)}`);
  if (!found.allowsBounded) return '403 FORBIDDEN';
  // What issues tool keys asks for this scope itself, as tool keys need none.
  const required = nameOf(route) === 'POST /api/v1/tool-keys' ? 'tool-keys:issue' : found.required;
  return required === '' || scopes.includes(required) ? 'allowed' : '403 INSUFFICIENT_SCOPE';
}

const outcomeOf = (answer: Answer) => (answer.status < 300 ? 'allowed' : verdictOf(answer));

/** What the token must not tell, found in an answer. */
function revealedIn({ text, headers }: Answer, mine: Belongings, isIdentity: boolean): string[] {
  const { email, userId, ownerId, personal, access, service, agent, taskId } = mine;
  const secrets = [
    personal?.id,
    personal?.key,
    access.id,
    access.key,
    service.id,
    service.key,
    agent.id,
    agent.key,
    taskId,
  ];
  const named = isIdentity ? secrets : [...secrets, email, userId, ownerId, 'nightly export'];
  const all = text + JSON.stringify(headers);
  return named.filter((one) => one !== undefined && all.includes(one)) as string[];
}

describe('the routes that allow bounded tokens without a scope', () => {
  it('are these', () => {
    const found = routes.filter(
      ({ target: { controller, method } }) => rulesOfRoute(controller, method).allowsBounded,
    );
    expect(found.map(nameOf).sort()).toEqual([...allowed, ...allowedKeys].sort());
  });

  it('are in docs/routes.md, with those that are public', () => {
    const found = [...documented].filter(
      ([, { allowsBounded, required }]) => allowsBounded && required === '',
    );
    const isOpen = new Set(routes.filter(({ access }) => access.isPublic).map(nameOf));
    expect(
      found
        .map(([name]) => name)
        .filter((name) => !isOpen.has(name))
        .sort(),
    ).toEqual(allowed);
  });
});

it('openapi.json says the same as docs/routes.md of every route that admits people', async () => {
  const { paths } = (await gatehouse.send('GET', '/docs-json')).body;
  for (const route of routes.filter(({ access }) => access.kinds.includes('jwt') && !access.isPublic)) {
    const operation = paths[route.path.replaceAll(/:(\w+)/g, '{$1}')][route.method.toLowerCase()];
    const isSaid = documented.get(nameOf(route))?.allowsBounded;
    expect([nameOf(route), operation['x-bounded-tokens']]).toEqual([nameOf(route), isSaid]);
  }
});

describe('every route, asked for what it is for by a token with', () => {
  it.each([
    ['notes:read', ['notes:read']],
    ['every scope that is not reserved', others],
    ['every scope there is', [...others, ...reserved]],
  ])('%s, answers as docs/routes.md says, and does nothing else', async (_, scopes) => {
    const client = { client_id: 'planner', scope: scopes.join(' ') };
    let mine = await belongingsOf(gatehouse);
    let before = await rowsOf(gatehouse);
    for (const route of routes) {
      const name = nameOf(route);
      const answer = await requestTo(gatehouse, route, mine, gatehouse.bearer(mine.email, 3600, client));
      expect([name, outcomeOf(answer)]).toEqual([name, saidOf(route, scopes)]);
      if (answer.status < 300 && scopes.length > 1) {
        mine = await belongingsOf(gatehouse);
        before = await rowsOf(gatehouse);
        continue;
      }
      expect([name, await rowsOf(gatehouse)]).toEqual([name, before]);
      expect([name, revealedIn(answer, mine, identity.includes(name))]).toEqual([name, []]);
    }
  });

  // Otherwise the rejections above could be of requests that were wrong in themselves.
  it('all rights, or by a key, does that', async () => {
    for (const route of routes) {
      const mine = await belongingsOf(gatehouse, route);
      const answer = await requestTo(gatehouse, route, mine, whoMay(gatehouse, route, mine));
      expect([nameOf(route), outcomeOf(answer)]).toEqual([nameOf(route), 'allowed']);
    }
  });
});

it('a token for another audience is rejected on every route', async () => {
  const tokenFor = (aud: string) => {
    const exp = Math.floor(gatehouse.now() / 1000) + 3600;
    const claims = { iss: thirdIssuer, sub: 'ada', aud, exp, client_id: 'planner', scope: 'notes:read' };
    const token = jwt.sign(claims, keys.privateKey, { algorithm: 'ES256', noTimestamp: true });
    return { authorization: `Bearer ${token}` };
  };
  expect((await gatehouse.send('GET', '/api/v1/auth/me', { headers: tokenFor('api') })).status).toBe(200);
  const mine = await belongingsOf(gatehouse);
  const before = await rowsOf(gatehouse);
  const foreign = tokenFor('https://other.example.com/mcp');
  const closed = routes.filter(({ access }) => !access.isPublic);
  for (const route of closed) {
    const { status, body } = await requestTo(gatehouse, route, mine, foreign);
    if (nameOf(route) === 'GET /api/v1/auth/status') expect(body.authenticated).toBe(false);
    else expect([nameOf(route), status, body.code]).toEqual([nameOf(route), 401, 'INVALID_TOKEN']);
    expect([nameOf(route), await rowsOf(gatehouse)]).toEqual([nameOf(route), before]);
  }
  expect(closed.length).toBeGreaterThan(40);
});

describe('the routes that show who is calling', () => {
  it.each(identity)('%s names the client, and the scopes that are left of its own', async (name) => {
    const [method = '', path = ''] = name.split(' ');
    const scope = 'openid admin:* notes:read';
    const headers = gatehouse.bearer(undefined, 3600, { client_id: 'planner', scope });
    const { body } = await gatehouse.send(method, path, { headers });
    const user = { scopes: ['notes:read'], role: null, source: { type: 'jwt', clientId: 'planner' } };
    expect(body.user ?? body).toMatchObject(user);
  });
});
