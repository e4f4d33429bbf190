import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { KeyExpiry, KeyExpiryWarnings } from '../src/api-keys/key-expiry.js';
import { UnusedKeys } from '../src/api-keys/unused-keys.js';
import { AuditDispatcher } from '../src/audit/audit-dispatcher.js';
import { AuditModule } from '../src/audit/audit.module.js';
import { ApiKey } from '../src/key-store/api-key.entity.js';
import { Database } from '../src/database/database.js';
import { KeyUsage } from '../src/usage/key-usage.js';
import { type Gatehouse, startGatehouse } from './support/gatehouse.js';
import type { Json } from './support/json.js';
import { RecordingSink } from './support/recording-sink.js';
import { startReplica } from './support/second-replica.js';

const path = '/api/v1/api-keys';
const day = 86_400;
let gatehouse: Gatehouse;
let headers: Record<string, string>;
let people = 0;
const sink = new RecordingSink();

beforeAll(async () => {
  const imports = [AuditModule.forRoot({ sink })];
  gatehouse = await startGatehouse({ unusedAction: 'disable' }, { imports });
});
beforeEach(() => {
  people += 1;
  headers = gatehouse.bearer(`person-${people}@example.com`, 1_000 * day);
});
afterAll(() => gatehouse.close());

const inDays = (days: number) => new Date(gatehouse.now() + days * day * 1_000).toISOString();
const create = async (body: object = {}): Promise<Json> =>
  (await gatehouse.send('POST', path, { headers, body: { name: 'CI', scopes: ['a:read'], ...body } })).body;
const change = (id: string, body: object) => gatehouse.send('PATCH', `${path}/${id}`, { headers, body });
const eventsOf = async (id: string): Promise<Json[]> =>
  (await gatehouse.send('GET', `${path}/${id}/events`, { headers })).body.events.toReversed();
const typesOf = async (id: string) => (await eventsOf(id)).map(({ type }) => type).slice(1);
const daysLeft = async (id: string) =>
  (await eventsOf(id)).filter(({ type }) => type === 'expiring').map(({ details }) => details.daysLeft);
const use = async ({ key }: Json) => {
  const { status } = await gatehouse.send('GET', '/api/v1/auth/me', { headers: { 'x-api-key': key } });
  await gatehouse.app.get(KeyUsage).flush();
  return status;
};
const statusOf = async ({ id }: Json) =>
  (await gatehouse.send('GET', `${path}/${id}`, { headers })).body.status;

