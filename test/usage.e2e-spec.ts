import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { KeyExpiry } from '../src/api-keys/key-expiry.js';
import { AuditTrail } from '../src/audit/audit-trail.js';
import { Database } from '../src/database/database.js';
import { ApiKey } from '../src/key-store/api-key.entity.js';
import { ApiKeyStore } from '../src/key-store/api-key.store.js';
import { AuthError } from '../src/principal/auth-error.js';
import { Clock } from '../src/support/clock.js';
import { KeyCountStore, KeyUsageCount } from '../src/usage/key-count.store.js';
import { KeyCounts } from '../src/usage/key-counts.js';
import { KeyTouches } from '../src/usage/key-touches.js';
import { KeyUsage } from '../src/usage/key-usage.js';
import { RejectionRecorder } from '../src/usage/sampled-events.js';
import { ScopeUseStore } from '../src/usage/scope-use.store.js';
import { OutcomeSums } from '../src/usage/outcome-sums.js';
import { UsageSums } from '../src/usage/usage-sums.js';
import { ScopeUses } from '../src/usage/scope-uses.js';
import { open } from './support/database-tools.js';
import { type Gatehouse, issueToolKey, startGatehouse } from './support/gatehouse.js';
import { createScratchDatabase } from './support/scratch-database.js';

const path = '/api/v1/api-keys';
const hour = 3_600_000;
let gatehouse: Gatehouse;
let people = 0;

beforeAll(async () => {
  gatehouse = await startGatehouse({ trustProxy: true });
});
afterAll(() => gatehouse.close());
afterEach(() => {
  jest.restoreAllMocks();
});

const newUser = () => gatehouse.bearer(`user-${(people += 1)}@example.com`) as Record<string, string>;
const get = (route: string, headers: Record<string, string>, from = gatehouse) =>
  from.send('GET', route, { headers });
const me = (key: string, headers: object = {}, from = gatehouse) =>
  get('/api/v1/auth/me', { 'x-api-key': key, ...headers }, from);

async function create(headers: Record<string, string>, fields: object = {}, at = gatehouse) {
  const { body } = await at.send('POST', path, { headers, body: { name: 'CI', ...fields } });
  return body as { id: string; key: string };
}

async function usageOf(headers: Record<string, string>, id: string, query = '') {
  const { body } = await get(`${path}/${id}/usage${query}`, headers);
  return body as {
    from: string;
    to: string;
    bucket: string;
    total: Record<string, number>;
    buckets: { start: string; counts: Record<string, number> }[];
  };
}

async function eventsOf(headers: Record<string, string>, id: string, type: string) {
  const { body } = await get(`${path}/${id}/events`, headers);
  return (body.events as { type: string }[]).filter((event) => event.type === type);
}

async function storedCounts(database: Database, keyId: string): Promise<Record<string, number>> {
  const rows = await database.read((manager) => manager.findBy(KeyUsageCount, { keyId }));
  const counts: Record<string, number> = {};
  for (const { outcome, count } of rows) counts[outcome] = (counts[outcome] ?? 0) + count;
  return counts;
}

const failWrites = () =>
  jest.spyOn(gatehouse.app.get(Database), 'write').mockRejectedValue(new AuthError('DB_UNAVAILABLE'));
const usage = () => gatehouse.app.get(KeyUsage);
const database = () => gatehouse.app.get(Database);

const keyRef = (id: string) => ({ type: 'api_key', id, ownerId: id, userId: null }) as const;
const nowhere = { ip: null, userAgent: null, requestId: null };

/** A replica, as far as usage goes. */
function anotherUsage(): KeyUsage {
  const { app } = gatehouse;
  const clock = app.get(Clock);
  return new KeyUsage(
    new KeyTouches(database(), app.get(ApiKeyStore), app.get(AuditTrail), clock),
    new KeyCounts(app.get(KeyCountStore), app.get(UsageSums), app.get(OutcomeSums), clock),
    new ScopeUses(app.get(ScopeUseStore), clock),
    new RejectionRecorder(database(), app.get(AuditTrail), clock),
  );
}

