import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../src/database/database.js';
import { UsageQueries } from '../src/api-keys/usage/usage-queries.service.js';
import { KeyUsage } from '../src/usage/key-usage.js';
import { KeyCountStore } from '../src/usage/key-count.store.js';
import { keptMinutes, minuteOf, UsageMinute } from '../src/usage/minute-totals.js';
import { type Gatehouse, startGatehouse } from './support/gatehouse.js';
import type { Json } from './support/json.js';

const minuteMs = 60_000;
const own = '/api/v1/usage';
const everywhere = '/api/v1/admin/usage';
let gatehouse: Gatehouse;
let keys: Record<'ada' | 'bob', Json>;

const admin = () => ({ 'x-api-key': gatehouse.adminKey });
const of = (name: string) => gatehouse.bearer(`${name}@example.com`);
const ask = (headers: Record<string, string>, query = '', route = own) =>
  gatehouse.send('GET', `${route}?step=minute&${query}`, { headers });
const use = (key: string) => gatehouse.send('GET', '/api/v1/auth/me', { headers: { 'x-api-key': key } });
const flush = () => gatehouse.app.get(KeyUsage).flush();
const at = (minutesAgo: number) => new Date(gatehouse.now() - minutesAgo * minuteMs).toISOString();
const startOf = (minutesAgo: number) =>
  new Date(Math.floor(gatehouse.now() / minuteMs - minutesAgo) * minuteMs).toISOString();
const rows = () => gatehouse.app.get(Database).read((manager) => manager.find(UsageMinute));

beforeAll(async () => {
  gatehouse = await startGatehouse();
  const create = async (name: string) =>
    (await gatehouse.send('POST', '/api/v1/api-keys', { headers: of(name), body: { name } })).body;
  keys = { ada: await create('ada'), bob: await create('bob') };
});
afterAll(() => gatehouse.close());

describe('usage by minute', () => {
  it('adds up the keys of the owner, and of all owners for an admin, written or not', async () => {
    await use(keys.ada.key);
    await use(keys.ada.key);
    gatehouse.pass(60);
    await flush();
    await use(keys.ada.key);
    await use(keys.bob.key);
    const { status, body } = await ask(of('ada'));
    expect([status, body]).toEqual([
      200,
      {
        from: at(60),
        to: at(0),
        step: 'minute',
        groupBy: 'outcome',
        total: { VALID: 3 },
        buckets: [
          { start: startOf(1), counts: { VALID: 2 } },
          { start: startOf(0), counts: { VALID: 1 } },
        ],
        groups: [expect.objectContaining({ id: 'VALID', total: { VALID: 3 } })],
        others: null,
      },
    ]);
    await flush();
    expect((await ask(of('ada'))).body).toEqual(body);
    expect((await ask(of('bob'))).body.total).toEqual({ VALID: 1 });
    const all = (await ask(admin(), `from=${at(0.5)}`, everywhere)).body;
    expect(all.buckets.at(-1).counts.VALID).toBeGreaterThanOrEqual(2);
    expect((await ask(of('ada'), '', everywhere)).status).toBe(403);
  });

  it('adds what several replicas write of one minute', async () => {
    const minute = minuteOf(gatehouse.now());
    const count = {
      keyId: 'k',
      keyType: 'api_key',
      ownerId: 'replicas',
      hour: Math.floor(minute / 60),
    } as const;
    const store = gatehouse.app.get(KeyCountStore);
    const one = { ...count, minute, outcome: 'EXPIRED', count: 3 } as const;
    await Promise.all([
      store.add([one, { ...one, keyId: 'l' }]),
      store.add([one]),
      store.add([{ ...one, minute: minute - 1 }]),
    ]);
    const written = (await rows()).filter(({ ownerId }) => ownerId === 'replicas');
    expect(written.map((row) => row.count).sort()).toEqual([3, 9]);
  });

  it('rejects other groups, periods that are too long, and times of which nothing is kept', async () => {
    const faultOf = async (query: string) => {
      const { status, body } = await ask(of('ada'), query);
      return [status, body.code, body.details?.[0].path];
    };
    expect(await faultOf('groupBy=key')).toEqual([400, 'VALIDATION_FAILED', 'groupBy']);
    expect(await faultOf('groupBy=owner')).toEqual([400, 'VALIDATION_FAILED', 'groupBy']);
    expect(await faultOf(`from=${at(121)}`)).toEqual([400, 'WINDOW_TOO_LARGE', 'from']);
    expect(await faultOf(`from=${at(keptMinutes + 1)}&to=${at(150)}`)).toEqual([
      400,
      'WINDOW_TOO_LARGE',
      'from',
    ]);
    expect(await faultOf(`from=${at(5)}&to=${at(5)}`)).toEqual([400, 'VALIDATION_FAILED', 'from']);
    expect((await ask(of('ada'), `from=${at(120)}`)).status).toBe(200);
  });

  it('has nothing of an owner that does not exist, whatever an application takes for its id', async () => {
    await use(keys.ada.key);
    await flush();
    const queries = gatehouse.app.get(UsageQueries, { strict: false });
    for (const id of ['*', '%', ' ', 'unknown'])
      expect([id, (await queries.find(id, { step: 'minute' })).total]).toEqual([id, {}]);
  });

  it('answers for any year, also one whose minutes no column can hold', async () => {
    for (const year of ['2100', '6060', '9999']) {
      const period = `from=${year}-01-01T00:00:00Z&to=${year}-01-01T01:00:00Z`;
      const { status, body } = await ask(of('ada'), period);
      expect([year, status, body.buckets]).toEqual([year, 200, []]);
    }
  });

  it('keeps one row for each owner, minute and outcome, for three hours', async () => {
    for (let turn = 0; turn < 5; turn++) {
      await use(keys.ada.key);
      await flush();
    }
    const ofAda = (await rows()).filter(({ ownerId }) => ownerId === keys.ada.ownerId);
    expect(new Set(ofAda.map(({ minute, outcome }) => `${minute} ${outcome}`)).size).toBe(ofAda.length);
    gatehouse.pass((keptMinutes + 1) * 60);
    await use(keys.ada.key);
    await flush();
    const minute = minuteOf(gatehouse.now());
    expect((await rows()).map((row) => row.minute).filter((one) => one !== minute)).toEqual([]);
    expect((await ask(of('ada'))).body.total).toEqual({ VALID: 1 });
  });

  it('deletes what a pause has left over several minutes, so that no request waits for all of it', async () => {
    const old = minuteOf(gatehouse.now()) - 2 * keptMinutes;
    const count = { keyId: 'k', keyType: 'api_key', ownerId: 'paused', outcome: 'VALID', count: 1 } as const;
    const minutes = Array.from({ length: 25 }, (_, index) => old + index);
    await gatehouse.app
      .get(KeyCountStore)
      .add(minutes.map((minute) => ({ ...count, minute, hour: Math.floor(minute / 60) })));
    const left: number[] = [];
    for (let turn = 0; turn < 3; turn++) {
      gatehouse.pass(60);
      await use(keys.ada.key);
      await flush();
      left.push((await rows()).filter(({ ownerId }) => ownerId === 'paused').length);
    }
    expect(left).toEqual([15, 5, 0]);
  });
});
