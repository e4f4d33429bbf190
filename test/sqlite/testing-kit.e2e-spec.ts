import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplication, Module, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import request from 'supertest';
import { ApiKeysModule } from '../../src/api-keys/api-keys.module.js';
import { AuthModule } from '../../src/auth/auth.module.js';
import {
  CurrentTask,
  type CurrentTaskInfo,
  CurrentUser,
  Public,
  RequireRole,
  RequireScopes,
} from '../../src/auth/decorators.js';
import { Authenticated, MaybeAuthenticated, UserOnly } from '../../src/auth/guards.js';
import type { IssuerOptions } from '../../src/jwt/issuers.js';
import { DatabaseModule } from '../../src/database/database.module.js';
import { gatehouseEntities } from '../../src/entities.js';
import type { AuthenticatedUser } from '../../src/principal/authenticated-user.js';
import {
  asApiKey,
  asToolKey,
  asUser,
  AuthTestingModule,
  type AuthTestingOptions,
  FixedClock,
  type TestHeaders,
  testOwnerId,
  testOwnerIdOf,
  testUserId,
} from '../../src/testing/index.js';
import { createScratchDatabase } from '../support/scratch-database.js';

@Controller()
@UseGuards(Authenticated)
class NotesController {
  @Get('me')
  me(@CurrentUser() user: AuthenticatedUser) {
    return user;
  }

  @Get('task')
  task(@CurrentTask() task?: CurrentTaskInfo) {
    return { task };
  }

  @Get('write')
  @RequireScopes('notes:write')
  write() {
    return {};
  }

  @Get('admin')
  @RequireRole('admin')
  admin() {
    return {};
  }

  @Get('manage')
  @RequireScopes('api-keys:write')
  manage() {
    return {};
  }

  @Get('person')
  @UseGuards(UserOnly)
  person() {
    return {};
  }
}

@Controller()
class DoorController {
  @Get('maybe')
  @UseGuards(MaybeAuthenticated)
  maybe(@CurrentUser() user?: AuthenticatedUser) {
    return { known: user !== undefined };
  }

  @Public()
  @Get('open')
  open() {
    return {};
  }
}

@Module({ controllers: [NotesController, DoorController] })
class NotesModule {}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Record<string, unknown>;
}
type Get = (path: string, headers?: TestHeaders) => Promise<Answer>;
interface Host {
  readonly app: INestApplication;
  readonly get: Get;
}

const rootOf = (options: AuthTestingOptions) => {
  @Module({ imports: [AuthTestingModule.forRoot(options), NotesModule] })
  class HostModule {}
  return HostModule;
};

const hosts: Record<string, (options?: AuthTestingOptions) => Promise<Host>> = {
  Express: async (options = {}) => {
    const app = await NestFactory.create(rootOf(options), new ExpressAdapter(), {
      logger: false,
      abortOnError: false,
    });
    await app.init();
    return { app, get: async (path, headers = {}) => request(app.getHttpServer()).get(path).set(headers) };
  },
  // `inject` is tried in test/sqlite/process-docs-testing: Jest on Node 20 cannot load it (it requires an ESM-only package).
  Fastify: async (options = {}) => {
    const app = await NestFactory.create<NestFastifyApplication>(rootOf(options), new FastifyAdapter(), {
      logger: false,
      abortOnError: false,
    });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    return { app, get: async (path, headers = {}) => request(app.getHttpServer()).get(path).set(headers) };
  },
};

const outcomeOf = ({ status, body }: Answer) => (status === 200 ? 200 : `${status} ${String(body.code)}`);
const past = new Date(Date.now() - 60_000);