describe('counts', () => {
  it('are exact under 200 parallel requests, before and after they are written', async () => {
    const headers = newUser();
    const { id, key } = await create(headers);
    await Promise.all(
      Array.from({ length: 200 }, async (_unused, turn) => {
        await me(key);
        if (turn % 50 === 0) await usage().flush();
      }),
    );
    expect((await usageOf(headers, id)).total).toEqual({ VALID: 200 });
    await usage().flush();
    expect((await usageOf(headers, id)).total).toEqual({ VALID: 200 });
    expect(await storedCounts(database(), id)).toEqual({ VALID: 200 });
  });

  it('show why requests were rejected', async () => {
    const headers = newUser();
    const limited = { rateLimit: { limit: 2, windowSeconds: 3600 }, allowedIps: ['192.0.2.0/24'] };
    const { id, key } = await create(headers, limited);
    const from = { 'x-forwarded-for': '192.0.2.1' };
    expect((await me(key)).status).toBe(401);
    const statuses = [await me(key, from), await me(key, from), await me(key, from)];
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 429]);
    const patch = (body: object) => gatehouse.send('PATCH', `${path}/${id}`, { headers, body });
    await patch({ enabled: false });
    await me(key, from);
    await patch({ enabled: true });
    await gatehouse.send('DELETE', `${path}/${id}`, { headers });
    await me(key, from);
    await me(key, from);
    await usage().flush();
    expect((await usageOf(headers, id)).total).toEqual({
      VALID: 2,
      RATE_LIMITED: 1,
      IP_NOT_ALLOWED: 1,
      DISABLED: 1,
      REVOKED: 2,
    });
  });

  it('count requests that lack a scope once, whether or not the key has a limit', async () => {
    const headers = newUser();
    for (const rateLimit of [null, { limit: 9, windowSeconds: 60 }]) {
      const { id, key } = await create(headers, { rateLimit, scopes: ['files:read'] });
      expect((await get(path, { 'x-api-key': key })).status).toBe(403);
      expect((await usageOf(headers, id)).total).toEqual({ INSUFFICIENT_SCOPE: 1 });
    }
  });

  it('are sampled into the trail, each reason once a minute, with the number of those in between', async () => {
    const headers = newUser();
    const { id, key } = await create(headers, { scopes: ['files:read'] });
    await get(path, { 'x-api-key': key });
    await gatehouse.send('DELETE', `${path}/${id}`, { headers });
    for (let n = 0; n < 5; n += 1) await me(key, { 'user-agent': 'old daemon' });
    await usage().flush();
    const rejected = await eventsOf(headers, id, 'refused');
    expect(rejected).toMatchObject([
      {
        details: { reason: 'REVOKED', unwritten: 0 },
        userAgent: 'old daemon',
        actor: { type: 'api_key', chain: [{ type: 'api_key', id }] },
      },
      { details: { reason: 'INSUFFICIENT_SCOPE', unwritten: 0 } },
    ]);
    gatehouse.pass(61);
    await me(key);
    await usage().flush();
    const [newest] = await eventsOf(headers, id, 'refused');
    expect(newest).toMatchObject({ details: { reason: 'REVOKED', unwritten: 4 } });
    expect((await usageOf(headers, id)).total).toEqual({ REVOKED: 6, INSUFFICIENT_SCOPE: 1 });
  });

  it('of two replicas that write at once add up', async () => {
    const headers = newUser();
    const made = [await create(headers), await create(headers)];
    const replicas = [usage(), anotherUsage(), anotherUsage()];
    for (const replica of replicas) {
      for (const { id } of made)
        for (let n = 0; n < 10; n += 1) replica.rejected(keyRef(id), 'EXPIRED', nowhere);
    }
    await Promise.all(replicas.map((replica) => replica.flush()));
    for (const replica of replicas)
      for (const { id } of made) replica.rejected(keyRef(id), 'EXPIRED', nowhere);
    await Promise.all(replicas.map((replica) => replica.flush()));
    for (const { id } of made) expect(await storedCounts(database(), id)).toEqual({ EXPIRED: 33 });
  });

  it('of many keys are all written', async () => {
    const ids = Array.from({ length: 1_234 }, (_unused, n) => `key-${n}`);
    for (const id of ids) usage().rejected(keyRef(id), 'REVOKED', nowhere);
    await usage().flush();
    const rows = await database().read((manager) => manager.find(KeyUsageCount));
    expect(rows.filter(({ keyId }) => keyId.startsWith('key-'))).toHaveLength(1_234);
  });

  it('are kept while the database cannot write, and no request fails', async () => {
    const headers = newUser();
    const { id, key } = await create(headers);
    failWrites();
    expect((await me(key)).status).toBe(200);
    await usage().flush();
    expect((await me(key)).status).toBe(200);
    await usage().flush();
    jest.restoreAllMocks();
    expect((await usageOf(headers, id)).total).toEqual({ VALID: 2 });
    expect(await storedCounts(database(), id)).toEqual({});
    await usage().flush();
    expect(await storedCounts(database(), id)).toEqual({ VALID: 2 });
    expect(await eventsOf(headers, id, 'used')).toHaveLength(1);
  });

  it('and touches are there after a stop', async () => {
    const scratch = await createScratchDatabase();
    const stopped = await startGatehouse({ databaseUrl: scratch.url });
    const { id, key } = await create(stopped.bearer(), {}, stopped);
    const { key: toolKey } = await issueToolKey(stopped);
    await me(key, {}, stopped);
    await me(key, {}, stopped);
    await get('/api/v1/auth/me', { 'x-tool-key': toolKey }, stopped);
    await stopped.close();
    const reopened = await open(scratch.url);
    expect(await storedCounts(reopened, id)).toEqual({ VALID: 2 });
    const kept = await reopened.read((manager) => manager.findOneByOrFail(ApiKey, { id }));
    expect(kept.lastUsedAt).toEqual(expect.any(Date));
    await reopened.close();
    await scratch.drop();
  });
});

