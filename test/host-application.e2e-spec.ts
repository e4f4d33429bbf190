import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { AuditEvent } from '../src/audit/audit-event.entity.js';
import { gatehouseTables } from '../src/entities.js';
import { ApiKey } from '../src/key-store/api-key.entity.js';
import { BuiltinIssuer } from '../src/issuer/builtin-issuer.js';
import { type HostApplication, type HostSettings, startHost } from './support/host-application.js';
import { hostWith } from './support/host-data-source.js';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database.js';

let dataDir: string;
let issuer: BuiltinIssuer;
let scratch: ScratchDatabase;
let hosts: HostApplication[];

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
  issuer = BuiltinIssuer.open(dataDir);
});
beforeEach(async () => {
  scratch = await createScratchDatabase();
  hosts = [];
});
afterEach(async () => {
  for (const { app } of hosts) await app.close();
  await scratch.drop();
});
afterAll(() => rm(dataDir, { recursive: true }));

async function start(settings: Partial<HostSettings> = {}): Promise<HostApplication> {
  const defaults = { url: scratch.url, issuer: issuer.options, adapter: new FastifyAdapter() };
  const host = await startHost({ ...defaults, ...settings });
  hosts.push(host);
  return host;
}

async function makeKey(host: HostApplication): Promise<Record<'x-api-key', string>> {
  const headers = { authorization: `Bearer ${issuer.tokenFor('ada@example.com', 600)}` };
  const { status, body } = await host.send('POST', '/api/v1/auth/api-keys', headers);
  expect(status).toBe(201);
  return { 'x-api-key': (body as { key: string }).key };
}

const naming = { prefix: 'gh_', schema: 'auth' };

describe('an application with its own data source', () => {
  it.each<[string, () => AbstractHttpAdapter, Partial<HostSettings>]>([
    ['Express', () => new ExpressAdapter(), {}],
    ['Express, with prefix and schema', () => new ExpressAdapter(), { naming }],
    ['Fastify, with prefix and schema', () => new FastifyAdapter(), { naming, migratesItself: false }],
    ['Fastify, its modules after ours', () => new FastifyAdapter(), { comesLast: true }],
  ])(
    'admits, writes its rows with our events, and loses nothing at the end: %s',
    async (_, adapter, settings) => {
      const host = await start({ adapter: adapter(), ...settings });
      expect((await host.send('GET', '/notes')).status).toBe(401);
      const key = await makeKey(host);
      const { status, body: note } = await host.send('POST', '/notes', key);
      expect(status).toBe(201);
      expect((await host.send('GET', '/notes', key)).body).toEqual([note]);
      await host.app.close();
      expect(host.dataSource.isInitialized).toBe(false);

      const later = await hostWith(scratch.url, gatehouseTables(settings.naming)).initialize();
      const events = await later.getRepository(AuditEvent).find({ order: { id: 'ASC' } });
      const [stored] = await later.getRepository(ApiKey).find();
      await later.destroy();
      expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['created', 'updated', 'used']));
      expect(stored?.lastUsedAt).toBeInstanceOf(Date);
    },
  );
});

describe('two applications in one process and one database', () => {
  it('do not mix tables with different prefixes', async () => {
    const [one, two] = [
      await start({ naming: { prefix: 'one_' } }),
      await start({ naming: { prefix: 'two_' } }),
    ];
    const key = await makeKey(one);
    expect((await one.send('GET', '/notes', key)).status).toBe(200);
    expect((await two.send('GET', '/notes', key)).status).toBe(401);
    expect(await two.dataSource.getRepository(ApiKey).count()).toBe(0);
    const other = await makeKey(two);
    expect((await two.send('GET', '/notes', other)).status).toBe(200);
    expect((await one.send('GET', '/notes', other)).status).toBe(401);
  });
});
