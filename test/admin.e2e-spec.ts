import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 } from 'uuid';
import { AuditEvent } from '../src/audit/audit-event.entity.js';
import { Database } from '../src/database/database.js';
import { createPersonalKey, type Gatehouse, issueToolKey, startGatehouse } from './support/gatehouse.js';

const keys = '/api/v1/admin/api-keys';
const owners = '/api/v1/admin/owners';
const events = '/api/v1/admin/audit-events';
let gatehouse: Gatehouse;
let admin: { 'x-api-key': string };

const ask = (method: string, path: string, body?: unknown) =>
  gatehouse.send(method, path, { headers: admin, body });
const me = (headers: Record<string, string>) => gatehouse.send('GET', '/api/v1/auth/me', { headers });
const ownerOf = async (email: string) => (await me(gatehouse.bearer(email))).body.ownerId as string;

beforeAll(async () => {
  gatehouse = await startGatehouse();
  admin = { 'x-api-key': gatehouse.adminKey };
});
afterAll(() => gatehouse.close());

describe('every admin route', () => {
  it.each<[string, string]>([
    ['GET', keys],
    ['POST', keys],
    ['GET', owners],
    ['POST', owners],
    ['GET', events],
  ])('%s %s is closed to all but admins', async (method, path) => {
    const personal = await createPersonalKey(gatehouse, `${method}-${path}@example.com`.replaceAll('/', '-'));
    const others: Record<string, string>[] = [
      gatehouse.bearer(),
      { 'x-api-key': personal.key },
      { 'x-tool-key': (await issueToolKey(gatehouse)).key },
      { 'x-tool-key': (await issueToolKey(gatehouse, {}, admin)).key },
    ];
    for (const headers of others) {
      const answer = await gatehouse.send(method, path, { headers });
      expect([answer.status, answer.body.code]).toEqual([403, 'FORBIDDEN']);
    }
    expect((await gatehouse.send(method, path)).status).toBe(401);
  });
});

describe('/api/v1/admin/api-keys', () => {
  it.each(['read_only', 'write_agent', 'admin'])(
    'makes a key with the role %s for any owner',
    async (role) => {
      const ownerId = await ownerOf('tenant@example.com');
      const created = await ask('POST', keys, { ownerId, name: role, role, environment: 'test' });
      expect(created.status).toBe(201);
      expect((await me({ 'x-api-key': created.body.key })).body).toMatchObject({
        ownerId,
        role,
        environment: 'test',
      });
    },
  );

  it('rejects an unknown owner', async () => {
    const answer = await ask('POST', keys, { ownerId: v7(), name: 'x' });
    expect([answer.status, answer.body.details[0].path]).toEqual([400, 'ownerId']);
  });

  it('lists the keys of all owners with their number', async () => {
    const before = (await ask('GET', keys)).body.total;
    const ownerId = await ownerOf('listed@example.com');
    await ask('POST', keys, { ownerId, name: 'one' });
    await createPersonalKey(gatehouse, 'listed@example.com');
    const all = (await ask('GET', `${keys}?limit=1`)).body;
    expect([all.total, all.keys.length]).toEqual([before + 2, 1]);
    const own = (await ask('GET', `${keys}?ownerId=${ownerId}`)).body;
    expect(own.keys.map(({ kind }: { kind: string }) => kind)).toEqual(['personal', 'service']);
    expect(own.total).toBe(2);
  });

  it('disables, rotates and revokes any key', async () => {
    const ownerId = await ownerOf('stopped@example.com');
    const { id, key } = (await ask('POST', keys, { ownerId, name: 'x', role: 'read_only' })).body;
    await ask('PATCH', `${keys}/${id}`, { enabled: false });
    expect((await me({ 'x-api-key': key })).status).toBe(401);
    await ask('PATCH', `${keys}/${id}`, { enabled: true });
    expect((await me({ 'x-api-key': key })).status).toBe(200);
    const rotated = (await ask('POST', `${keys}/${id}/rotate`)).body;
    expect((await me({ 'x-api-key': rotated.key })).status).toBe(200);
    expect((await ask('DELETE', `${keys}/${rotated.id}`, { reason: 'test' })).status).toBe(200);
    expect((await me({ 'x-api-key': rotated.key })).status).toBe(401);
    const seen = (await ask('GET', `${keys}/${rotated.id}/events`)).body.events;
    expect(seen[0]).toMatchObject({ type: 'revoked', actor: { type: 'api_key' } });
  });

  it('may hold members:manage, which only people and admins grant', async () => {
    const ownerId = await ownerOf('managed@example.com');
    const scopes = ['members:manage'];
    const { status, body } = await ask('POST', keys, { ownerId, name: 'x', scopes });
    expect([status, body.scopes]).toEqual([201, scopes]);
    await ask('PATCH', `${keys}/${body.id}`, { enabled: false });
    expect((await ask('PATCH', `${keys}/${body.id}`, { enabled: true })).status).toBe(200);
    expect((await ask('POST', keys, { ownerId, name: 'x', scopes: ['members:read'] })).status).toBe(403);
  });

  it('stops a personal key too, but gives it no scopes', async () => {
    const { id, key } = await createPersonalKey(gatehouse, 'personal@example.com');
    const scoped = await ask('PATCH', `${keys}/${id}`, { scopes: ['files:read'] });
    expect([scoped.status, scoped.body.details[0].path]).toEqual([400, 'scopes']);
    await ask('DELETE', `${keys}/${id}`);
    expect((await me({ 'x-api-key': key })).status).toBe(401);
  });
});