describe('expiring', () => {
  const run = () => gatehouse.app.get(KeyExpiryWarnings).run();
  const passAndRun = async (days: number) => {
    gatehouse.pass(days * day);
    await run();
  };

  it('is written 14, 7 and 1 days before the end, once each, and sent to the sink', async () => {
    const { id, expiresAt } = await create({ expiresAt: inDays(20) });
    await passAndRun(5.99);
    expect(await daysLeft(id)).toEqual([]);
    await passAndRun(0.01);
    await run();
    expect(await daysLeft(id)).toEqual([14]);
    await passAndRun(7);
    await passAndRun(1);
    expect(await daysLeft(id)).toEqual([14, 7]);
    await passAndRun(5);
    expect(await daysLeft(id)).toEqual([14, 7, 1]);
    expect((await eventsOf(id)).at(-1)).toMatchObject({
      actor: { type: 'system' },
      details: { name: 'CI', expiresAt },
    });
    await passAndRun(2);
    await gatehouse.app.get(KeyExpiry).run();
    expect(await typesOf(id)).toEqual(['expiring', 'expiring', 'expiring', 'expired']);
    await gatehouse.app.get(AuditDispatcher).run();
    const sent = sink.batches.flat().filter(({ subject }) => subject.id === id);
    expect(sent.map(({ type }) => type).slice(1)).toEqual(await typesOf(id));
  });

  it('is written once for what an outage missed, and never after the end', async () => {
    const { id } = await create({ expiresAt: inDays(20) });
    const ended = await create({ expiresAt: inDays(15) });
    await passAndRun(17);
    expect([await daysLeft(id), await daysLeft(ended.id)]).toEqual([[3], []]);
    await passAndRun(2);
    expect(await daysLeft(id)).toEqual([3, 1]);
  });

  it('is not written for times that were past when the expiry was set', async () => {
    const three = await create({ expiresAt: inDays(3) });
    const moved = await create({ expiresAt: inDays(60) });
    const hours = await create({ expiresAt: inDays(0.5) });
    await change(moved.id, { expiresAt: inDays(10) });
    await run();
    await passAndRun(3.5);
    expect([await daysLeft(three.id), await daysLeft(moved.id), await daysLeft(hours.id)]).toEqual([
      [],
      [7],
      [],
    ]);
    const later = await create({ expiresAt: inDays(3) });
    await passAndRun(2);
    expect(await daysLeft(later.id)).toEqual([1]);
  });

  it('begins anew when the expiry is moved, and ends when it is lifted', async () => {
    const moved = await create({ expiresAt: inDays(15) });
    const lifted = await create({ expiresAt: inDays(15) });
    await passAndRun(1);
    await change(moved.id, { expiresAt: inDays(30) });
    await change(lifted.id, { expiresAt: null });
    await passAndRun(15);
    expect([await daysLeft(moved.id), await daysLeft(lifted.id)]).toEqual([[14], [14]]);
    await passAndRun(1);
    expect([await daysLeft(moved.id), await daysLeft(lifted.id)]).toEqual([[14, 14], [14]]);
  });

  it('is not written for a key that is revoked, disabled or replaced, and is for its replacement', async () => {
    const [revoked, disabled, rotated] = await Promise.all(
      [1, 2, 3].map(() => create({ expiresAt: inDays(15) })),
    );
    await gatehouse.send('DELETE', `${path}/${revoked?.id}`, { headers });
    await change(disabled?.id, { enabled: false });
    const rotation = { headers, body: { overlapSeconds: 604_800 } };
    const { id } = (await gatehouse.send('POST', `${path}/${rotated?.id}/rotate`, rotation)).body;
    await passAndRun(6.5);
    await change(disabled?.id, { enabled: true });
    for (const key of [revoked, disabled, rotated]) expect(await daysLeft(key?.id)).toEqual([]);
    expect(await daysLeft(id)).toEqual([9]);
    await passAndRun(1.5);
    expect([await daysLeft(disabled?.id), await daysLeft(id)]).toEqual([[7], [9, 7]]);
  });

  it('is written for a personal key, and once when two replicas run', async () => {
    const { id } = (await gatehouse.send('POST', '/api/v1/auth/api-keys', { headers })).body;
    const admin = { headers: { 'x-api-key': gatehouse.adminKey } };
    const adminPath = `/api/v1/admin/api-keys/${id}`;
    await gatehouse.send('PATCH', adminPath, { ...admin, body: { expiresAt: inDays(15) } });
    const other = await startReplica(gatehouse);
    gatehouse.pass(2 * day);
    await Promise.all([run(), other.app.get(KeyExpiryWarnings).run()]);
    const { events } = (await gatehouse.send('GET', `${adminPath}/events`, admin)).body;
    expect(events.filter(({ type }: Json) => type === 'expiring')).toHaveLength(1);
    await other.close();
  });

  it('is not repeated when the clock is set back', async () => {
    const { id } = await create({ expiresAt: inDays(15) });
    await passAndRun(1);
    await passAndRun(-5);
    await passAndRun(5.5);
    expect(await daysLeft(id)).toEqual([14]);
  });
});

