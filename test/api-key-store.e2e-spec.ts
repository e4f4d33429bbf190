import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { OffboardingService } from '../src/api-keys/offboarding.service.js';
import { ApiKeysModule } from '../src/api-keys/api-keys.module.js';
import { AuditEvent } from '../src/audit/audit-event.entity.js';
import { AuthModule } from '../src/auth/auth.module.js';
import { Database } from '../src/database/database.js';
import { DatabaseModule } from '../src/database/database.module.js';
import { ApiKeyStore, type KeyPage } from '../src/key-store/api-key.store.js';
import type { ApiKey } from '../src/key-store/api-key.entity.js';
import { checkedStore } from '../src/key-store/checked-api-key.store.js';
import { KeyMint } from '../src/key-store/key-mint.js';
import { MemoryApiKeyStore } from '../src/key-store/memory-api-key.store.js';
import { BuiltinIssuer } from '../src/issuer/builtin-issuer.js';
import { gatehouseEntities } from '../src/entities.js';
import { Clock } from '../src/support/clock.js';
import { describeApiKeyStore } from './support/api-key-store-contract.js';
import { type Gatehouse, startGatehouse } from './support/gatehouse.js';
import { type SentHeaders, startSeamHost } from './support/seam-host.js';
import { createScratchDatabase } from './support/scratch-database.js';

let gatehouse: Promise<Gatehouse> | undefined;

afterAll(async () => (await gatehouse)?.close());

describeApiKeyStore('TypeOrmApiKeyStore', async () => {
  const { app } = await (gatehouse ??= startGatehouse());
  const eventsOf = async (ownerId: string) =>
    (await app.get(Database).read((manager) => manager.findBy(AuditEvent, { ownerId }))).map(
      ({ subjectId }) => subjectId,
    );
  return { store: app.get(ApiKeyStore), eventsOf };
});

describeApiKeyStore('MemoryApiKeyStore', async () => {
  const store = new MemoryApiKeyStore();
  const eventsOf = async (ownerId: string) =>
    store.events.filter(({ entry }) => entry.ownerId === ownerId).map(({ entry }) => entry.subjectId);
  return { store, eventsOf };
});

describeApiKeyStore('a store of the application', async () => {
  const store = new MemoryApiKeyStore();
  const eventsOf = async (ownerId: string) =>
    store.events.filter(({ entry }) => entry.ownerId === ownerId).map(({ entry }) => entry.subjectId);
  return { store: checkedStore(store, new Clock()), eventsOf };
});

/** Says yes to everything: whichever key it is asked about, it has one. */
class YesStore extends MemoryApiKeyStore {
  override async findByHash(hash: string): Promise<ApiKey | null> {
    const [any = null] = await this.list({}, { limit: 1 });
    return (await super.findByHash(hash)) ?? any;
  }
}

it('a store that answers with another key is a 503 that is not cached, and never grants access', async () => {
  const host = await startSeamHost({ apiKeyStore: YesStore });
  const { key } = (await host.send('POST', '/api/v1/auth/api-keys', host.bearer())).body;
  expect(await host.verdict('GET', '/rooms/people', { 'x-api-key': key })).toBe('200');
  const forged = new KeyMint().mintApiKey('live').key;
  const sent: SentHeaders[] = [
    { 'x-api-key': forged },
    { authorization: 'Bearer of-another-system-0123456789' },
  ];
  for (const header of sent)
    expect(await host.verdict('GET', '/rooms/people', header)).toBe('503 DB_UNAVAILABLE');
  expect((await host.send('POST', '/rooms/anybody', { 'x-api-key': forged })).body).toEqual({ known: false });
  await host.close();
});

it('a store that returns keys of others has none of them revoked with the keys of a user', async () => {
  class OfEveryone extends MemoryApiKeyStore {
    override list(_filter: object, page: KeyPage): Promise<ApiKey[]> {
      return super.list({}, page);
    }
  }
  const host = await startSeamHost({ apiKeyStore: OfEveryone });
  const keys: string[] = [];
  for (let turn = 0; turn < 120; turn += 1) {
    const bearer = host.bearer(`p${turn}@example.com`);
    keys.push((await host.send('POST', '/api/v1/auth/api-keys', bearer)).body.key);
  }
  const { userId } = (await host.send('GET', '/api/v1/auth/me', host.bearer('p0@example.com'))).body;
  const actor = { user: null, origin: null };
  const offboarding = host.app.get(OffboardingService, { strict: false });
  expect(await offboarding.endKeys(actor, userId)).toEqual({ apiKeys: 1, toolKeys: 0 });
  const verdicts = keys.map((key) => host.verdict('GET', '/rooms/people', { 'x-api-key': key }));
  const [first, ...others] = await Promise.all(verdicts);
  expect([first, new Set(others)]).toEqual(['401 INVALID_API_KEY', new Set(['200'])]);
  await offboarding.erase(actor, userId);
  expect(await host.verdict('GET', '/rooms/people', host.bearer('p0@example.com'))).toBe(
    '401 USER_NOT_FOUND',
  );
  await host.close();
});

it('an application can supply its own store', async () => {
  const database = await createScratchDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
  const issuer = BuiltinIssuer.open(dataDir);
  const root = {
    module: class HostModule {},
    imports: [
      DatabaseModule.forRoot({ url: database.url, entities: gatehouseEntities }),
      AuthModule.forRoot({ issuers: [issuer.options], apiKeyStore: MemoryApiKeyStore }),
      ApiKeysModule,
    ],
  };
  const app = await NestFactory.create(root, new FastifyAdapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}/api/v1/auth/api-keys`;
  const headers = { authorization: `Bearer ${issuer.tokenFor('ada@example.com', 600)}` };
  const { id, key } = (await (await fetch(url, { method: 'POST', headers })).json()) as {
    id: string;
    key: string;
  };
  const store = app.get(ApiKeyStore);
  expect(store).toBeInstanceOf(MemoryApiKeyStore);
  expect((await store.find(id))?.id).toBe(id);
  const status = async () => (await fetch(url, { headers: { 'x-api-key': key } })).status;
  expect(await status()).toBe(200);
  await fetch(url, { method: 'DELETE', headers });
  expect(await status()).toBe(401);
  await app.close();
  await database.drop();
  await rm(dataDir, { recursive: true });
});