describe.each(Object.keys(hosts))('the testing kit under %s', (name) => {
  let host: Host;
  const outcome = async (path: string, headers?: TestHeaders) => outcomeOf(await host.get(path, headers));

  beforeAll(async () => {
    host = await hosts[name]!();
  });
  afterAll(() => host.app.close());

  it('asUser is a person with all of an own owner', async () => {
    expect((await host.get('/me', asUser())).body).toEqual({
      userId: testUserId,
      ownerId: testOwnerId,
      email: 'ada@example.com',
      source: { type: 'jwt' },
      issuer: expect.any(String),
      subject: expect.any(String),
      role: null,
      scopes: ['*:*', 'api-keys:write', 'members:manage'],
      environment: null,
      actorChain: [{ type: 'user', id: testUserId }],
    });
    const bob = (await host.get('/me', asUser({ userId: 'bob', email: null }))).body;
    expect(bob).toMatchObject({ userId: 'bob', ownerId: testOwnerIdOf('bob'), email: null });
    expect(testOwnerIdOf('bob')).not.toBe(testOwnerId);
    expect((await host.get('/me', asUser({ ownerId: 'acme' }))).body).toMatchObject({ ownerId: 'acme' });
  });

  it('asApiKey is a key of the same owner, with the scopes it is given and no others', async () => {
    const { body } = await host.get('/me', asApiKey({ scopes: ['notes:read'], environment: 'test' }));
    expect(body).toMatchObject({
      userId: null,
      ownerId: testOwnerId,
      source: { type: 'api_key', keyId: expect.any(String) },
      scopes: ['notes:read'],
      environment: 'test',
    });
    const reader = await host.get('/write', asApiKey({ scopes: ['notes:read'] }));
    expect([reader.status, reader.body.code]).toEqual([403, 'INSUFFICIENT_SCOPE']);
    expect(reader.body.details).toMatchObject({ missing: ['notes:write'] });
    expect(await outcome('/write', asApiKey())).toBe('403 INSUFFICIENT_SCOPE');
    expect(await outcome('/write', asApiKey({ scopes: ['notes:write'] }))).toBe(200);
    expect(await outcome('/write', asApiKey({ role: 'write_agent' }))).toBe(200);
    expect(await outcome('/admin', asApiKey({ role: 'write_agent' }))).toBe('403 FORBIDDEN');
    expect(await outcome('/admin', asApiKey({ role: 'admin' }))).toBe(200);
  });

  it('asApiKey with a user and scopes is an access key of the user', async () => {
    const key = asApiKey({ userId: 'bob', scopes: ['notes:write'] });
    expect(await outcome('/me', key)).toBe('403 FORBIDDEN');
    expect(await outcome('/write', asApiKey({ userId: 'bob', scopes: ['notes:read'] }))).toBe(
      '403 INSUFFICIENT_SCOPE',
    );
    expect(await outcome('/write', key)).toBe(200);
    expect(() => asApiKey({ userId: 'bob', role: 'read_only' })).toThrow('no role');
    expect(() => asApiKey({ userId: 'bob', scopes: [] })).toThrow('at least one scope');
  });

  it('asApiKey with a user is their personal key', async () => {
    const key = asApiKey({ userId: 'bob', email: 'bob@example.com' });
    expect((await host.get('/me', key)).body).toMatchObject({
      userId: 'bob',
      ownerId: testOwnerIdOf('bob'),
      email: 'bob@example.com',
      scopes: ['*:*'],
    });
    expect(await outcome('/manage', key)).toBe('403 INSUFFICIENT_SCOPE');
    expect(await outcome('/manage', asUser())).toBe(200);
  });

  it('asToolKey is confined to its task', async () => {
    const key = asToolKey({ taskId: 'task-7', attempt: 2 });
    const { body } = await host.get('/me', key);
    expect(body).toMatchObject({ userId: null, ownerId: testOwnerId, scopes: ['*:*'], environment: null });
    expect(body.actorChain).toEqual([
      { type: 'user', id: testUserId },
      { type: 'tool_key', id: expect.any(String) },
    ]);
    expect((await host.get('/task', key)).body.task).toMatchObject({ taskId: 'task-7', attempt: 2 });
    expect((await host.get('/task', asUser())).body).toEqual({});
    expect(await outcome('/person', key)).toBe('403 FORBIDDEN');
    expect(await outcome('/manage', key)).toBe('403 INSUFFICIENT_SCOPE');
    expect(await outcome('/write', asToolKey({ taskId: 'task-7', scopes: ['notes:read'] }))).toBe(
      '403 INSUFFICIENT_SCOPE',
    );
  });

  it('a tool key makes the calls it was given and no more', async () => {
    const key = asToolKey({ taskId: 'task-7', maxCalls: 2 });
    expect(await outcome('/write', asToolKey({ taskId: 'task-7' }))).toBe(200);
    expect([await outcome('/me', key), await outcome('/me', key)]).toEqual([200, 200]);
    expect(await outcome('/me', key)).toBe('429 BUDGET_EXCEEDED');
  });

  it.each([
    ['no credential', {}, '401 MISSING_TOKEN'],
    ['a disabled user', asUser({ disabled: true }), '401 USER_NOT_FOUND'],
    ['an expired token', asUser({ expiresAt: past }), '401 EXPIRED_TOKEN'],
    ['a revoked key', asApiKey({ revoked: true }), '401 INVALID_API_KEY'],
    ['a key that is off', asApiKey({ disabled: true }), '401 INVALID_API_KEY'],
    ['an expired key', asApiKey({ expiresAt: past }), '401 INVALID_API_KEY'],
    ['a key of elsewhere', asApiKey({ allowedIps: ['203.0.113.0/24'] }), '401 INVALID_API_KEY'],
    ['a revoked tool key', asToolKey({ taskId: 't', revoked: true }), '401 INVALID_TOOL_KEY'],
    ['an expired tool key', asToolKey({ taskId: 't', expiresAt: past }), '401 INVALID_TOOL_KEY'],
    ['an unknown key', { 'x-api-key': `mk_live_${'0'.repeat(49)}` }, '401 INVALID_API_KEY'],
    ['a word', { 'x-api-key': 'anything' }, '401 INVALID_API_KEY'],
    ['an unknown tool key', { authorization: `Bearer tk_${'0'.repeat(49)}` }, '401 INVALID_TOOL_KEY'],
  ] as [string, TestHeaders, string][])('rejects %s', async (_what, headers, rejected) => {
    expect(await outcome('/me', headers)).toBe(rejected);
    expect((await host.get('/maybe', headers)).body).toEqual({ known: false });
    expect(await outcome('/open', headers)).toBe(200);
  });

  it('rejects a token that another issuer signed, or that was changed', async () => {
    const [head, claims, signature] = asUser().authorization!.slice('Bearer '.length).split('.');
    const [, others] = asUser({ userId: 'bob' }).authorization!.split('.');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    for (const token of [`${head}.${others}.${signature}`, `${none}.${claims}.AA`])
      expect(await outcome('/me', { authorization: `Bearer ${token}` })).toBe('401 INVALID_TOKEN');
  });

  it('does not take a hundred bad credentials of a test for an attack', async () => {
    for (let index = 0; index < 100; index += 1)
      expect(await outcome('/me', { 'x-api-key': `guess-${index}` })).toBe('401 INVALID_API_KEY');
  });
});

