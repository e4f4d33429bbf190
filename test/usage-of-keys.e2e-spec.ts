import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { hourOf, type KeyCount, KeyCountStore } from '../src/usage/key-count.store.js';
import { UsageSums } from '../src/usage/usage-sums.js';
import { createPersonalKey, type Gatehouse, startGatehouse } from './support/gatehouse.js';
import type { Json } from './support/json.js';

const hourMs = 3_600_000;
const mine = '/api/v1/usage';
const everywhere = '/api/v1/admin/usage';
let gatehouse: Gatehouse;
let people = 0;

beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse.close());
afterEach(() => {
  jest.restoreAllMocks();
});

const admin = () => ({ 'x-api-key': gatehouse.adminKey });
const ask = (headers: Record<string, string>, query: string, route = mine) =>
  gatehouse.send('GET', `${route}?${query}`, { headers });
const thisHour = () => hourOf(gatehouse.now());

async function newKey(email = `of-keys-${(people += 1)}@example.com`) {
  const headers = gatehouse.bearer(email);
  const { body } = await gatehouse.send('POST', '/api/v1/api-keys', { headers, body: { name: 'CI' } });
  return { email, headers, id: body.id as string, ownerId: body.ownerId as string };
}

type Key = Awaited<ReturnType<typeof newKey>>;

const put = (
  { id: keyId, ownerId }: Pick<Key, 'id' | 'ownerId'>,
  hoursAgo: number,
  outcome: KeyCount['outcome'],
  count: number,
) =>
  gatehouse.app
    .get(KeyCountStore)
    .add([{ keyId, ownerId, keyType: 'api_key', hour: thisHour() - hoursAgo, outcome, count }]);

const totalsOf = (body: Json): unknown => body.groups.map(({ id, total }: Json) => [id, total]);

describe('usage of named keys', () => {
  it('has the series of these keys, and no others', async () => {
    const key = await newKey();
    const [other, third] = [await newKey(key.email), await newKey(key.email)];
    await put(key, 0, 'VALID', 3);
    await put(key, 2, 'EXPIRED', 4);
    await put(other, 2, 'VALID', 5);
    await put(third, 2, 'VALID', 6);
    const { status, body } = await ask(key.headers, `groupBy=key&keyIds=${key.id},${other.id}`);
    expect(status).toBe(200);
    expect(totalsOf(body)).toEqual([
      [key.id, { VALID: 3, EXPIRED: 4 }],
      [other.id, { VALID: 5 }],
    ]);
    expect(body.groups[0].buckets).toHaveLength(2);
    expect(body).toMatchObject({ total: { VALID: 8, EXPIRED: 4 }, others: null });
  });

  it('has nothing of keys of others, of personal keys and of unknown ones', async () => {
    const [key, foreign] = [await newKey(), await newKey()];
    const personal = await createPersonalKey(gatehouse, key.email);
    await put(foreign, 0, 'VALID', 3);
    const ids = [key.id, foreign.id, personal.id, '0188a000-0000-7000-8000-000000000000'].join(',');
    const { body } = await ask(key.headers, `groupBy=key&keyIds=${ids}`);
    expect([totalsOf(body), body.total]).toEqual([[[key.id, {}]], {}]);
    expect(totalsOf((await ask(admin(), `groupBy=key&keyIds=${foreign.id}`, everywhere)).body)).toEqual([
      [foreign.id, { VALID: 3 }],
    ]);
  });

  it('rejects more than 50 keys, what is no id, and other groups', async () => {
    const { headers, id } = await newKey();
    const many = Array.from({ length: 51 }, () => id).join(',');
    for (const query of [
      `groupBy=key&keyIds=${many}`,
      'groupBy=key&keyIds=',
      'groupBy=key&keyIds=x',
      `keyIds=${id}`,
    ]) {
      const { status, body } = await ask(headers, query);
      expect([query.slice(0, 30), status, body.details[0].path]).toEqual([query.slice(0, 30), 400, 'keyIds']);
    }
  });
});

describe('usage by outcome', () => {
  it('reads hours that are over once, and sees what is written to them later', async () => {
    const key = await newKey();
    await put(key, 0, 'VALID', 1);
    await put(key, 30, 'VALID', 10);
    const from = new Date(gatehouse.now() - 40 * hourMs).toISOString();
    const total = async (step = 'hour') => (await ask(key.headers, `from=${from}&step=${step}`)).body.total;
    expect(await total()).toEqual({ VALID: 11 });

    const portions = jest.spyOn(UsageSums.prototype, 'portions');
    await put(key, 0, 'VALID', 2);
    expect(await total('day')).toEqual({ VALID: 13 });
    const read = portions.mock.calls.map(([{ hours }]) => hours.toHour - hours.fromHour);
    expect(read.reduce((sum, hours) => sum + hours, 0)).toBe(3);

    await put(key, 30, 'REVOKED', 5);
    await put(await newKey(), 30, 'VALID', 100);
    expect(await total()).toEqual({ VALID: 13, REVOKED: 5 });
    expect(await total()).toEqual({ VALID: 13, REVOKED: 5 });
  });

  it('reads them again after a while: another replica may have written late', async () => {
    const key = await newKey();
    const from = new Date(gatehouse.now() - 40 * hourMs).toISOString();
    await ask(key.headers, `from=${from}`);
    gatehouse.pass(3_601);
    const portions = jest.spyOn(UsageSums.prototype, 'portions');
    await ask(key.headers, `from=${from}`);
    const read = portions.mock.calls.map(([{ hours }]) => hours.toHour - hours.fromHour);
    expect(read.reduce((sum, hours) => sum + hours, 0)).toBeGreaterThan(40);
  });
});
