import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, UseGuards } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import { AllowBounded, CurrentUser, Public, RequireRole, RequireScopes } from '../src/auth/decorators.js';
import { Authenticated, MaybeAuthenticated, UserOnly } from '../src/auth/guards.js';
import type { IssuerOptions } from '../src/jwt/issuers.js';
import { AuthError } from '../src/principal/auth-error.js';
import type { AuthenticatedUser } from '../src/principal/authenticated-user.js';
import { KeyUsage } from '../src/usage/key-usage.js';
import { type Gatehouse, startGatehouse } from './support/gatehouse.js';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const issuerNamed = (issuer: string, options: object = {}) =>
  ({ issuer, audience: 'api', publicKey: publicKey.export({ format: 'jwk' }), ...options }) as IssuerOptions;
const strict = 'https://strict.example.com';
const own = 'https://own.example.com';
const listed = 'https://listed.example.com';
const mapped = 'https://mapped.example.com';
const broken = 'https://broken.example.com';
const lenient = 'https://lenient.example.com';

const nameOf = (user: AuthenticatedUser | undefined) => ({ user: user?.userId ?? null });

@UseGuards(Authenticated)
@Controller('notes')
class NotesController {
  @Get()
  @RequireScopes('notes:read')
  list(@CurrentUser() user: AuthenticatedUser) {
    return nameOf(user);
  }

  @Get('undeclared')
  undeclared(@CurrentUser() user: AuthenticatedUser) {
    return nameOf(user);
  }

  @Get('allowed')
  @AllowBounded()
  allowed(@CurrentUser() user: AuthenticatedUser) {
    return nameOf(user);
  }

  @Get('people')
  @UseGuards(UserOnly)
  people(@CurrentUser() user: AuthenticatedUser) {
    return nameOf(user);
  }

  @Get('role')
  @RequireRole('read_only')
  role(@CurrentUser() user: AuthenticatedUser) {
    return nameOf(user);
  }
}

@Controller('open')
class OpenController {
  @Get('maybe')
  @UseGuards(MaybeAuthenticated)
  maybe(@CurrentUser() user: AuthenticatedUser | undefined) {
    return nameOf(user);
  }

  @Get('strictly')
  @UseGuards(MaybeAuthenticated.with({ strict: true }))
  strictly(@CurrentUser() user: AuthenticatedUser | undefined) {
    return nameOf(user);
  }

  @Get('both')
  @UseGuards(MaybeAuthenticated, Authenticated)
  both(@CurrentUser() user: AuthenticatedUser | undefined) {
    return nameOf(user);
  }

  @Get('public')
  @Public()
  public() {
    return nameOf(undefined);
  }
}

@AllowBounded()
@UseGuards(Authenticated)
@Controller('base')
class BaseController {
  @Get('mine')
  mine(@CurrentUser() user: AuthenticatedUser) {
    return nameOf(user);
  }
}

@Controller('derived')
class DerivedController extends BaseController {}

let gatehouse: Gatehouse;
const token = (claims: object, issuer = strict, header: object = {}) =>
  jwt.sign({ exp: Math.floor(gatehouse.now() / 1000) + 600, ...claims }, privateKey, {
    algorithm: 'ES256',
    issuer,
    audience: 'api',
    subject: 'ada',
    noTimestamp: true,
    header: { alg: 'ES256', ...header },
  });
const withClaims = (...args: Parameters<typeof token>) => ({ authorization: `Bearer ${token(...args)}` });
const bounded = (scope: string, email?: string) =>
  gatehouse.bearer(email, 3600, { client_id: 'planner', scope });
const call = (method: string, path: string, headers: Record<string, string>, body?: unknown) =>
  gatehouse.send(method, path, { headers, body });
const statusOf = async (path: string, headers: Record<string, string>) =>
  (await call('GET', path, headers)).status;

beforeAll(async () => {
  gatehouse = await startGatehouse(
    {
      issuers: [
        issuerNamed(strict),
        issuerNamed(own, { firstParty: true }),
        issuerNamed(listed, { firstPartyClients: ['web'], clientClaim: 'azp' }),
        issuerNamed(mapped, {
          mapScopes: ({ scope }: { scope?: unknown }) => [String(scope).replace('/', ':')],
        }),
        issuerNamed(broken, {
          mapScopes: ({ scope }: { scope?: unknown }) => {
            throw scope === 'own' ? new AuthError('FORBIDDEN') : new Error('no table of scopes');
          },
        }),
        issuerNamed(lenient, { bounded: 'warn', acceptIdTokens: true }),
      ],
    },
    { controllers: [NotesController, OpenController, BaseController, DerivedController] },
  );
});
afterAll(() => gatehouse.close());

