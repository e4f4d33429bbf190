import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, type INestApplication, Injectable, Module, UseGuards } from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { AuditTrail } from '../src/audit/audit-trail.js';
import { CurrentUser, Public } from '../src/auth/decorators.js';
import { Authenticated } from '../src/auth/guards.js';
import { gatehouseTables } from '../src/entities.js';
import { GatehouseModule } from '../src/gatehouse/gatehouse.module.js';
import type { GatehouseConfig } from '../src/gatehouse/gatehouse.options.js';
import { BuiltinIssuer } from '../src/issuer/builtin-issuer.js';
import type { AuthenticatedUser } from '../src/principal/authenticated-user.js';
import { ToolKeysService } from '../src/tool-keys/tool-keys.service.js';
import { hostWith } from './support/host-data-source.js';
import { eventually } from './support/eventually.js';
import { RecordingSink } from './support/recording-sink.js';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database.js';

type Imports = NonNullable<Parameters<typeof Module>[0]['imports']>;

@Controller('notes')
class NotesController {
  @Get()
  @UseGuards(Authenticated)
  list(@CurrentUser('ownerId') _: unknown, @CurrentUser() { ownerId, source }: AuthenticatedUser) {
    return { ownerId, source: source.type };
  }

  @Get('undecided')
  undecided() {
    return 'undecided';
  }

  @Get('open')
  @Public()
  open() {
    return 'open';
  }
}

/** Imports nothing of Gatehouse. */
@Injectable()
class Worker {
  constructor(
    readonly audit: AuditTrail,
    readonly toolKeys: ToolKeysService,
  ) {}
}

@Module({ controllers: [NotesController], providers: [Worker] })
class NotesModule {}

let scratch: ScratchDatabase;
let dataDir: string;
let apps: INestApplication[];

beforeEach(async () => {
  scratch = await createScratchDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
  apps = [];
});
afterEach(async () => {
  for (const app of apps) await app.close();
  await scratch.drop();
  await rm(dataDir, { recursive: true });
});

const logger = { log: () => undefined, warn: () => undefined, error: () => undefined };
const options = (more: Partial<GatehouseConfig> = {}): GatehouseConfig => ({
  database: { url: scratch.url, logger },
  devIssuer: { dataDir },
  ...more,
});
const bearer = (issuer = BuiltinIssuer.open(dataDir)) => ({
  authorization: `Bearer ${issuer.tokenFor('ada@example.com', 600)}`,
});

async function start(imports: Imports, adapter: AbstractHttpAdapter = new FastifyAdapter()) {
  @Module({ imports: [...imports, NotesModule] })
  class RootModule {}
  const app = await NestFactory.create(RootModule, adapter, { logger: false, abortOnError: false });
  apps.push(app);
  await app.listen(0, '127.0.0.1');
  const base = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  const send = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
    const answer = await fetch(base + path, { method, headers });
    const text = await answer.text();
    return { status: answer.status, body: text.startsWith('{') ? JSON.parse(text) : text };
  };
  return { app, send };
}

/** Why the application does not start. */
async function rejection(imports: Imports): Promise<string> {
  try {
    await start(imports);
  } catch (error) {
    return (error as Error).message;
  }
  return 'it starts';
}

describe('GatehouseModule', () => {
  it.each<[string, () => AbstractHttpAdapter]>([
    ['Express', () => new ExpressAdapter()],
    ['Fastify', () => new FastifyAdapter()],
  ])('admits the three credentials, and provides its services everywhere: %s', async (_, adapter) => {
    const { app, send } = await start([GatehouseModule.forRoot(options())], adapter());
    expect((await send('/notes')).status).toBe(401);
    const person = await send('/notes', bearer());
    expect(person).toMatchObject({ status: 200, body: { source: 'jwt' } });
    const { body } = await send('/api/v1/auth/api-keys', bearer(), 'POST');
    const program = await send('/notes', { 'x-api-key': body.key });
    expect(program).toMatchObject({ status: 200, body: { ...person.body, source: 'api_key' } });
    expect((await send('/api/v1/tool-keys', { 'x-api-key': body.key })).status).toBe(200);
    expect((await send('/notes/undecided')).status).toBe(200);
    expect(app.get(Worker, { strict: false })).toMatchObject({
      audit: expect.any(AuditTrail),
      toolKeys: expect.any(ToolKeysService),
    });
  });

  it('protects every route but public ones with globalGuard', async () => {
    const { send } = await start([GatehouseModule.forRoot(options({ globalGuard: true }))]);
    expect((await send('/notes/undecided')).body.code).toBe('MISSING_TOKEN');
    expect(await send('/notes/undecided', bearer())).toEqual({ status: 200, body: 'undecided' });
    expect((await send('/notes/open')).status).toBe(200);
  });

  it.each([{}, { prefix: 'gh_', schema: 'auth' }])(
    'works on the data source of its host, %j',
    async (naming) => {
      const { options: own } = hostWith(scratch.url, gatehouseTables(naming), { runsAll: true });
      const gatehouse = GatehouseModule.forRootAsync({
        inject: [DataSource],
        useFactory: (dataSource: DataSource) => ({
          database: { dataSource, logger },
          devIssuer: { dataDir },
        }),
        globalGuard: true,
      });
      const { send } = await start([TypeOrmModule.forRoot(own), gatehouse]);
      expect((await send('/notes/undecided')).status).toBe(401);
      expect((await send('/notes', bearer())).status).toBe(200);
    },
  );

  it('names its tables as told, and sends audit events to a sink', async () => {
    const auditSink = new RecordingSink();
    const database = { url: scratch.url, tablePrefix: 'gh_', logger };
    const { send } = await start([GatehouseModule.forRoot(options({ database, auditSink }))]);
    await send('/api/v1/auth/api-keys', bearer(), 'POST');
    await eventually(() => expect(auditSink.ids).not.toEqual([]));
  });

  it('hands options on to the modules', async () => {
    const more = { keyPrefix: 'acme', apiKeyHeaders: ['X-Notes-Key'], toolKeys: { maxPerTask: 1 } };
    const { send } = await start([GatehouseModule.forRoot(options(more))]);
    const { key } = (await send('/api/v1/auth/api-keys', bearer(), 'POST')).body;
    expect(key).toMatch(/^acme_/);
    expect((await send('/notes', { 'x-notes-key': key })).status).toBe(200);
    expect((await send('/notes', { 'x-api-key': key })).status).toBe(401);
  });
});