describe('unused', () => {
  const run = () => gatehouse.app.get(UnusedKeys).run();
  const passAndRun = async (days: number) => {
    gatehouse.pass(days * day);
    await run();
  };

  it('is written after the last use or the creation, with the key disabled, which can be enabled again', async () => {
    const used = await create();
    const never = await create();
    await passAndRun(45);
    expect(await use(used)).toBe(200);
    await passAndRun(44.9);
    expect(await typesOf(never.id)).toEqual([]);
    await passAndRun(0.1);
    await run();
    expect(await typesOf(never.id)).toEqual(['unused', 'disabled']);
    expect(await typesOf(used.id)).toEqual(['used']);
    expect((await eventsOf(never.id)).at(-1)?.details).toMatchObject({ reason: 'unused' });
    expect([await statusOf(never), await use(never)]).toEqual(['disabled', 401]);
    await change(never.id, { enabled: true });
    await run();
    expect([await statusOf(never), await use(never)]).toEqual(['active', 200]);
    await passAndRun(50);
    expect((await eventsOf(used.id)).find(({ type }) => type === 'unused')?.details).toMatchObject({
      unusedDays: 90,
    });
  });

  it('disables a key that is in the cache at once', async () => {
    const key = await create();
    expect(await use(key)).toBe(200);
    gatehouse.pass(89.9999 * day);
    const { app } = gatehouse;
    expect(
      await gatehouse.send('GET', '/api/v1/auth/me', { headers: { 'x-api-key': key.key } }),
    ).toMatchObject({ status: 200 });
    // Only its use is not yet written.
    gatehouse.pass(20);
    await app.get(UnusedKeys).run();
    expect(await use(key)).toBe(401);
  });

  it('disables the access keys of a person, who can enable them, and only notes the personal key', async () => {
    const personal = (await gatehouse.send('POST', '/api/v1/auth/api-keys', { headers })).body;
    const mine = '/api/v1/me/api-keys';
    const body = { name: 'laptop', scopes: ['a:read'], expiresAt: inDays(89) };
    const { id } = (await gatehouse.send('POST', mine, { headers, body })).body;
    gatehouse.pass(60 * day);
    await gatehouse.send('PATCH', `${mine}/${id}`, { headers, body: { expiresAt: inDays(60) } });
    await passAndRun(30);
    const shown = (await gatehouse.send('GET', `${mine}/${id}`, { headers })).body;
    expect(shown).toMatchObject({ status: 'disabled', enabled: false });
    const enabled = await gatehouse.send('PATCH', `${mine}/${id}`, { headers, body: { enabled: true } });
    expect([enabled.status, enabled.body.status]).toEqual([200, 'active']);
    const me = { headers: { 'x-api-key': personal.key } };
    expect((await gatehouse.send('GET', '/api/v1/auth/me', me)).status).toBe(200);
    const events = (await gatehouse.send('GET', '/api/v1/auth/api-keys/events', { headers })).body.events;
    const ofPersonal = (events as Json[]).filter(({ subject }) => subject.id === personal.id);
    expect(ofPersonal.map(({ type }) => type)).toEqual(expect.arrayContaining(['unused']));
    expect(ofPersonal.map(({ type }) => type)).not.toContain('disabled');
  });

  it('gives a key that was enabled again its whole time, and so the replacement of a key', async () => {
    const [key, rotated] = [await create(), await create()];
    await passAndRun(89);
    const { id } = (await gatehouse.send('POST', `${path}/${rotated.id}/rotate`, { headers })).body;
    await passAndRun(1);
    await change(key.id, { enabled: true });
    await passAndRun(87.9);
    expect(await typesOf(id)).toEqual([]);
    await passAndRun(1.1);
    expect(await statusOf(key)).toBe('active');
    await passAndRun(1);
    expect(await typesOf(key.id)).toEqual(['unused', 'disabled', 'enabled', 'unused', 'disabled']);
  });

  it('leaves out keys that ended or were disabled, and only notes those of admins', async () => {
    const [expired, disabled, revoked] = [
      await create({ expiresAt: inDays(80) }),
      await create(),
      await create(),
    ];
    await change(disabled.id, { enabled: false });
    await gatehouse.send('DELETE', `${path}/${revoked.id}`, { headers });
    await passAndRun(100);
    for (const key of [expired, disabled, revoked]) expect(await typesOf(key.id)).not.toContain('unused');
    const admin = { headers: { 'x-api-key': gatehouse.adminKey } };
    const me = await gatehouse.send('GET', '/api/v1/auth/me', admin);
    expect(me.status).toBe(200);
    const { id } = (
      await gatehouse.send('GET', '/api/v1/admin/api-keys?limit=100&status=active', admin)
    ).body.keys.at(-1);
    const { events } = (await gatehouse.send('GET', `/api/v1/admin/api-keys/${id}/events`, admin)).body;
    expect(events.map(({ type }: Json) => type)).toContain('unused');
  });

  it('is written once when two replicas run, again only after a use, and with `notify` disables nothing', async () => {
    const notifying = { ...gatehouse, configuration: { ...gatehouse.configuration, unusedAction: 'notify' } };
    const other = await startReplica(notifying as Gatehouse);
    const third = await startReplica(notifying as Gatehouse);
    const key = await create();
    const keys = await Promise.all(Array.from({ length: 5 }, () => create()));
    gatehouse.pass(90 * day);
    const jobs = [other, third].map(({ app }) => app.get(UnusedKeys));
    await Promise.all(jobs.map((job) => job.run()));
    for (const { id } of [key, ...keys]) expect(await typesOf(id)).toEqual(['unused']);
    gatehouse.pass(100 * day);
    await other.app.get(UnusedKeys).run();
    expect(await typesOf(key.id)).toEqual(['unused']);
    expect(await use(key)).toBe(200);
    gatehouse.pass(90 * day);
    await other.app.get(UnusedKeys).run();
    expect(await typesOf(key.id)).toEqual(['unused', 'used', 'unused']);
    await Promise.all([other.close(), third.close()]);
  });

  it('of an imported or old key counts from when it came here', async () => {
    const key = await create();
    const database = gatehouse.app.get(Database);
    const before = new Date(gatehouse.now() - 1_000 * day * 1_000);
    await database.write((manager) => manager.update(ApiKey, { id: key.id }, { lastUsedAt: before }));
    await passAndRun(1);
    expect(await statusOf(key)).toBe('active');
  });
});