describe('a bounded token', () => {
  it('uses a route that asks for a scope it holds, and no other', async () => {
    expect(await statusOf('/notes', bounded('notes:read'))).toBe(200);
    const { status, body } = await call('GET', '/notes', bounded('files:read'));
    expect(status).toBe(403);
    expect(body).toMatchObject({
      code: 'INSUFFICIENT_SCOPE',
      details: { required: ['notes:read'], granted: ['files:read'], missing: ['notes:read'] },
    });
  });

  it('with api-keys:* reads keys, and creates none without api-keys:write by name', async () => {
    const create = (scope: string) =>
      call('POST', '/api/v1/api-keys', bounded(scope), { name: 'x', scopes: [] });
    expect(await statusOf('/api/v1/api-keys', bounded('api-keys:*'))).toBe(200);
    expect((await create('api-keys:*')).body).toMatchObject({
      code: 'INSUFFICIENT_SCOPE',
      details: { granted: ['api-keys:*'], missing: ['api-keys:write'] },
    });
    const expiresAt = new Date(gatehouse.now() + 60_000).toISOString();
    const { status } = await call('POST', '/api/v1/api-keys', bounded('api-keys:* api-keys:write'), {
      name: 'x',
      scopes: ['api-keys:read'],
      expiresAt,
    });
    expect(status).toBe(201);
  });

  it('is rejected where a route asks for no scope, with what to do about it', async () => {
    for (const path of ['/notes/undeclared', '/notes/people']) {
      const { status, body } = await call('GET', path, bounded('notes:read *:*'));
      expect([status, body.code]).toEqual([403, 'FORBIDDEN']);
      expect(body.message).toMatch(/first-party.*@RequireScopes.*@AllowBounded/);
    }
    expect(await statusOf('/notes/undeclared', gatehouse.bearer())).toBe(200);
  });

  it('uses a route that allows bounded tokens, also without a scope', async () => {
    expect(await statusOf('/notes/allowed', bounded(''))).toBe(200);
  });

  it('holds a role only by its scopes', async () => {
    expect(await statusOf('/notes/role', bounded('notes:read'))).toBe(403);
    expect(await statusOf('/notes/role', bounded('*:read'))).toBe(200);
  });

  it('counts as no credential under an optional guard that asks for no scope', async () => {
    const { body } = await call('GET', '/open/maybe', bounded('notes:read'));
    expect(body).toEqual({ user: null });
    expect(await statusOf('/open/strictly', bounded('notes:read'))).toBe(403);
    expect(await statusOf('/open/both', bounded('notes:read'))).toBe(403);
    expect(await statusOf('/open/public', bounded('notes:read'))).toBe(200);
    expect((await call('GET', '/open/maybe', gatehouse.bearer())).body.user).toEqual(expect.any(String));
  });

  it('is not let in by what its controller extends', async () => {
    expect(await statusOf('/base/mine', bounded('notes:read'))).toBe(200);
    expect(await statusOf('/derived/mine', bounded('notes:read'))).toBe(403);
    expect(await statusOf('/derived/mine', gatehouse.bearer())).toBe(200);
  });

  it('passes a check of a proxy only with a scope', async () => {
    expect(await statusOf('/api/v1/auth/check', bounded('notes:read'))).toBe(403);
    expect(await statusOf('/api/v1/auth/check/-', bounded('notes:read'))).toBe(403);
    expect(await statusOf('/api/v1/auth/check?scopes=notes:read', bounded('notes:read'))).toBe(204);
    expect(await statusOf('/api/v1/auth/check?scopes=notes:write', bounded('notes:read'))).toBe(403);
  });

  it('shows its client, its scopes and its end', async () => {
    const { body } = await call('GET', '/api/v1/auth/me', bounded('openid notes:read admin:*'));
    expect(body).toMatchObject({
      source: { type: 'jwt', clientId: 'planner', boundedUntil: expect.stringMatching(/Z$/) },
      scopes: ['notes:read'],
      actorChain: [
        { type: 'user', id: body.userId },
        { type: 'client', id: 'planner' },
      ],
    });
    const status = await call('GET', '/api/v1/auth/status', bounded(''));
    expect(status.body).toMatchObject({ authenticated: true, user: { scopes: [] } });
    const whole = await call('GET', '/api/v1/auth/me', gatehouse.bearer());
    expect(whole.body.source).toEqual({ type: 'jwt' });
    expect(whole.body.userId).toBe(body.userId);
  });

  it('shows who acts for its user', async () => {
    const act = { sub: 'gateway', act: { sub: 'planner' } };
    const { body } = await call('GET', '/api/v1/auth/me', withClaims({ client_id: 'cli', act }));
    expect(body.actorChain).toEqual([
      { type: 'user', id: body.userId },
      { type: 'client', id: 'cli' },
      { type: 'actor', id: 'planner' },
      { type: 'actor', id: 'gateway' },
    ]);
  });
});

