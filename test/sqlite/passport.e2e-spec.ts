import { type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  Controller,
  type ExecutionContext,
  Get,
  type INestApplication,
  Inject,
  Module,
  Req,
  UseGuards,
} from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { AuthGuard } from '@nestjs/passport';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import passport from 'passport';
import { Strategy } from 'passport-strategy';
import { CurrentUser, RequireScopes } from '../../src/auth/decorators.js';
import { errorOf } from '../../src/auth/decision/credential-verification.js';
import { DecisionCounts } from '../../src/auth/decision/decision-counts.js';
import { StepServices } from '../../src/auth/decision/run-steps.js';
import { Gatehouse } from '../../src/auth/gatehouse.js';
import { Authenticated } from '../../src/auth/guards.js';
import { KeyLimits } from '../../src/limits/key-limits.js';
import type { AuthenticatedUser } from '../../src/principal/authenticated-user.js';
import { asApiKey, asToolKey, asUser, AuthTestingModule } from '../../src/testing/index.js';

/** A strategy of the application. */
class Saml extends Strategy {
  override authenticate(request: Parameters<Strategy['authenticate']>[0]): void {
    if (request.headers['x-saml'] === 'ada') this.success({ saml: 'ada' });
    else this.fail('Saml', 401);
  }
}

const ours = ['gatehouse-tool-key', 'gatehouse-api-key', 'gatehouse-jwt'];

class FilesGuard extends AuthGuard('gatehouse-api-key') {
  override getAuthenticateOptions() {
    return { scope: 'files:read' };
  }
}

/** What many applications have: a request without a good credential goes on. */
class OptionalGuard extends AuthGuard(ours) {
  override handleRequest<User>(_error: unknown, user: User): User {
    return user || (null as User);
  }
}

class RequiredGuard extends AuthGuard(['saml', ...ours]) {
  override getAuthenticateOptions(context: ExecutionContext) {
    return { required: true, response: context.switchToHttp().getResponse() };
  }
}

/** What applications write for gateways. */
class SocketGuard extends AuthGuard('gatehouse-api-key') {
  override getRequest(context: ExecutionContext) {
    return context.switchToWs().getClient<{ handshake: object }>().handshake;
  }
}

class WrongScope extends AuthGuard('gatehouse-api-key') {
  override getAuthenticateOptions(_context: ExecutionContext) {
    return { scope: 'files' };
  }
}

type Received = IncomingMessage & { user?: unknown; raw?: IncomingMessage };

@Controller()
class NotesController {
  constructor(@Inject(Gatehouse) private readonly gatehouse: Gatehouse) {}

  private of(user: unknown, request: { user?: unknown }) {
    return { user: user ?? null, isSame: request.user === user, onRequest: request.user ?? null };
  }

  @Get('guarded')
  @UseGuards(Authenticated)
  guarded(@CurrentUser() user: AuthenticatedUser, @Req() request: { user?: unknown }) {
    return this.of(user, request);
  }

  @Get('all')
  @UseGuards(AuthGuard(ours))
  all(@CurrentUser() user: AuthenticatedUser, @Req() request: { user?: unknown }) {
    return this.of(user, request);
  }

  @Get('keys')
  @UseGuards(AuthGuard(['gatehouse-api-key', 'saml']))
  keys(@CurrentUser() user: AuthenticatedUser, @Req() request: { user?: unknown }) {
    return this.of(user, request);
  }

  @Get('jwt')
  @UseGuards(AuthGuard('gatehouse-jwt'))
  jwt(@CurrentUser() user: AuthenticatedUser, @Req() request: { user?: unknown }) {
    return this.of(user, request);
  }

  @Get('files')
  @UseGuards(FilesGuard)
  files() {
    return {};
  }

  @Get('both')
  @UseGuards(AuthGuard('gatehouse-api-key'), Authenticated)
  @RequireScopes('files:read')
  both(@CurrentUser() user: AuthenticatedUser, @Req() request: { user?: unknown }) {
    return this.of(user, request);
  }

