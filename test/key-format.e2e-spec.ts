import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, Module, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiKeysModule } from '../src/api-keys/api-keys.module.js';
import { AuthModule } from '../src/auth/auth.module.js';
import type { AuthModuleExtras, AuthModuleOptions } from '../src/auth/auth.options.js';
import { CurrentUser } from '../src/auth/decorators.js';
import { Authenticated } from '../src/auth/guards.js';
import { Database } from '../src/database/database.js';
import { DatabaseModule } from '../src/database/database.module.js';
import { gatehouseEntities } from '../src/entities.js';
import { ApiKey } from '../src/key-store/api-key.entity.js';
import { KeyFormat, type KeyShape, type KeyText } from '../src/key-store/key-format.js';
import type { AuthenticatedUser, Environment } from '../src/principal/authenticated-user.js';
import { Clock } from '../src/support/clock.js';
import { BuiltinIssuer } from '../src/issuer/builtin-issuer.js';
import { ToolKeysModule } from '../src/tool-keys/tool-keys.module.js';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database.js';

/** `acme-live-<24 random bytes in hex>`. It injects what is global, as any class of the application may. */
@Injectable()
class AcmeFormat extends KeyFormat {
  override readonly heads = ['acme-'];

  constructor(private readonly database: Database) {
    super();
  }

  override create(environment: Environment) {
    if (!(this.database instanceof Database)) throw new Error('It is not made by Nest');
    const head = `acme-${environment}-`;
    const key = head + randomBytes(24).toString('hex');
    return { key, prefix: key.slice(0, head.length + 6) };
  }

  override recognise(key: string): KeyShape {
    return /^acme-(live|test)-[0-9a-f]{48}$/.test(key) ? 'PLAUSIBLE' : 'MALFORMED';
  }
}

@Controller('me')
@UseGuards(Authenticated)
class MeController {
  @Get()
  me(@CurrentUser() { userId, source }: AuthenticatedUser) {
    return { userId, ...source };
  }
}

let scratch: ScratchDatabase;
let folder: string;
let issuer: BuiltinIssuer;
let apps: NestFastifyApplication[];

beforeEach(async () => {
  apps = [];
  scratch = await createScratchDatabase();
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
  issuer = BuiltinIssuer.open(folder);
});
afterEach(async () => {
  for (const app of apps) await app.close();
  await scratch.drop();
  await rm(folder, { recursive: true });
});

async function start(options: AuthModuleOptions & AuthModuleExtras): Promise<NestFastifyApplication> {
  @Module({
    imports: [
      DatabaseModule.forRoot({ url: scratch.url, entities: gatehouseEntities, changeFeed: false }),
      AuthModule.forRoot({ issuers: [issuer.options], failuresPerMinute: 0, ...options }),
      ApiKeysModule,
      ToolKeysModule,
    ],
    controllers: [MeController],
  })
  class RootModule {}
  const adapter = new FastifyAdapter();
  const app = await NestFactory.create<NestFastifyApplication>(RootModule, adapter, {
    logger: false,
    abortOnError: false,
  });
  apps.push(app);
  await app.listen(0, '127.0.0.1');
  return app;
}

const bearer = (app: NestFastifyApplication) => ({
  authorization: `Bearer ${issuer.tokenFor('ada@example.com', 600, app.get(Clock, { strict: false }).now())}`,
});

type Answer = Record<string, unknown> & {
  readonly id: string;
  readonly key: string;
  readonly prefix: string;
};

async function ask(
  app: NestFastifyApplication,
  [method, path]: readonly [method: string, path: string],
  headers: Record<string, string>,
  body?: object,
): Promise<Answer> {
  const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await fetch((await app.getUrl()) + path, {
    method,
    headers: { ...headers, ...json },
    body: JSON.stringify(body),
  });
  return (await answer.json()) as Answer;
}

const createKey = (app: NestFastifyApplication) => ask(app, ['POST', '/api/v1/auth/api-keys'], bearer(app));
const me = (app: NestFastifyApplication, headers: Record<string, string>) =>
  ask(app, ['GET', '/me'], headers);