describe('/api/v1/admin/owners', () => {
  it('suspends all keys and users of an owner at once, and restores them', async () => {
    const email = 'whole@example.com';
    const ownerId = await ownerOf(email);
    const personal = await createPersonalKey(gatehouse, email);
    const service = (await ask('POST', keys, { ownerId, name: 'x' })).body;
    const tool = await issueToolKey(gatehouse, {}, gatehouse.bearer(email));
    const all: Record<string, string>[] = [
      gatehouse.bearer(email),
      { 'x-api-key': personal.key },
      { 'x-api-key': service.key },
      { 'x-tool-key': tool.key },
    ];
    const statuses = async () => (await Promise.all(all.map(me))).map(({ status }) => status);
    expect(await statuses()).toEqual([200, 200, 200, 200]);
    const disabled = await ask('POST', `${owners}/${ownerId}/disable`);
    expect([disabled.status, disabled.body.enabled]).toEqual([200, false]);
    expect(await statuses()).toEqual([401, 401, 401, 401]);
    await ask('POST', `${owners}/${ownerId}/disable`);
    expect((await ask('POST', `${owners}/${ownerId}/enable`)).body.enabled).toBe(true);
    expect(await statuses()).toEqual([200, 200, 200, 200]);
    const trail = (await ask('GET', `${events}?subjectId=${ownerId}`)).body.events;
    expect(trail.map(({ type }: { type: string }) => type)).toEqual(['enabled', 'disabled']);
  });

  it('creates an owner without users', async () => {
    const owner = (await ask('POST', owners, { name: 'Build farm' })).body;
    const { key } = (await ask('POST', keys, { ownerId: owner.id, name: 'x' })).body;
    expect((await me({ 'x-api-key': key })).body.ownerId).toBe(owner.id);
    expect((await ask('GET', `${owners}?limit=1`)).body).toMatchObject({
      owners: [owner],
      nextCursor: expect.any(String),
    });
  });

  it('does not stop the platform itself, and knows no other', async () => {
    expect((await ask('POST', `${owners}/00000000-0000-7000-8000-000000000001/disable`)).status).toBe(403);
    expect((await ask('POST', `${owners}/${v7()}/disable`)).status).toBe(404);
  });
});

describe('/api/v1/admin/audit-events', () => {
  it('is narrowed by owner, subject, type and time', async () => {
    const ownerId = await ownerOf('filtered@example.com');
    gatehouse.pass(1);
    const from = new Date(gatehouse.now()).toISOString();
    const { id } = (await ask('POST', keys, { ownerId, name: 'x' })).body;
    await ask('DELETE', `${keys}/${id}`);
    const typesOf = async (query: string) =>
      (await ask('GET', `${events}?${query}`)).body.events.map(({ type }: { type: string }) => type);
    expect(await typesOf(`ownerId=${ownerId}`)).toEqual(['revoked', 'created', 'created']);
    expect(await typesOf(`subjectId=${id}&type=created`)).toEqual(['created']);
    expect(await typesOf(`ownerId=${ownerId}&from=${from}`)).toEqual(['revoked', 'created']);
    expect(await typesOf(`ownerId=${ownerId}&to=2020-01-01T00:00:00Z`)).toEqual([]);
  });

  it.each(['type=nothing', 'from=yesterday', 'ownerId=x', 'format=xml', 'cursor=x', 'limit=0', 'x=1'])(
    'rejects ?%s',
    async (query) => {
      const answer = await ask('GET', `${events}?${query}`);
      expect([answer.status, answer.body.details[0].path]).toEqual([400, query.split('=')[0]]);
    },
  );

  it('streams all as NDJSON, in the order of the pages', async () => {
    const rows = Array.from({ length: 1_234 }, (_unused, turn) => ({
      id: v7(),
      time: new Date(turn),
      type: 'used' as const,
      subjectType: 'api_key' as const,
      subjectId: 'many',
      ownerId: '00000000-0000-7000-8000-0000000000aa',
      userId: null,
      actorType: 'system' as const,
      actorChain: [],
      ip: null,
      userAgent: null,
      requestId: null,
      details: null,
    }));
    await gatehouse.app.get(Database).write(async (manager) => {
      for (let start = 0; start < rows.length; start += 200)
        await manager.insert(AuditEvent, rows.slice(start, start + 200));
    });
    const answer = await ask('GET', `${events}?ownerId=00000000-0000-7000-8000-0000000000aa&format=ndjson`);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toContain('application/x-ndjson');
    const ids = answer.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).id);
    expect(ids).toEqual(rows.map(({ id }) => id).toReversed());
  });
});