describe('what a bounded token creates', () => {
  const inSeconds = (seconds: number) => new Date(gatehouse.now() + seconds * 1000).toISOString();
  const create = (scope: string, body: object) =>
    call('POST', '/api/v1/api-keys', bounded(scope), { name: 'made by a client', ...body });

  it('is no key without the scope for it', async () => {
    const answer = await create('notes:read', { scopes: ['notes:read'], expiresAt: inSeconds(60) });
    expect([answer.status, answer.body.code]).toEqual([403, 'INSUFFICIENT_SCOPE']);
  });

  it('is a key within its scopes that ends by its own end', async () => {
    const scope = 'api-keys:write api-keys:read notes:*';
    const made = await create(scope, { scopes: ['notes:read'], expiresAt: inSeconds(60) });
    expect(made.status).toBe(201);
    for (const [wanted, path] of [
      [{ scopes: ['files:read'], expiresAt: inSeconds(60) }, 'scopes'],
      [{ scopes: ['*:read'], expiresAt: inSeconds(60) }, 'scopes'],
      [{ role: 'read_only', expiresAt: inSeconds(60) }, 'role'],
      [{ scopes: ['notes:read'] }, 'expiresAt'],
      [{ scopes: ['notes:read'], expiresAt: inSeconds(4000) }, 'expiresAt'],
    ] as const) {
      const { status, body } = await create(scope, wanted);
      expect([status, JSON.stringify(body.details)]).toEqual([403, expect.stringContaining(`"${path}"`)]);
    }
    const path = `/api/v1/api-keys/${made.body.id}`;
    const longer = await call('PATCH', path, bounded(scope), { expiresAt: inSeconds(4000) });
    const wider = await call('PATCH', path, bounded(scope), { scopes: ['*:read'] });
    expect([longer.status, wider.status]).toEqual([403, 403]);
    const { body } = await call('GET', `${path}/events`, bounded(scope));
    expect(body.events[0]).toMatchObject({
      type: 'created',
      actor: { type: 'jwt', chain: [{ type: 'user' }, { type: 'client', id: 'planner' }] },
      details: { bounded: "by the token's scope" },
    });
  });

  it('is never the secret of a stronger key', async () => {
    const strong = await call('POST', '/api/v1/api-keys', gatehouse.bearer(), {
      name: 'strong',
      role: 'write_agent',
    });
    const path = `/api/v1/api-keys/${strong.body.id}`;
    const client = bounded('api-keys:write notes:read');
    expect((await call('POST', `${path}/rotate`, client, {})).status).toBe(403);
    await call('PATCH', path, gatehouse.bearer(), { enabled: false });
    expect((await call('PATCH', path, client, { enabled: true })).status).toBe(403);
  });

  it('is no personal key, also where the scopes would be enough', async () => {
    const client = bounded('*:* api-keys:write');
    for (const [method, path] of [
      ['POST', ''],
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/refresh'],
      ['GET', '/events'],
    ] as const)
      expect((await call(method, `/api/v1/auth/api-keys${path}`, client)).status).toBe(403);
  });

  it('is a tool key within its scopes that ends by its own end', async () => {
    const issue = (headers: Record<string, string>, body: object = {}) =>
      call('POST', '/api/v1/tool-keys', headers, { taskId: 'task-1', ...body });
    expect((await issue(bounded('notes:read'))).status).toBe(403);
    const client = () =>
      gatehouse.bearer(undefined, 60, { client_id: 'planner', scope: 'tool-keys:issue notes:read' });
    const issued = await issue(client());
    expect(issued.status).toBe(201);
    expect(issued.body.scopes).toEqual(['tool-keys:issue', 'notes:read']);
    expect(Date.parse(issued.body.expiresAt)).toBeLessThanOrEqual(gatehouse.now() + 60_000);
    const longer = await issue(client(), { ttlSeconds: 61 });
    expect([longer.status, longer.body.shortened]).toEqual([201, true]);
    expect(Date.parse(longer.body.expiresAt)).toBeLessThanOrEqual(gatehouse.now() + 60_000);
    expect((await issue(client(), { scopes: ['notes:write'] })).status).toBe(403);
    const agent = { 'x-tool-key': issued.body.key };
    const { body } = await call('GET', '/api/v1/auth/me', agent);
    expect(body.actorChain.map(({ type }: { type: string }) => type)).toEqual(['user', 'client', 'tool_key']);
    expect(await statusOf('/notes', agent)).toBe(200);
    gatehouse.pass(61);
    expect(await statusOf('/notes', agent)).toBe(401);
  });

  it('is nothing within the clock skew after its end', async () => {
    const client = gatehouse.bearer(undefined, 60, {
      client_id: 'planner',
      scope: 'tool-keys:issue notes:read',
    });
    gatehouse.pass(70);
    expect(await statusOf('/notes', client)).toBe(200);
    const { status, body } = await call('POST', '/api/v1/tool-keys', client, { taskId: 'task-2' });
    expect([status, body.code]).toEqual([401, 'EXPIRED_TOKEN']);
  });

  it('is bounded too, down the tree and after a rotation', async () => {
    const client = bounded('api-keys:write api-keys:read api-keys:verify tool-keys:issue notes:read');
    const made = await call('POST', '/api/v1/api-keys', client, {
      name: 'made by a client',
      scopes: ['notes:read', 'tool-keys:issue', 'api-keys:write'],
      expiresAt: inSeconds(600),
    });
    expect(made.body.bounded).toBe(true);
    const service = { 'x-api-key': made.body.key };
    const agent = await call('POST', '/api/v1/tool-keys', client, { taskId: 'task-3' });
    const ofService = await call('POST', '/api/v1/tool-keys', service, { taskId: 'task-4' });
    const child = await call(
      'POST',
      '/api/v1/tool-keys',
      { 'x-tool-key': agent.body.key },
      { taskId: 'task-3' },
    );
    const grandchild = await call('POST', '/api/v1/api-keys', service, {
      name: 'made by that key',
      scopes: ['notes:read'],
      expiresAt: inSeconds(60),
    });
    const rotated = await call(
      'POST',
      `/api/v1/api-keys/${grandchild.body.id}/rotate`,
      gatehouse.bearer(),
      {},
    );
    const keys = [
      service,
      { 'x-tool-key': agent.body.key },
      { 'x-tool-key': ofService.body.key },
      { 'x-tool-key': child.body.key },
      { 'x-api-key': rotated.body.key },
    ];
    for (const headers of keys) {
      expect(await statusOf('/notes', headers)).toBe(200);
      expect(await statusOf('/notes/undeclared', headers)).toBe(403);
      expect(await statusOf('/api/v1/auth/check', headers)).toBe(403);
      expect((await call('GET', '/open/maybe', headers)).body).toEqual({ user: null });
      const { body } = await call('GET', '/api/v1/auth/me', headers);
      expect(body.source.bounded).toBe(true);
    }
    const verdict = async (scopes: readonly string[]) =>
      (await call('POST', '/api/v1/api-keys/verify', client, { key: made.body.key, scopes })).body;
    expect(await verdict(['notes:read'])).toMatchObject({ valid: true, key: { bounded: true } });
    expect(await verdict([])).toMatchObject({ valid: false, code: 'INSUFFICIENT_SCOPE' });
    expect((await call('GET', '/api/v1/tool-keys/self', keys[1]!)).status).toBe(200);
  });

  it('stays bounded when its owner changes it, and a key of the owner stays whole', async () => {
    const client = bounded('api-keys:write notes:read');
    const body = { name: 'kept', scopes: ['notes:read'], expiresAt: inSeconds(600) };
    const made = await call('POST', '/api/v1/api-keys', client, body);
    await call('PATCH', `/api/v1/api-keys/${made.body.id}`, gatehouse.bearer(), { scopes: ['*:*'] });
    expect(await statusOf('/notes/undeclared', { 'x-api-key': made.body.key })).toBe(403);
    const whole = await call('POST', '/api/v1/api-keys', gatehouse.bearer(), body);
    expect(await statusOf('/notes/undeclared', { 'x-api-key': whole.body.key })).toBe(200);
    const taken = await call('POST', `/api/v1/api-keys/${whole.body.id}/rotate`, client, {});
    expect(await statusOf('/notes/undeclared', { 'x-api-key': taken.body.key })).toBe(403);
  });

  it('is no owner and no change of one', async () => {
    const client = bounded('*:* admin:* api-keys:write');
    expect(await statusOf('/api/v1/admin/owners', client)).toBe(403);
    expect((await call('POST', '/api/v1/admin/owners', client, { name: 'mine' })).status).toBe(403);
  });
});