describe('the development issuer', () => {
  it('keeps its key in a file that its owner alone can read', async () => {
    const { send } = await start([GatehouseModule.forRoot(options())]);
    expect((await stat(join(dataDir, 'signing-key.pem'))).mode & 0o777).toBe(0o600);
    const other = await mkdtemp(join(dataDir, 'other-'));
    expect((await send('/notes', bearer(BuiltinIssuer.open(other)))).status).toBe(401);
  });

  it('accepts a key that was made anew without a restart', async () => {
    const { send } = await start([GatehouseModule.forRoot(options())]);
    await rm(join(dataDir, 'signing-key.pem'));
    const headers = bearer();
    await eventually(async () => expect((await send('/notes', headers)).status).toBe(200));
  });

  it.each(['production', 'Production ', 'prod', 'production\n'])(
    'stops the start when NODE_ENV is "%s"',
    async (mode) => {
      const environment = jest.replaceProperty(process, 'env', { ...process.env, NODE_ENV: mode });
      const message = await rejection([GatehouseModule.forRoot(options())]);
      expect(message).toContain('devIssuer is on, and NODE_ENV is neither unset nor');
      expect(await rejection([GatehouseModule.forRoot(options({ devIssuer: false }))])).toBe('it starts');
      environment.restore();
    },
  );

  it('is off by default', async () => {
    const { send } = await start([GatehouseModule.forRoot({ database: { url: scratch.url, logger } })]);
    expect((await send('/notes', bearer())).body.code).toBe('AUTH_NOT_CONFIGURED');
  });
});

describe('wrong options', () => {
  it.each<[object, RegExp]>([
    [{ issuer: 'x' }, /issuer is no option of GatehouseModule; there are .*database/],
    [{ database: undefined }, /database is missing: write database: \{ url \}/],
    [{ database: { url: 'mysql://x' } }, /must start with postgres/],
    [{ database: { url: 'sqlite:x.db', prefix: 'a' } }, /there is no option prefix, only .*tablePrefix/],
    [{ devIssuer: 'yes' }, /devIssuer is true, false or \{ dataDir \}/],
    [{ devIssuer: { folder: 'x' } }, /devIssuer is true, false or \{ dataDir \}/],
    [{ globalGuard: 'yes' }, /globalGuard is true or false/],
    [{ keyPrefix: 'MK' }, /keyPrefix is 1 to 16/],
    [{ apiKeys: { max: 1 } }, /max is no option of ApiKeysModule/],
    [{ toolKeys: 7 }, /toolKeys is an object of options/],
    [
      { issuers: [{ issuer: 'gatehouse', audience: 'x', jwksUrl: 'https://login.example.com/jwks.json' }] },
      /names the same issuer/,
    ],
  ])('%j stop the start', async (wrong, expected) => {
    expect(await rejection([GatehouseModule.forRoot(options(wrong as GatehouseConfig))])).toMatch(expected);
  });

  it('in the result of a factory stop the start if they belong beside it', async () => {
    const useFactory = () => options({ globalGuard: true });
    expect(await rejection([GatehouseModule.forRootAsync({ useFactory })])).toMatch(
      'globalGuard stands beside useFactory in forRootAsync({ globalGuard, useFactory }), not in what it returns.',
    );
  });

  it('are none, or stand twice', async () => {
    const plain = NestFactory.create(GatehouseModule, { logger: false, abortOnError: false });
    await expect(plain).rejects.toThrow('GatehouseModule is imported without options');
    const none = GatehouseModule.forRootAsync({ useFactory: () => undefined as never });
    expect(await rejection([none])).toMatch(/at least \{ database/);
    const twice = [GatehouseModule.forRoot(options()), GatehouseModule.forRoot(options())];
    expect(await rejection(twice)).toMatch(/^GatehouseModule is imported 2 times/);
  });
});
