import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Gatehouse, issueToolKey, startGatehouse } from './support/gatehouse.js';

const all = '/api/v1/admin/tool-keys';
let gatehouse: Gatehouse;
let admin: { 'x-api-key': string };

beforeAll(async () => {
  gatehouse = await startGatehouse({ issuerUrl: 'https://auth.example.com' });
  admin = { 'x-api-key': gatehouse.adminKey };
});
afterAll(() => gatehouse.close());

const ask = (method: string, path: string, headers: Record<string, string> = admin) =>
  gatehouse.send(method, path, { headers });
const ownerOf = async (email: string) =>
  (await ask('GET', '/api/v1/auth/me', gatehouse.bearer(email))).body.ownerId as string;
const statusOf = async ({ key }: { key: string }) =>
  (await ask('GET', '/api/v1/auth/me', { 'x-tool-key': key })).status;

describe('an agent', () => {
  it('may have a name, which lists, trees and itself show', async () => {
    const named = await issueToolKey(gatehouse, { name: 'researcher', maxCalls: 10 });
    const nameless = await issueToolKey(gatehouse);
    const { body } = await ask('GET', '/api/v1/tool-keys', gatehouse.bearer());
    expect(body.keys).toMatchObject([
      { id: nameless.id, name: null, remainingCalls: null },
      { id: named.id, name: 'researcher', remainingCalls: 10 },
    ]);
    expect((await ask('GET', '/api/v1/tool-keys/self', { 'x-tool-key': named.key })).body.name).toBe(
      'researcher',
    );
  });

  it.each(['', 'a\u0007b', 'x'.repeat(101)])('may not be called %j', async (name) => {
    const { status, body } = await gatehouse.send('POST', '/api/v1/tool-keys', {
      headers: gatehouse.bearer(),
      body: { taskId: 'task-1', name },
    });
    expect([status, body.details[0].path]).toEqual([400, 'name']);
  });

  it('is no longer current once it has ended or expired', async () => {
    const headers = gatehouse.bearer('current@example.com', 86_400);
    const [lasting, ended, short] = [
      await issueToolKey(gatehouse, {}, headers),
      await issueToolKey(gatehouse, {}, headers),
      await issueToolKey(gatehouse, { ttlSeconds: 60 }, headers),
    ];
    await ask('DELETE', `/api/v1/tool-keys/${ended.id}`, headers);
    const current = async () =>
      (await ask('GET', '/api/v1/tool-keys?current=true', headers)).body.keys.map(
        ({ id }: { id: string }) => id,
      );
    expect(await current()).toEqual([short.id, lasting.id]);
    gatehouse.pass(61);
    expect(await current()).toEqual([lasting.id]);
    expect((await ask('GET', '/api/v1/tool-keys?current=maybe', headers)).status).toBe(400);
  });
});

describe('/api/v1/admin/tool-keys', () => {
  it('lists agents of all owners, or of one, and of one task', async () => {
    const [bob, eve] = [gatehouse.bearer('bob@example.com'), gatehouse.bearer('eve@example.com')];
    const ofBob = await issueToolKey(gatehouse, { taskId: 'shared-name' }, bob);
    const ofEve = await issueToolKey(gatehouse, { taskId: 'shared-name' }, eve);
    const listed = async (query: string) => (await ask('GET', `${all}?${query}`)).body.keys;
    expect(await listed('taskId=shared-name')).toMatchObject([
      { id: ofEve.id, ownerId: await ownerOf('eve@example.com') },
      { id: ofBob.id, ownerId: await ownerOf('bob@example.com') },
    ]);
    const own = await listed(`ownerId=${await ownerOf('bob@example.com')}`);
    expect(own).toMatchObject([{ id: ofBob.id }]);
    expect(JSON.stringify(own)).not.toContain('hash');
  });

  it('ends one agent with those below, and a task of one owner only', async () => {
    const [bob, eve] = [gatehouse.bearer('bob2@example.com'), gatehouse.bearer('eve2@example.com')];
    const top = await issueToolKey(gatehouse, { taskId: 't' }, bob);
    const child = await issueToolKey(gatehouse, { taskId: 't' }, { 'x-tool-key': top.key });
    const other = await issueToolKey(gatehouse, { taskId: 't' }, eve);
    const ended = await ask('DELETE', `${all}/${top.id}?wait=true`);
    expect(ended.body).toMatchObject({ id: top.id, status: 'ended', replicas: { missing: [] } });
    expect([await statusOf(top), await statusOf(child), await statusOf(other)]).toEqual([401, 401, 200]);

    const again = await issueToolKey(gatehouse, { taskId: 't' }, bob);
    const path = `${all}/of-task?taskId=t&ownerId=${await ownerOf('bob2@example.com')}`;
    expect((await ask('DELETE', path)).body).toMatchObject({ taskId: 't', ended: 1 });
    expect([await statusOf(again), await statusOf(other)]).toEqual([401, 200]);
    expect((await ask('DELETE', path.replace('taskId=t', 'taskId=none'))).status).toBe(404);
    const events = await ask('GET', `/api/v1/admin/audit-events?subjectId=${top.id}&type=revoked`);
    expect(events.body.events).toMatchObject([{ actor: { type: 'api_key' } }]);
  });

  it('is closed to all but admins, and an unknown agent is 404', async () => {
    const mine = await issueToolKey(gatehouse);
    for (const [method, path] of [
      ['GET', all],
      ['DELETE', `${all}/${mine.id}`],
      ['DELETE', `${all}/of-task?taskId=task-1&ownerId=${await ownerOf('ada@example.com')}`],
    ] as const)
      expect((await ask(method, path, gatehouse.bearer())).body.code).toBe('FORBIDDEN');
    expect(await statusOf(mine)).toBe(200);
    expect((await ask('DELETE', `${all}/01890a5d-ac96-774b-bcce-b302099a8057`)).status).toBe(404);
  });
});

describe('GET /api/v1/admin/status', () => {
  it('says how replicas, outbox and issuers are, to admins only', async () => {
    const { status, body } = await ask('GET', '/api/v1/admin/status');
    expect(status).toBe(200);
    const isPostgres = gatehouse.configuration.databaseUrl.startsWith('postgres');
    expect(body.replicas).toEqual(
      isPostgres
        ? {
            live: 1,
            confirmed: 1,
            missing: [],
            milliseconds: expect.any(Number),
            isFeedConnected: true,
            lagSeconds: body.replicas?.lagSeconds,
          }
        : null,
    );
    expect(body.outbox).toBeNull();
    expect(body.issuers).toEqual([
      {
        issuer: 'gatehouse',
        audiences: ['gatehouse'],
        isPrimary: expect.any(Boolean),
        isReachable: true,
        source: expect.any(String),
        algorithms: ['ES256'],
        keys: 1,
        refreshedSecondsAgo: null,
        failure: null,
        clockSkew: null,
      },
    ]);
    expect((await ask('GET', '/api/v1/admin/status', gatehouse.bearer())).status).toBe(403);
  });
});

describe('the audit trail', () => {
  it('finds what one request did', async () => {
    const { headers } = await gatehouse.send('POST', '/api/v1/admin/owners', {
      headers: admin,
      body: { name: 'by this request' },
    });
    const found = await ask('GET', `/api/v1/admin/audit-events?requestId=${headers['x-request-id']}`);
    expect(found.body.events).toMatchObject([{ type: 'created', details: { name: 'by this request' } }]);
    expect((await ask('GET', '/api/v1/admin/audit-events?requestId=none')).body.events).toEqual([]);
  });
});