describe.each(Object.keys(hosts))('options of the in-memory module under %s', (name) => {
  const within = async (options: AuthTestingOptions, work: (get: Get) => Promise<void>) => {
    const { app, get } = await hosts[name]!(options);
    try {
      await work(get);
    } finally {
      await app.close();
    }
  };

  it('a fixed clock is the time of all: ends of keys and tokens, windows of limits', async () => {
    const clock = new FixedClock('2031-05-01T12:00:00Z');
    await within({ clock }, async (get) => {
      const expiresAt = new Date('2031-05-01T13:00:00Z');
      const ending = [asApiKey({ expiresAt }), asToolKey({ taskId: 't', expiresAt }), asUser({ expiresAt })];
      const limited = asApiKey({ rateLimit: { limit: 1, windowSeconds: 60 } });
      const outcomes = () => Promise.all(ending.map(async (headers) => outcomeOf(await get('/me', headers))));
      expect(await outcomes()).toEqual([200, 200, 200]);
      expect([outcomeOf(await get('/me', limited)), outcomeOf(await get('/me', limited))]).toEqual([
        200,
        '429 RATE_LIMITED',
      ]);
      clock.set('2031-05-01T13:00:30Z');
      expect(await outcomes()).toEqual(['401 INVALID_API_KEY', '401 INVALID_TOOL_KEY', '401 EXPIRED_TOKEN']);
      expect(outcomeOf(await get('/me', limited))).toBe('429 RATE_LIMITED');
      clock.advance(60_000);
      expect(outcomeOf(await get('/me', limited))).toBe(200);
      clock.set('2031-05-01T12:30:00Z');
      expect(await outcomes()).toEqual([200, 200, 200]);
    });
  });

  it('those of AuthModule mean what they mean there', async () => {
    await within(
      { environment: 'test', apiKeyHeaders: ['X-Notes-Key'], confineAgents: true },
      async (get) => {
        const key = { environment: 'test', header: 'X-Notes-Key' } as const;
        expect(outcomeOf(await get('/me', asApiKey(key)))).toBe(200);
        expect(outcomeOf(await get('/me', asApiKey({ ...key, header: 'Authorization' })))).toBe(200);
        expect(outcomeOf(await get('/me', asApiKey({ environment: 'test' })))).toBe('401 MISSING_TOKEN');
        expect(outcomeOf(await get('/me', asApiKey({ header: 'X-Notes-Key' })))).toBe('401 INVALID_API_KEY');
        const agent = { ...asUser(), 'x-agent-context': '1' };
        expect(outcomeOf(await get('/me', agent))).toBe('403 AGENT_CONTEXT');
      },
    );
    await within({ failuresPerMinute: 1 }, async (get) => {
      expect(outcomeOf(await get('/me', { 'x-api-key': 'one' }))).toBe('401 INVALID_API_KEY');
      expect(outcomeOf(await get('/me', { 'x-api-key': 'two' }))).toBe('429 RATE_LIMITED');
      expect(outcomeOf(await get('/me', asUser()))).toBe(200);
    });
  });
});