describe('a key format of the application', () => {
  it('creates keys that are shown once, stored as a hash, and accepted as API key and as bearer', async () => {
    const app = await start({ keyFormat: AcmeFormat });
    const { id, key, prefix } = await createKey(app);
    expect(key).toMatch(/^acme-live-[0-9a-f]{48}$/);
    expect(prefix).toBe(key.slice(0, 16));
    expect(await me(app, { 'x-api-key': key })).toMatchObject({ type: 'api_key', keyId: id });
    expect(await me(app, { authorization: `Bearer ${key}` })).toMatchObject({ type: 'api_key', keyId: id });
    const stored = await app.get(Database).read((manager) => manager.findOneByOrFail(ApiKey, { id }));
    expect(stored.hash).toBe(createHash('sha256').update(key).digest('hex'));
    expect(JSON.stringify(stored)).not.toContain(key.slice(prefix.length));
  });

  it('rejects what it does not recognise like any bad key, and makes tool keys as ever', async () => {
    const app = await start({ keyFormat: AcmeFormat });
    const { key } = await createKey(app);
    for (const bad of [key.slice(0, -1), `${key.slice(0, -1)}g`, 'acme-', 'acme-live-', `${key}0`])
      expect(await me(app, { 'x-api-key': bad })).toMatchObject({ code: 'INVALID_API_KEY' });
    const { key: toolKey } = await ask(app, ['POST', '/api/v1/tool-keys'], bearer(app), { taskId: 't' });
    expect(toolKey).toMatch(/^tk_[0-9A-Za-z]{49}$/);
    expect(await me(app, { 'x-tool-key': toolKey })).toMatchObject({ type: 'tool_key' });
  });

  it('leaves the keys of an earlier format as good as they were', async () => {
    const before = await start({});
    const old = await createKey(before);
    await before.close();
    apps.pop();
    const app = await start({ keyFormat: AcmeFormat });
    expect(await me(app, { 'x-api-key': old.key })).toMatchObject({ keyId: old.id });
    const refreshed = await ask(app, ['POST', '/api/v1/auth/api-keys/refresh'], bearer(app));
    expect(refreshed.key).toMatch(/^acme-live-/);
    expect(await me(app, { 'x-api-key': old.key })).toMatchObject({ code: 'INVALID_API_KEY' });
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no entropy');
      },
    ],
    ['makes nothing', () => null],
    ['makes a promise', () => Promise.resolve({ key: 'acme-live-x', prefix: 'acme' })],
    ['makes a short key', () => ({ key: 'acme-live-x', prefix: 'acme' })],
    [
      'shows all of a key',
      () => ({ key: `acme-live-${'a'.repeat(48)}`, prefix: `acme-live-${'a'.repeat(48)}` }),
    ],
  ])('that %s later on is a 503, and no key is made', async (_what, fault) => {
    let isBroken = false;
    class BrittleFormat extends AcmeFormat {
      override create(environment: Environment) {
        return isBroken ? (fault() as KeyText) : super.create(environment);
      }
    }
    const app = await start({ keyFormat: BrittleFormat });
    isBroken = true;
    const answer = await createKey(app);
    expect(answer).toMatchObject({
      code: 'AUTH_UNAVAILABLE',
      message: 'No key can be created at the moment.',
    });
    expect(await app.get(Database).read((manager) => manager.count(ApiKey))).toBe(0);
  });

  it('stops the start when its keys are weak, or when a prefix is given beside it', async () => {
    class WeakFormat extends AcmeFormat {
      override create() {
        const key = `acme-live-${randomBytes(4).toString('hex').padStart(48, '0')}`;
        return { key, prefix: 'acme-live-' };
      }
    }
    await expect(start({ keyFormat: WeakFormat })).rejects.toThrow(
      /^WeakFormat cannot create keys:\n {2}Behind the prefix its keys differ by about 32 bits; 128 are needed: take more from randomBytes of node:crypto\.$/,
    );
    await expect(start({ keyFormat: AcmeFormat, keyPrefix: 'acme' })).rejects.toThrow(
      'keyPrefix is for the default format of keys: leave it out, as keyFormat has its own prefixes.',
    );
  });
});