describe('a touch', () => {
  it('shows when, from where and with what a key was last used', async () => {
    const headers = newUser();
    const { id, key } = await create(headers);
    await me(key, { 'user-agent': 'robot/1', 'x-forwarded-for': '[2001:DB8:0::7]:51234' });
    await usage().flush();
    expect((await get(`${path}/${id}`, headers)).body).toMatchObject({
      lastUsedAt: expect.any(String),
      lastUsedIp: '2001:db8::7',
      lastUsedUserAgent: 'robot/1',
    });
  });

  it('is written at most once a minute, with its event', async () => {
    const headers = newUser();
    const { id, key } = await create(headers);
    const use = async () => {
      await me(key);
      await usage().flush();
    };
    await use();
    await use();
    gatehouse.pass(59);
    await use();
    expect(await eventsOf(headers, id, 'used')).toHaveLength(1);
    const before = (await get(`${path}/${id}`, headers)).body.lastUsedAt;
    gatehouse.pass(2);
    await use();
    expect(await eventsOf(headers, id, 'used')).toHaveLength(2);
    expect((await get(`${path}/${id}`, headers)).body.lastUsedAt > before).toBe(true);
  });

  it('that comes late does not hide a later one', async () => {
    const { id } = await create(newUser());
    const store = gatehouse.app.get(ApiKeyStore);
    const touch = (at: number, ip: string) =>
      store.change((keys) => keys.touch(id, { at: new Date(at), ip, userAgent: null }));
    await touch(2_000, '192.0.2.2');
    await touch(1_000, '192.0.2.1');
    expect(await store.find(id)).toMatchObject({ lastUsedAt: new Date(2_000), lastUsedIp: '192.0.2.2' });
  });
});