it('a rejected client is found in the trail of its user', async () => {
  const email = 'probed@example.com';
  const { body } = await call('GET', '/api/v1/auth/me', gatehouse.bearer(email));
  await statusOf('/notes/undeclared', bounded('notes:read', email));
  await gatehouse.app.get(KeyUsage).flush();
  const events = await call('GET', `/api/v1/admin/audit-events?subjectId=${body.userId}&type=refused`, {
    'x-api-key': gatehouse.adminKey,
  });
  expect(events.body.events).toEqual([
    expect.objectContaining({
      details: expect.objectContaining({ reason: 'INSUFFICIENT_SCOPE', bounded: "by the token's scope" }),
      actor: expect.objectContaining({ chain: expect.arrayContaining([{ type: 'client', id: 'planner' }]) }),
    }),
  ]);
});

it('the first login of a user by a client names the client in its events', async () => {
  const claims = { client_id: 'planner', scope: 'notes:read', act: { sub: 'helper' } };
  const login = await call('GET', '/api/v1/auth/me', gatehouse.bearer('first@example.com', 3600, claims));
  const { userId } = login.body;
  const { body } = await call('GET', `/api/v1/admin/audit-events?subjectId=${userId}`, {
    'x-api-key': gatehouse.adminKey,
  });
  const chain = [
    { type: 'user', id: userId },
    { type: 'client', id: 'planner' },
    { type: 'actor', id: 'helper' },
  ];
  expect(body.events).toEqual([
    expect.objectContaining({
      type: 'created',
      actor: expect.objectContaining({ type: 'jwt', chain }),
      details: { bounded: "by the token's scope" },
    }),
  ]);
});

