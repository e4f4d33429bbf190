import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, type INestApplicationContext, Module, UseGuards } from '@nestjs/common';
import { APP_GUARD, ExternalContextCreator, ModuleRef, NestFactory } from '@nestjs/core';
import { RpcException } from '@nestjs/microservices';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import type { ParamsFactory } from '@nestjs/core/helpers/external-context-creator.js';
import {
  CurrentOrigin,
  CurrentTask,
  CurrentUser,
  Public,
  RequireScopes,
  Unmetered,
} from '../../src/auth/decorators.js';
import { Gatehouse } from '../../src/auth/gatehouse.js';
import { Authenticated, MaybeAuthenticated, UserOnly } from '../../src/auth/guards.js';
import type { AuthenticatedUser, RequestOrigin } from '../../src/principal/authenticated-user.js';
import { asApiKey, asToolKey, asUser, AuthTestingModule, testOwnerId } from '../../src/testing/index.js';

type Name = Exclude<keyof NotesResolver, 'constructor'>;
type Headers = Record<string, unknown>;

/** What a package for GraphQL, WebSockets or messages calls; those make their handlers by the same means. */
@Injectable()
class NotesResolver {
  bare(@CurrentUser('ownerId') ownerId: string | undefined) {
    return ownerId ?? 'anonymous';
  }

  @UseGuards(Authenticated)
  guarded(@CurrentUser() user: AuthenticatedUser) {
    return user.source.type;
  }

  @UseGuards(Authenticated)
  @RequireScopes('notes:read')
  notes(@CurrentUser('ownerId') ownerId: string) {
    return ownerId;
  }

  @UseGuards(UserOnly)
  people() {
    return 'in';
  }

  @UseGuards(MaybeAuthenticated)
  maybe(@CurrentUser('ownerId') ownerId: string | undefined) {
    return ownerId ?? 'anonymous';
  }

  @Unmetered()
  @UseGuards(Authenticated)
  free(@CurrentTask() task: { taskId: string } | undefined) {
    return task?.taskId;
  }

  @UseGuards(Authenticated)
  origin(@CurrentOrigin() origin: RequestOrigin) {
    return origin.ip;
  }

  @Public()
  open() {
    return 'in';
  }
}

const params: ParamsFactory = { exchangeKeyForValue: () => undefined };

async function start(isGlobal: boolean): Promise<INestApplicationContext> {
  @Module({
    imports: [AuthTestingModule.forRoot()],
    providers: [NotesResolver, ...(isGlobal ? [{ provide: APP_GUARD, useClass: Authenticated }] : [])],
  })
  class AppModule {}
  return NestFactory.createApplicationContext(AppModule, { logger: false });
}

/** A call of a handler of this kind with these arguments; resolves with its answer, or the code of the rejection. */
function callerOf(app: INestApplicationContext, kind: string) {
  const creator = app.get(ExternalContextCreator);
  const resolver = app.get(NotesResolver);
  return async (name: Name, ...args: unknown[]): Promise<unknown> => {
    const handler = creator.create<Record<number, { index: number }>, string>(
      resolver,
      resolver[name] as never,
      name,
      '__routeArguments__',
      params,
      undefined,
      undefined,
      undefined,
      kind,
    );
    try {
      return await handler(...args);
    } catch (error) {
      // Handlers of RPC get an RpcException.
      const { code } = (error instanceof RpcException ? error.getError() : error) as { code?: string };
      return code ?? (error as Error).message;
    }
  };
}

const requestWith = (headers: Headers) => ({
  method: 'POST',
  headers: lowerCased(headers),
  rawHeaders: Object.entries(headers).flat(),
});
const lowerCased = (headers: Headers) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
/** As graphql-js makes it: for each field, with variables that are new for each execution. */
const fieldOf = (variableValues = {}, rootValue?: unknown) => ({
  fieldName: 'notes',
  variableValues,
  rootValue,
});

let app: INestApplicationContext;
let closed: INestApplicationContext;

beforeAll(async () => {
  app = await start(false);
  closed = await start(true);
});
afterAll(() => Promise.all([app.close(), closed.close()]));