describe('ApiKeysModule on the in-memory module', () => {
  it('makes a personal key that works until it is revoked', async () => {
    @Module({ imports: [AuthTestingModule.forRoot(), ApiKeysModule, NotesModule] })
    class HostModule {}
    const app = await NestFactory.create(HostModule, new ExpressAdapter(), {
      logger: false,
      abortOnError: false,
    });
    await app.init();
    try {
      const server = request(app.getHttpServer());
      const made = await server.post('/api/v1/auth/api-keys').set(asUser());
      expect(made.status).toBe(201);
      const key = { 'x-api-key': (made.body as { key: string }).key };
      expect((await server.get('/me').set(key)).body).toMatchObject({ userId: testUserId });
      expect((await server.delete('/api/v1/auth/api-keys').set(asUser())).status).toBe(200);
      expect((await server.get('/me').set(key)).status).toBe(401);
    } finally {
      await app.close();
    }
  });
});

describe('a real AuthModule', () => {
  it.each<[string, IssuerOptions[]]>([
    ['without an issuer', []],
    [
      'that trusts an issuer of the same name',
      [
        {
          issuer: 'https://gatehouse-testing.invalid/',
          audience: 'https://gatehouse-testing.invalid/',
          publicKey: { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
        },
      ],
    ],
  ])('%s accepts no credential of the kit, though the kit is loaded', async (_what, issuers) => {
    const database = await createScratchDatabase();
    @Module({
      imports: [
        DatabaseModule.forRoot({ url: database.url, entities: gatehouseEntities }),
        AuthModule.forRoot({ issuers, failuresPerMinute: 0 }),
        NotesModule,
      ],
    })
    class RealModule {}
    const app = await NestFactory.create(RealModule, new ExpressAdapter(), {
      logger: false,
      abortOnError: false,
    });
    await app.init();
    try {
      const credentials = [asUser(), asApiKey({ role: 'admin' }), asToolKey({ taskId: 't' })];
      const answers = await Promise.all(
        credentials.map((headers) => request(app.getHttpServer()).get('/me').set(headers)),
      );
      const ofUser = issuers.length === 0 ? 'AUTH_NOT_CONFIGURED' : 'INVALID_TOKEN';
      expect(answers.map(({ body }) => (body as { code: string }).code)).toEqual([
        ofUser,
        'INVALID_API_KEY',
        'INVALID_TOOL_KEY',
      ]);
    } finally {
      await app.close();
      await database.drop();
    }
  });
});