describe('lists', () => {
  const idsOf = async (query: string): Promise<string[]> =>
    (await gatehouse.send('GET', `${path}?${query}`, { headers })).body.keys.map(({ id }: Json) => id);

  it('are narrowed by expiresBefore and unusedSince, for owners and admins, with cursors of their own', async () => {
    const soon = await create({ expiresAt: inDays(2) });
    const sooner = await create({ expiresAt: inDays(1) });
    gatehouse.pass(3_600);
    const used = await create();
    await create({ expiresAt: inDays(30) });
    const time = encodeURIComponent(inDays(10));
    expect(await idsOf(`expiresBefore=${time}`)).toEqual([sooner.id, soon.id]);
    const since = encodeURIComponent(inDays(-0.001));
    expect(await idsOf(`unusedSince=${since}`)).toEqual([sooner.id, soon.id]);
    await use(soon);
    expect(await idsOf(`unusedSince=${since}`)).toEqual([sooner.id]);
    const admin = { headers: { 'x-api-key': gatehouse.adminKey } };
    const query = `unusedSince=${since}&expiresBefore=${time}&ownerId=${used.ownerId}`;
    const all = (await gatehouse.send('GET', `/api/v1/admin/api-keys?${query}`, admin)).body;
    expect([all.keys.map(({ id }: Json) => id), all.total]).toEqual([[sooner.id], 1]);
    const first = await gatehouse.send('GET', `${path}?expiresBefore=${time}&limit=1`, { headers });
    const cursor = first.body.nextCursor;
    expect(await idsOf(`expiresBefore=${time}&limit=1&cursor=${cursor}`)).toEqual([soon.id]);
    const elsewhere = await gatehouse.send('GET', `${path}?limit=1&cursor=${cursor}`, { headers });
    expect(elsewhere.body.details[0].path).toBe('cursor');
  });

  it.each(['2026-13-01T00:00:00Z', 'tomorrow', '', '1e9'])(
    'are not narrowed by the time %j',
    async (time) => {
      for (const name of ['expiresBefore', 'unusedSince']) {
        const answer = await gatehouse.send('GET', `${path}?${name}=${time}`, { headers });
        expect([answer.status, answer.body.details?.[0].path]).toEqual([400, name]);
      }
    },
  );
});