describe('a resolver of GraphQL', () => {
  const ask = (name: Name, context: unknown, info: object = fieldOf()) =>
    callerOf(app, 'graphql')(name, undefined, {}, context, info);
  const withHeaders = (headers: Headers) => ({ req: requestWith(headers) });

  it.each([
    ['Apollo on Express, Mercurius', (request: object) => ({ req: request })],
    ['Mercurius', (request: object) => ({ reply: { request } })],
    ['a context of the application', (request: object) => ({ request })],
    ['graphql-ws', (request: object) => ({ extra: { request } })],
    ['graphql-ws by Apollo', (request: object) => ({ req: { extra: { request } } })],
  ])('is guarded with the request of %s', async (_name, contextWith) => {
    expect(await ask('guarded', contextWith(requestWith(asUser())))).toBe('jwt');
    expect(await ask('guarded', contextWith(requestWith(asApiKey())))).toBe('api_key');
    expect(await ask('guarded', contextWith(requestWith(asToolKey({ taskId: 't' }))))).toBe('tool_key');
    expect(await ask('guarded', contextWith(requestWith({})))).toBe('MISSING_TOKEN');
    expect(await ask('guarded', contextWith(requestWith(asApiKey({ revoked: true }))))).toBe(
      'INVALID_API_KEY',
    );
    expect(await ask('people', contextWith(requestWith(asToolKey({ taskId: 't' }))))).toBe('FORBIDDEN');
  });

  it('checks scopes, and names who is admitted', async () => {
    expect(await ask('notes', withHeaders(asApiKey({ scopes: ['notes:read'] })))).toBe(testOwnerId);
    expect(await ask('notes', withHeaders(asApiKey()))).toBe('INSUFFICIENT_SCOPE');
    expect(await ask('maybe', withHeaders(asApiKey()))).toBe(testOwnerId);
    expect(await ask('maybe', withHeaders({}))).toBe('anonymous');
    expect(await ask('maybe', withHeaders({ 'x-api-key': 'wrong' }))).toBe('anonymous');
    expect(await ask('open', {})).toBe('in');
  });

  it('shares one charge among the fields of an operation, and none among operations of a request', async () => {
    const context = withHeaders(asApiKey({ rateLimit: { limit: 2, windowSeconds: 60 } }));
    const operation = {};
    const fields = Array.from({ length: 10 }, () => ask('guarded', context, fieldOf(operation)));
    expect(new Set(await Promise.all(fields))).toEqual(new Set(['api_key']));
    expect(await ask('guarded', context, fieldOf())).toBe('api_key');
    expect(await ask('guarded', context, fieldOf())).toBe('RATE_LIMITED');
    expect(await ask('guarded', context, fieldOf(operation))).toBe('api_key');
  });

  it('decides each field by itself', async () => {
    const context = withHeaders(asUser({ clientId: 'planner', scopes: ['notes:read'] }));
    const operation = {};
    expect(await ask('guarded', context, fieldOf(operation))).toBe('FORBIDDEN');
    expect(await ask('maybe', context, fieldOf(operation))).toBe('anonymous');
    expect(await ask('bare', context, fieldOf(operation))).toBe('anonymous');
    expect(await ask('notes', context, fieldOf(operation))).not.toBe('FORBIDDEN');
    expect(await ask('bare', context, fieldOf(operation))).not.toBe('anonymous');
  });

  it('takes from a budget once, also behind a field that is unmetered', async () => {
    const context = withHeaders(asToolKey({ taskId: 'task', maxCalls: 1 }));
    const operation = {};
    expect(await ask('free', context, fieldOf({}))).toBe('task');
    expect(await ask('free', context, fieldOf(operation))).toBe('task');
    expect(await ask('guarded', context, fieldOf(operation))).toBe('tool_key');
    expect(await ask('guarded', context, fieldOf(operation))).toBe('tool_key');
    const next = {};
    expect(await ask('free', context, fieldOf(next))).toBe('task');
    expect(await ask('guarded', context, fieldOf(next))).toBe('BUDGET_EXCEEDED');
  });

  it('counts once with middleware that has asked, also behind a field without guards', async () => {
    const request = requestWith(asToolKey({ taskId: 'task', maxCalls: 1 }));
    await app.get(Gatehouse, { strict: false }).authenticate(request as never);
    const operation = {};
    expect(await ask('bare', { req: request }, fieldOf(operation))).toBe(testOwnerId);
    expect(await ask('guarded', { req: request }, fieldOf(operation))).toBe('tool_key');
  });

  it('reads connection parameters, which never replace a header', async () => {
    const key = asApiKey();
    const handshake = { upgrade: 'websocket' };
    const open = (headers: Headers, connectionParams: unknown) =>
      ask('guarded', { extra: { request: requestWith({ ...handshake, ...headers }) }, connectionParams });
    expect(await open({}, key)).toBe('api_key');
    expect(await open({}, { token: Object.values(asUser())[0]?.slice('Bearer '.length) })).toBe('jwt');
    expect(await open(key, { ...key })).toBe('INVALID_API_KEY');
    expect(await open({}, { token: 'a', authorization: 'Bearer b' })).toBe('INVALID_TOKEN');
    for (const hostile of [
      null,
      1,
      'token',
      [key],
      { token: {} },
      { Authorization: ['Bearer x'] },
      { headers: key },
    ])
      expect(await open({}, hostile)).toMatch(/^(MISSING|INVALID)_TOKEN$/);
  });

  it('counts each event of a subscription as an operation', async () => {
    const request = requestWith({
      upgrade: 'websocket',
      ...asApiKey({ rateLimit: { limit: 1, windowSeconds: 60 } }),
    });
    const variables = {};
    expect(await ask('guarded', { extra: { request } }, fieldOf(variables, {}))).toBe('api_key');
    expect(await ask('guarded', { extra: { request } }, fieldOf(variables, {}))).toBe('RATE_LIMITED');
  });

  it('reports errors as GraphQL clients know them', async () => {
    const guard = await app.get(ModuleRef).create(Authenticated);
    const context = new ExecutionContextHost(
      [undefined, {}, withHeaders(asApiKey()), fieldOf()],
      NotesResolver,
      NotesResolver.prototype.notes,
    );
    context.setType('graphql');
    await expect(guard.canActivate(context)).rejects.toMatchObject({
      extensions: { code: 'FORBIDDEN', reason: 'INSUFFICIENT_SCOPE', details: { missing: ['notes:read'] } },
    });
  });

  it('is refused without a request, with the name of the handler', async () => {
    const message = /^NotesResolver\.guarded is a handler of type "graphql" without an HTTP request/;
    for (const context of [undefined, {}, { req: 'x' }, { req: { headers: new Map() } }])
      expect(await ask('guarded', context)).toMatch(message);
  });

  it('is closed by a guard for all routes, but for @Public()', async () => {
    const call = callerOf(closed, 'graphql');
    expect(await call('bare', undefined, {}, withHeaders({}), fieldOf())).toBe('MISSING_TOKEN');
    expect(await call('bare', undefined, {}, withHeaders(asApiKey()), fieldOf())).toBe(testOwnerId);
    expect(await call('open', undefined, {}, withHeaders({}), fieldOf())).toBe('in');
  });
});