describe('GET /api/v1/api-keys/:id/usage', () => {
  const start = Date.parse('2026-03-01T00:00:00Z') / hour;
  let headers: Record<string, string>;
  let id: string;

  beforeAll(async () => {
    headers = newUser();
    ({ id } = await create(headers));
    const other = await create(headers);
    const of = (keyId: string) => ({ keyId, ownerId: '', keyType: 'api_key' }) as const;
    await gatehouse.app.get(KeyCountStore).add([
      { ...of(id), hour: start - 1, outcome: 'VALID', count: 1 },
      { ...of(id), hour: start, outcome: 'VALID', count: 2 },
      { ...of(id), hour: start + 1, outcome: 'VALID', count: 4 },
      { ...of(id), hour: start + 1, outcome: 'EXPIRED', count: 8 },
      { ...of(id), hour: start + 23, outcome: 'VALID', count: 16 },
      { ...of(id), hour: start + 24, outcome: 'REVOKED', count: 32 },
      { ...of(other.id), hour: start, outcome: 'VALID', count: 64 },
    ]);
  });

  it('returns the counts by hour, earliest first, without empty hours', async () => {
    expect(await usageOf(headers, id, '?from=2026-03-01T00:30:00Z&to=2026-03-02T02:00:00%2B02:00')).toEqual({
      from: '2026-03-01T00:30:00.000Z',
      to: '2026-03-02T00:00:00.000Z',
      bucket: 'hour',
      total: { VALID: 22, EXPIRED: 8 },
      buckets: [
        { start: '2026-03-01T00:00:00.000Z', counts: { VALID: 2 } },
        { start: '2026-03-01T01:00:00.000Z', counts: { VALID: 4, EXPIRED: 8 } },
        { start: '2026-03-01T23:00:00.000Z', counts: { VALID: 16 } },
      ],
    });
  });

  it('returns the counts by day in UTC', async () => {
    const { buckets, total } = await usageOf(
      headers,
      id,
      '?from=2026-02-01T00:00:00Z&to=2026-04-01T00:00:00Z&bucket=day',
    );
    expect(total).toEqual({ VALID: 23, EXPIRED: 8, REVOKED: 32 });
    expect(buckets).toEqual([
      { start: '2026-02-28T00:00:00.000Z', counts: { VALID: 1 } },
      { start: '2026-03-01T00:00:00.000Z', counts: { VALID: 22, EXPIRED: 8 } },
      { start: '2026-03-02T00:00:00.000Z', counts: { REVOKED: 32 } },
    ]);
  });

  it('adds what is not written yet to what is, in the bucket it belongs to', async () => {
    const { id: fresh, key } = await create(headers);
    await me(key);
    await usage().flush();
    await me(key);
    for (const bucket of ['hour', 'day']) {
      const { buckets, from, to } = await usageOf(headers, fresh, `?bucket=${bucket}`);
      expect(buckets.reduce((sum, { counts }) => sum + (counts.VALID ?? 0), 0)).toBe(2);
      for (const one of buckets)
        expect(Date.parse(one.start) % (bucket === 'day' ? 24 * hour : hour)).toBe(0);
      expect(Date.parse(to) - Date.parse(from)).toBe(7 * 24 * hour);
    }
  });

  it.each([
    ['?from=yesterday', 'from'],
    ['?to=2026-03-01', 'to'],
    ['?from=2026-03-01T00:00:00Z&from=2026-03-01T00:00:00Z', 'from'],
    ['?bucket=week', 'bucket'],
    ['?since=2026-03-01T00:00:00Z', 'since'],
    ['?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z', 'from'],
  ])('rejects %s with the path', async (query, where) => {
    const { status, body } = await get(`${path}/${id}/usage${query}`, headers);
    expect([status, body.code, body.details[0].path]).toEqual([400, 'VALIDATION_FAILED', where]);
  });

  it.each([
    '?from=2025-03-01T00:00:00Z&to=2026-03-01T00:00:00Z',
    '?from=2023-03-01T00:00:00Z&to=2026-03-01T00:00:00Z&bucket=day',
  ])('rejects the window of %s', async (query) => {
    const { status, body } = await get(`${path}/${id}/usage${query}`, headers);
    expect([status, body.code, body.details[0].path]).toEqual([400, 'WINDOW_TOO_LARGE', 'from']);
  });

  it('answers 404 for a key of another owner', async () => {
    const { status, body } = await get(`${path}/${id}/usage`, newUser());
    expect([status, body.code]).toEqual([404, 'NOT_FOUND']);
  });
});