  @Get('required')
  @UseGuards(RequiredGuard)
  required(@CurrentUser() user: AuthenticatedUser, @Req() request: Received) {
    return this.of(user, request);
  }

  @Get('again')
  @UseGuards(AuthGuard('gatehouse-api-key'), Authenticated)
  async again(@CurrentUser() user: AuthenticatedUser, @Req() request: Received) {
    for (const one of [request, request.raw ?? request]) await this.gatehouse.authenticate(one);
    return this.of(user, request);
  }

  @Get('optional')
  @UseGuards(OptionalGuard)
  optional(@CurrentUser() user: AuthenticatedUser, @Req() request: { user?: unknown }) {
    return this.of(user, request);
  }

  @Get('wrong')
  @UseGuards(WrongScope)
  wrong() {
    return {};
  }

  @Get('middleware')
  middleware(@CurrentUser() user: AuthenticatedUser, @Req() request: { user?: unknown }) {
    return this.of(user, request);
  }
}

type Answer = { status: number; body: Record<string, unknown>; headers: Headers };

const applications: INestApplication[] = [];
afterEach(async () => {
  for (const app of applications.splice(0)) await app.close();
});

async function start(adapter: AbstractHttpAdapter, failuresPerMinute = 0, prefix = 'mk') {
  @Module({
    imports: [AuthTestingModule.forRoot({ failuresPerMinute, keyPrefix: prefix, undecidedRoutes: 'allow' })],
    controllers: [NotesController],
  })
  class HostModule {}
  passport.use('saml', new Saml());
  const app = await NestFactory.create(HostModule, adapter, { logger: false });
  if (adapter.getType() === 'express')
    app.use('/middleware', passport.authenticate(ours, { session: false }));
  app.use('/again', async (request: IncomingMessage, _response: unknown, next: (error?: unknown) => void) => {
    next(
      await app
        .get(Gatehouse)
        .authenticate(request)
        .then(() => undefined, errorOf),
    );
  });
  applications.push(app);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const ask = async (path: string, headers: Record<string, string> = {}): Promise<Answer> => {
    const response = await fetch(`http://127.0.0.1:${port}/${path}`, { headers });
    const text = await response.text();
    const body = text.startsWith('{') ? JSON.parse(text) : { text };
    return { status: response.status, body, headers: response.headers };
  };
  const counts = () => [...app.get(DecisionCounts, { strict: false }).entries()].sort();
  return { app, ask, counts };
}

const adapters: [string, () => AbstractHttpAdapter, string[]][] = [
  ['Express', () => new ExpressAdapter(), ['all', 'middleware']],
  ['Fastify', () => new FastifyAdapter(), ['all']],
];

const limited = { rateLimit: { limit: 1, windowSeconds: 60 } };