describe('a gateway', () => {
  const message = (name: Name, client: object, data: unknown = 'text') =>
    callerOf(app, 'ws')(name, client, data, name);
  const socketIo = (headers: Headers, auth: unknown = {}, address = '127.0.0.1') => {
    const request = requestWith(headers);
    return { handshake: { headers: request.headers, auth, address, query: asApiKey() }, request };
  };

  it('decides each message by the handshake of socket.io', async () => {
    const limited = socketIo(asApiKey({ rateLimit: { limit: 2, windowSeconds: 60 } }));
    expect(await message('guarded', limited)).toBe('api_key');
    expect(await message('maybe', limited)).toBe(testOwnerId);
    expect(await message('guarded', limited)).toBe('RATE_LIMITED');
    expect(await message('maybe', limited)).toBe('anonymous');
    expect(await message('guarded', socketIo({}, asApiKey()))).toBe('api_key');
    expect(await message('guarded', socketIo({}))).toBe('MISSING_TOKEN');
    expect(await message('guarded', socketIo(asApiKey(), asApiKey()))).toBe('INVALID_API_KEY');
    expect(await message('origin', socketIo(asApiKey(), {}, '192.0.2.7'))).toBe('192.0.2.7');
  });

  it('refuses a socket that does not say which request opened it', async () => {
    expect(await message('guarded', { request: 'x' })).toMatch(/call gatehouse\.authenticateSocket\(client/);
    expect(await callerOf(app, 'ws')('guarded')).toMatch(/^NotesResolver\.guarded is a handler of type "ws"/);
  });
});

describe('a handler of another kind', () => {
  const request = requestWith(asApiKey());

  it('is guarded if its context has an HTTP request as it was received', async () => {
    const call = callerOf(app, 'rpc');
    for (const context of [request, { req: request }, { request }, { getArgs: () => ['', request] }])
      expect(await call('guarded', {}, context)).toBe('api_key');
    expect(await call('guarded', {}, { req: requestWith({}) })).toBe('MISSING_TOKEN');
  });

  it.each([
    ['Kafka', { getArgs: () => [{ headers: asApiKey(), value: '' }, 0, 'topic'] }],
    ['TCP', { getArgs: () => [{}, 'pattern'] }],
    ['NATS', { getArgs: () => ['subject', { headers: asApiKey() }] }],
  ])('is refused without one, whatever the message says: %s', async (_name, context) => {
    const answer = await callerOf(app, 'rpc')('guarded', request, context);
    expect(answer).toMatch(/^NotesResolver\.guarded is a handler of type "rpc" without an HTTP request/);
  });

  it('is refused in a kind that is not known', async () => {
    const hostile = { handshake: { headers: asApiKey(), auth: {} }, ...request };
    expect(await callerOf(app, 'rmq')('guarded', hostile, { req: request })).toMatch(
      /type "rmq" without an HTTP/,
    );
  });
});