describe('the options of an issuer', () => {
  const whole = ['*:*', 'api-keys:write', 'members:manage'];
  const scopesOf = async (...args: Parameters<typeof token>) =>
    (await call('GET', '/api/v1/auth/me', withClaims(...args))).body.scopes;

  it.each<[string, string, object, readonly string[]]>([
    ['first-party issuers', own, { client_id: 'x', scope: 'notes:read' }, whole],
    ['first-party clients', listed, { azp: 'web', scope: 'openid' }, whole],
    ['other clients of that issuer', listed, { azp: 'cli', scope: 'notes:read' }, ['notes:read']],
    ['clients that ask for no scope', listed, { azp: 'cli' }, []],
    ['mapped scopes', mapped, { scope: 'notes/read' }, ['notes:read']],
    ['tokens that would be bounded', lenient, { client_id: 'cli', scope: 'notes:read' }, whole],
    ['ID tokens where they are accepted', lenient, { at_hash: 'x' }, whole],
  ])('decide about %s', async (_, issuer, claims, scopes) => {
    expect(await scopesOf(claims, issuer)).toEqual(scopes);
  });

  it('that fail are a fault of the application, and no rejection of the caller', async () => {
    const { status, body } = await call('GET', '/api/v1/auth/me', withClaims({}, broken));
    expect([status, body.code]).toEqual([503, 'AUTH_UNAVAILABLE']);
  });

  it('that throw an error of this package are no less a fault', async () => {
    const { status, body } = await call('GET', '/api/v1/auth/me', withClaims({ scope: 'own' }, broken));
    expect([status, body.code]).toEqual([503, 'AUTH_UNAVAILABLE']);
  });

  it.each<[string, object, object, string?]>([
    ['a DPoP token', { cnf: { jkt: 'x' } }, {}],
    ['a logout token', { events: {} }, {}],
    ['an ID token', { at_hash: 'x' }, {}],
    ['an access token without a client', {}, { typ: 'at+jwt' }],
    ['a token of two clients', { azp: 'web', client_id: 'cli' }, {}, listed],
  ])('do not make a bearer of %s', async (_, claims, header, issuer = strict) => {
    const { status, body } = await call('GET', '/api/v1/auth/me', withClaims(claims, issuer, header));
    expect([status, body.code]).toEqual([401, 'INVALID_TOKEN']);
  });
});