describe.each(adapters)('on %s', (name, adapter, routes) => {
  it.each(routes)('strategies admit the callers of our guards: %s', async (route) => {
    const { ask } = await start(adapter());
    for (const headers of [
      asUser({ ownerId: 'ada' }),
      asApiKey({ ownerId: 'ada', scopes: ['files:read'] }),
      asToolKey({ taskId: 'task', ownerId: 'ada' }),
    ]) {
      const [guarded, passed] = [await ask('guarded', headers), await ask(route, headers)];
      expect(passed).toMatchObject({ status: 200, body: { isSame: true, user: { ownerId: 'ada' } } });
      expect(passed.body).toEqual(guarded.body);
    }
  });

  it.each(routes)('strategies reject, and count, what our guards do: %s', async (route) => {
    const [{ ask, counts }, other] = [await start(adapter()), await start(adapter())];
    const bad: Readonly<Record<string, string>>[] = [
      { authorization: 'Bearer a.b.c' },
      { authorization: 'Bearer ' },
      { 'x-api-key': 'mk_live_wrong' },
      { 'x-api-key': '' },
      { 'x-tool-key': 'tk_wrong' },
      { 'x-tool-key': 'tk_wrong', 'x-api-key': 'mk_live_wrong' },
      asUser({ expiresAt: new Date(0) }),
    ];
    for (const headers of bad) {
      const [guarded, passed] = [await other.ask('guarded', headers), await ask(route, headers)];
      expect([headers, passed.status, passed.body.code]).toEqual([headers, 401, guarded.body.code]);
      expect(passed.headers.get('www-authenticate')).toBe(guarded.headers.get('www-authenticate'));
    }
    expect(counts()).toEqual(other.counts());
    const goodAfterBad = { 'x-tool-key': 'tk_wrong', ...asApiKey({ ownerId: 'ada', scopes: [] }) };
    expect((await ask(route, goodAfterBad)).body).toEqual((await other.ask('guarded', goodAfterBad)).body);
    expect(counts()).toEqual(other.counts());
  });

  it('a strategy leaves other credentials to other strategies', async () => {
    const { ask } = await start(adapter());
    expect(await ask('keys', { 'x-saml': 'ada' })).toMatchObject({ body: { onRequest: { saml: 'ada' } } });
    expect((await ask('keys', { ...asUser(), 'x-saml': 'ada' })).body).toMatchObject({ user: null });
    expect((await ask('jwt', asApiKey({ scopes: [] }))).status).toBe(401);
    expect((await ask('jwt', { ...asApiKey({ scopes: [] }), ...asUser() })).body).toMatchObject({
      user: { source: { type: 'jwt' } },
    });
    // A bad one ends the request.
    expect(await ask('keys', { 'x-api-key': 'mk_live_wrong', 'x-saml': 'ada' })).toMatchObject({
      status: 401,
      body: { code: 'INVALID_API_KEY' },
    });
    expect((await ask('keys')).status).toBe(401);
  });

  it('limits count one request, also where our guard follows', async () => {
    const { ask, app, counts } = await start(adapter());
    const charge = jest.spyOn(app.get(KeyLimits, { strict: false }), 'charge');
    const touch = jest.spyOn(app.get(StepServices, { strict: false }).usage, 'touch');
    const key = asApiKey({ ownerId: 'ada', scopes: ['files:read'], ...limited });
    expect(await ask('both', key)).toMatchObject({ status: 200, body: { user: { ownerId: 'ada' } } });
    expect([charge, touch].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
    expect(counts()).toEqual([['api_key', 'VALID', 1]]);
    const refused = await ask('all', key);
    expect(refused).toMatchObject({ status: 429, body: { code: 'RATE_LIMITED' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    if (name === 'Express') expect(refused.headers.get('ratelimit')).toMatch(/^"key";r=0/);
    const ofOther = asApiKey({ scopes: [], ...limited });
    expect(await ask('both', ofOther)).toMatchObject({ status: 403, body: { code: 'INSUFFICIENT_SCOPE' } });
  });

  it('middleware, strategies, guards and the handler count a request once', async () => {
    const { ask, app, counts } = await start(adapter());
    const charge = jest.spyOn(app.get(KeyLimits, { strict: false }), 'charge');
    const key = asApiKey({ ownerId: 'ada', scopes: [], ...limited });
    expect(await ask('again', key)).toMatchObject({
      status: 200,
      body: { isSame: true, user: { ownerId: 'ada' } },
    });
    expect(charge.mock.calls.length).toBe(1);
    expect(counts()).toEqual([['api_key', 'VALID', 1]]);
    // As Java's client sends it, and nothing is upgraded.
    const h2c = { connection: 'Upgrade', upgrade: 'h2c', ...asApiKey({ scopes: [], ...limited }) };
    const { port } = app.getHttpServer().address() as AddressInfo;
    const status = await new Promise((resolve, reject) => {
      const options = { port, host: '127.0.0.1', path: '/again', headers: h2c, agent: false };
      request(options, (answer) => resolve(answer.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
    expect(await ask('again', key)).toMatchObject({ status: 429, body: { code: 'RATE_LIMITED' } });
  });

  it('the option required rejects a request without any credential as our guards do', async () => {
    const { ask, counts } = await start(adapter());
    const [guarded, missing] = [await ask('guarded'), await ask('required')];
    expect(missing).toMatchObject({ status: 401, body: { code: 'MISSING_TOKEN' } });
    expect(missing.headers.get('www-authenticate')).toBe(guarded.headers.get('www-authenticate'));
    expect(counts()).toEqual([['none', 'MISSING_TOKEN', 2]]);
    expect(await ask('required', { 'x-saml': 'ada' })).toMatchObject({
      body: { onRequest: { saml: 'ada' } },
    });
    for (const headers of [asUser(), asApiKey(limited)]) {
      const passed = await ask('required', headers);
      expect(passed).toMatchObject({ status: 200, body: { isSame: true } });
      expect(passed.headers.has('ratelimit')).toBe(!('authorization' in headers));
    }
  });

  it('a handshake is decided for each message', async () => {
    await start(adapter());
    const guard = new SocketGuard();
    const message = (client: object) => {
      const context = new ExecutionContextHost([client, 'text']);
      context.setType('ws');
      return guard.canActivate(context) as Promise<boolean>;
    };
    const clientWith = (handshake: object) => ({ handshake: { headers: asApiKey(limited), ...handshake } });
    for (const handshake of [{}, { method: 'GET', upgrade: true }, { method: 'GET', _query: {} }]) {
      const client = clientWith(handshake);
      expect(await message(client)).toBe(true);
      await expect(message(client)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    }
  });

  it('an address with too many bad credentials is limited', async () => {
    const { ask } = await start(adapter(), 2);
    const codes: unknown[] = [];
    for (const key of ['mk_live_a', 'mk_live_b', 'mk_live_c'])
      codes.push((await ask('all', { 'x-api-key': key })).body.code);
    expect(codes).toEqual(['INVALID_API_KEY', 'INVALID_API_KEY', 'RATE_LIMITED']);
  });

  it('the option scope asks for scopes, and a bounded token needs it', async () => {
    const { ask } = await start(adapter());
    expect((await ask('files', asApiKey({ scopes: ['files:read'] }))).status).toBe(200);
    const lacking = await ask('files', asApiKey({ scopes: ['notes:read'] }));
    expect(lacking.body).toMatchObject({ code: 'INSUFFICIENT_SCOPE', details: { missing: ['files:read'] } });
    expect(lacking.headers.get('www-authenticate')).toContain('scope="files:read"');
    const bounded = asUser({ clientId: 'other', scopes: ['files:read'] });
    expect(await ask('jwt', bounded)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect((await ask('wrong', asApiKey({ scopes: [] }))).status).toBe(500);
  });

  it('a guard that goes on without a credential has no user', async () => {
    const { ask } = await start(adapter());
    for (const headers of [{}, { 'x-api-key': 'bad' }, asUser({ clientId: 'other', scopes: ['files:read'] })])
      expect(await ask('optional', headers)).toMatchObject({
        status: 200,
        body: { user: null, onRequest: null },
      });
    expect((await ask('optional', asUser({ ownerId: 'ada' }))).body).toMatchObject({
      user: { ownerId: 'ada' },
    });
  });

  it('each of two applications decides for its own requests', async () => {
    const [one, other] = [await start(adapter()), await start(adapter(), 1)];
    for (const { ask } of [one, other]) expect((await ask('all', { 'x-api-key': 'bad' })).status).toBe(401);
    expect((await other.ask('all', { 'x-api-key': 'worse' })).status).toBe(429);
    expect((await one.ask('all', { 'x-api-key': 'worse' })).status).toBe(401);
    expect((await one.ask('all', asUser({ ownerId: 'ada' }))).status).toBe(200);
    await applications.pop()?.close();
    expect((await one.ask('all', asUser({ ownerId: 'ada' }))).status).toBe(200);
  });
});

it('Passport answers where no strategy found a credential, with our challenge in middleware', async () => {
  const { ask } = await start(new ExpressAdapter());
  expect(await ask('all')).toMatchObject({ status: 401, body: { message: 'Unauthorized' } });
  const answer = await ask('middleware');
  expect(answer).toMatchObject({ status: 401, body: { text: 'Unauthorized' } });
  expect(answer.headers.get('www-authenticate')).toContain('Bearer realm="gatehouse"');
});