describe('an expiry', () => {
  const inSeconds = (seconds: number) =>
    new Date(gatehouse.app.get(Clock).now() + seconds * 1000).toISOString();
  const anotherExpiry = () => new KeyExpiry(gatehouse.app.get(ApiKeyStore), gatehouse.app.get(Clock));

  it('ends a key to the second, without any job', async () => {
    const { id, key } = await create(newUser(), { expiresAt: inSeconds(100) });
    gatehouse.pass(98);
    expect((await me(key)).status).toBe(200);
    gatehouse.pass(2);
    expect((await me(key)).status).toBe(401);
    expect(await gatehouse.app.get(ApiKeyStore).find(id)).toMatchObject({ expiryNotedAt: null });
  });

  it('is recorded exactly once, however many processes check', async () => {
    const headers = newUser();
    const made = await Promise.all(
      Array.from({ length: 20 }, () => create(headers, { expiresAt: inSeconds(50) })),
    );
    const later = await create(headers, { expiresAt: inSeconds(5_000) });
    await anotherExpiry().run();
    gatehouse.pass(51);
    const [first, second] = [anotherExpiry(), anotherExpiry()];
    const noted = await Promise.all([first.run(), second.run(), first.run()]);
    await anotherExpiry().run();
    expect((noted[0] ?? 0) + (noted[1] ?? 0)).toBe(20);
    expect(noted[2]).toBe(noted[0]);
    for (const { id } of made) {
      expect(await eventsOf(headers, id, 'expired')).toMatchObject([
        { actor: { type: 'system', chain: [] }, details: { expiresAt: expect.any(String) } },
      ]);
    }
    expect(await eventsOf(headers, later.id, 'expired')).toEqual([]);
  });

  it('of a revoked key is no event, and is checked once', async () => {
    const headers = newUser();
    const { id } = await create(headers, { expiresAt: inSeconds(50) });
    await gatehouse.send('DELETE', `${path}/${id}`, { headers });
    gatehouse.pass(51);
    expect(await anotherExpiry().run()).toBeGreaterThan(0);
    expect(await anotherExpiry().run()).toBe(0);
    expect(await eventsOf(headers, id, 'expired')).toEqual([]);
  });

  it('is recorded for more keys than fit into a batch', async () => {
    const headers = newUser();
    const { id } = await create(headers);
    const key = await gatehouse.app.get(ApiKeyStore).find(id);
    const copies = Array.from({ length: 250 }, (_unused, n) => ({
      ...(key as ApiKey),
      id: `expired-${n}`,
      hash: `hash-${n}`,
      expiresAt: new Date(n),
    }));
    await database().write((manager) => manager.insert(ApiKey, copies));
    expect(await anotherExpiry().run()).toBe(250);
    expect(await anotherExpiry().run()).toBe(0);
  });

  it('that cannot be recorded is retried', async () => {
    const headers = newUser();
    const { id } = await create(headers, { expiresAt: inSeconds(50) });
    gatehouse.pass(51);
    failWrites();
    await expect(anotherExpiry().run()).rejects.toMatchObject({ code: 'DB_UNAVAILABLE' });
    jest.restoreAllMocks();
    await anotherExpiry().run();
    expect(await eventsOf(headers, id, 'expired')).toHaveLength(1);
  });
});
