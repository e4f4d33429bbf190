import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type KeyCount, KeyCountStore } from '../src/usage/key-count.store.js';
import { KeyUsage } from '../src/usage/key-usage.js';
import { UsageSums } from '../src/usage/usage-sums.js';
import { eventually } from './support/eventually.js';
import { createPersonalKey, type Gatehouse, issueToolKey, startGatehouse } from './support/gatehouse.js';
import type { Json } from './support/json.js';

const path = '/api/v1/usage';
const everywhere = '/api/v1/admin/usage';
const hourMs = 3_600_000;
const start = Date.parse('2026-03-01T00:00:00Z') / hourMs;
const march = 'from=2026-03-01T00:00:00Z&to=2026-03-03T00:00:00Z';
let gatehouse: Gatehouse;
let people = 0;

beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse.close());
afterEach(() => {
  jest.restoreAllMocks();
});

type Headers = Record<string, string>;

interface Person {
  readonly email: string;
  readonly headers: Headers;
  readonly ownerId: string;
}

async function newPerson(): Promise<Person> {
  const email = `user-${(people += 1)}@example.com`;
  const headers = gatehouse.bearer(email) as Headers;
  const { body } = await gatehouse.send('GET', '/api/v1/auth/me', { headers });
  return { email, headers, ownerId: body.ownerId };
}

async function create({ headers }: Person, fields: object = {}): Promise<Json> {
  const body = { name: 'CI', ...fields };
  return (await gatehouse.send('POST', '/api/v1/api-keys', { headers, body })).body;
}

const admin = () => ({ 'x-api-key': gatehouse.adminKey });
const me = (key: string) => gatehouse.send('GET', '/api/v1/auth/me', { headers: { 'x-api-key': key } });
const ask = (headers: Headers, query = '', route = path) =>
  gatehouse.send('GET', `${route}?${query}`, { headers });
const flush = () => gatehouse.app.get(KeyUsage).flush();

/** Counts of one key in March 2026, in the hours from its beginning. */
const put = (
  { ownerId }: Pick<Person, 'ownerId'>,
  keyId: string,
  counts: readonly [number, KeyCount['outcome'], number][],
  keyType: KeyCount['keyType'] = 'api_key',
) =>
  gatehouse.app.get(KeyCountStore).add(
    counts.map(([hour, outcome, count]) => ({
      keyId,
      ownerId,
      keyType,
      hour: start + hour,
      outcome,
      count,
    })),
  );

const groupsOf = (body: Json): unknown[] =>
  body.groups.map(({ id, total }: { id: string; total: object }) => [id, total]);

describe('GET /api/v1/usage', () => {
  it('adds up all keys of the owner, by outcome, and no others', async () => {
    const [ada, bob] = [await newPerson(), await newPerson()];
    const [one, two, other] = [await create(ada), await create(ada), await create(bob)];
    await put(ada, one.id, [
      [-1, 'VALID', 1],
      [0, 'VALID', 2],
      [23, 'EXPIRED', 4],
      [47, 'VALID', 8],
      [48, 'VALID', 16],
    ]);
    await put(ada, two.id, [[0, 'VALID', 32]]);
    await put(bob, other.id, [[0, 'VALID', 64]]);
    const { status, body } = await ask(ada.headers, march);
    expect([status, body]).toEqual([
      200,
      {
        from: '2026-03-01T00:00:00.000Z',
        to: '2026-03-03T00:00:00.000Z',
        step: 'hour',
        groupBy: 'outcome',
        total: { VALID: 42, EXPIRED: 4 },
        buckets: [
          { start: '2026-03-01T00:00:00.000Z', counts: { VALID: 34 } },
          { start: '2026-03-01T23:00:00.000Z', counts: { EXPIRED: 4 } },
          { start: '2026-03-02T23:00:00.000Z', counts: { VALID: 8 } },
        ],
        groups: [
          {
            id: 'VALID',
            name: null,
            prefix: null,
            total: { VALID: 42 },
            buckets: [
              { start: '2026-03-01T00:00:00.000Z', counts: { VALID: 34 } },
              { start: '2026-03-02T23:00:00.000Z', counts: { VALID: 8 } },
            ],
          },
          {
            id: 'EXPIRED',
            name: null,
            prefix: null,
            total: { EXPIRED: 4 },
            buckets: [{ start: '2026-03-01T23:00:00.000Z', counts: { EXPIRED: 4 } }],
          },
        ],
        others: null,
      },
    ]);
    const byDay = await ask(ada.headers, `${march}&step=day&limit=1`);
    expect(byDay.body).toMatchObject({
      buckets: [
        { start: '2026-03-01T00:00:00.000Z', counts: { VALID: 34, EXPIRED: 4 } },
        { start: '2026-03-02T00:00:00.000Z', counts: { VALID: 8 } },
      ],
      groups: [{ id: 'VALID' }],
      others: { groups: 1, total: { EXPIRED: 4 } },
    });
    expect(groupsOf((await ask(ada.headers, `${march}&groupBy=owner`)).body)).toEqual([
      [ada.ownerId, { VALID: 42, EXPIRED: 4 }],
    ]);
  });

  it('shows the keys that were used most, with their names, and the sum of the others', async () => {
    const ada = await newPerson();
    const keys = [
      await create(ada, { name: 'least' }),
      await create(ada, { name: 'most' }),
      await create(ada),
    ];
    await put(ada, keys[0].id, [[0, 'VALID', 1]]);
    await put(ada, keys[1].id, [
      [0, 'VALID', 2],
      [25, 'RATE_LIMITED', 3],
    ]);
    await put(ada, keys[2].id, [[1, 'VALID', 2]]);
    const { body } = await ask(ada.headers, `${march}&groupBy=key&step=day&limit=2`);
    expect(body.groups).toEqual([
      {
        id: keys[1].id,
        name: 'most',
        prefix: keys[1].prefix,
        total: { VALID: 2, RATE_LIMITED: 3 },
        buckets: [
          { start: '2026-03-01T00:00:00.000Z', counts: { VALID: 2 } },
          { start: '2026-03-02T00:00:00.000Z', counts: { RATE_LIMITED: 3 } },
        ],
      },
      {
        id: keys[2].id,
        name: 'CI',
        prefix: keys[2].prefix,
        total: { VALID: 2 },
        buckets: [{ start: '2026-03-01T00:00:00.000Z', counts: { VALID: 2 } }],
      },
    ]);
    expect(body.others).toEqual({ groups: 1, total: { VALID: 1 } });
    expect(body.total).toEqual({ VALID: 5, RATE_LIMITED: 3 });
  });

  it('takes all tool keys as one group, and shows no personal key', async () => {
    const ada = await newPerson();
    const personal = await createPersonalKey(gatehouse, ada.email);
    const tools = [
      await issueToolKey(gatehouse, {}, ada.headers),
      await issueToolKey(gatehouse, {}, ada.headers),
    ];
    await me(personal.key);
    for (const { key } of tools)
      await gatehouse.send('GET', '/api/v1/auth/me', { headers: { 'x-tool-key': key } });
    for (let time = 0; time < 2; time += 1) {
      const { body } = await ask(ada.headers, 'groupBy=key');
      expect(groupsOf(body)).toEqual([['tool_keys', { VALID: 2 }]]);
      expect(body.groups[0].buckets).toHaveLength(1);
      expect(body.others).toEqual({ groups: 1, total: { VALID: 1 } });
      const asAdmin = await ask(admin(), 'groupBy=key&limit=50', everywhere);
      expect(groupsOf(asAdmin.body)).toContainEqual([personal.id, { VALID: 1 }]);
      await flush();
    }
  });

  it('counts what is not written yet, and nothing twice', async () => {
    const ada = await newPerson();
    const { id, key } = await create(ada);
    await me(key);
    await flush();
    await me(key);
    for (const groupBy of ['key', 'outcome', 'owner']) {
      const { body } = await ask(ada.headers, `groupBy=${groupBy}`);
      expect([body.total, body.groups[0].total]).toEqual([{ VALID: 2 }, { VALID: 2 }]);
      expect(body.groups[0].buckets[0].counts).toEqual({ VALID: 2 });
    }
    const all = await ask(admin(), 'groupBy=key&limit=50', everywhere);
    expect(groupsOf(all.body)).toContainEqual([id, { VALID: 2 }]);
  });

  it('asks again when counts are written meanwhile, and gives up after the third time', async () => {
    const ada = await newPerson();
    const { key } = await create(ada);
    const portions = jest.spyOn(gatehouse.app.get(UsageSums), 'portions');
    const original = portions.getMockImplementation() ?? UsageSums.prototype.portions;
    portions.mockImplementation(async function* (this: UsageSums, ...asked) {
      await me(key);
      yield* original.apply(gatehouse.app.get(UsageSums), asked);
      await flush();
    });
    await ask(ada.headers);
    expect(portions).toHaveBeenCalledTimes(3);
    portions.mockRestore();
    expect((await ask(ada.headers)).body.total).toEqual({ VALID: 3 });
  });

  it('says how long a period may be, by its steps', async () => {
    const { body } = await ask(
      (await newPerson()).headers,
      'from=2026-03-01T00:00:00Z&to=2026-04-02T00:00:00Z',
    );
    expect(JSON.stringify(body)).toContain('must be at most 31 days before `to` in steps of an hour');
  });

  it.each([
    ['from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00.001Z', 'WINDOW_TOO_LARGE', 'from'],
    ['from=2024-03-01T00:00:00Z&to=2026-03-02T00:00:00.001Z&step=day', 'WINDOW_TOO_LARGE', 'from'],
    ['from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z', 'VALIDATION_FAILED', 'from'],
    ['from=yesterday', 'VALIDATION_FAILED', 'from'],
    ['step=week', 'VALIDATION_FAILED', 'step'],
    ['groupBy=user', 'VALIDATION_FAILED', 'groupBy'],
    ['limit=51', 'VALIDATION_FAILED', 'limit'],
    ['limit=0', 'VALIDATION_FAILED', 'limit'],
    ['ownerId=x', 'VALIDATION_FAILED', 'ownerId'],
  ])('rejects ?%s with %s', async (query, code, where) => {
    const ada = await newPerson();
    for (const route of [path, everywhere]) {
      const { status, body } = await ask(route === path ? ada.headers : admin(), query, route);
      expect([status, body.code, body.details[0].path]).toEqual([400, code, where]);
    }
  });

  it('rejects a window with more groups than it adds up', async () => {
    const ada = await newPerson();
    const many = Array.from(
      { length: 10_001 },
      (_unused, n) => `${String(n).padStart(6, '0')}-${ada.ownerId}`,
    );
    for (let from = 0; from < many.length; from += 2_000)
      await gatehouse.app.get(KeyCountStore).add(
        many.slice(from, from + 2_000).map((id) => ({
          keyId: id.slice(0, 36),
          ownerId: ada.ownerId,
          keyType: 'api_key' as const,
          hour: start + 1,
          outcome: 'VALID' as const,
          count: 1,
        })),
      );
    expect((await ask(ada.headers, `${march}&groupBy=key`)).body).toMatchObject({
      code: 'WINDOW_TOO_LARGE',
      details: [{ path: 'from', message: 'holds more than 10,000 groups; ask for fewer hours' }],
    });
    expect((await ask(ada.headers, march)).body.total).toEqual({ VALID: 10_001 });
  });

  it('answers four questions of an owner at a time, and is there for others', async () => {
    const [ada, bob] = [await newPerson(), await newPerson()];
    const { key } = await create(bob, { scopes: ['api-keys:read'] });
    const read = jest.spyOn(gatehouse.app.get(UsageSums), 'portions');
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const holding = async function* () {
      await held;
      yield [];
    };
    for (let turn = 0; turn < 4; turn += 1) read.mockImplementationOnce(holding);
    const asked = [1, 2, 3, 4].map(() => ask(ada.headers));
    await eventually(() => expect(read).toHaveBeenCalledTimes(4));
    const fifth = await ask(ada.headers);
    expect([fifth.status, fifth.body.code, fifth.headers['retry-after']]).toEqual([429, 'RATE_LIMITED', '1']);
    expect((await ask({ 'x-api-key': key })).status).toBe(200);
    release();
    for (const { status } of await Promise.all(asked)) expect(status).toBe(200);
    expect((await ask(ada.headers)).status).toBe(200);
  });

  it('is for holders of api-keys:read, and for all owners for admins', async () => {
    const ada = await newPerson();
    const [reader, writer] = [
      await create(ada, { scopes: ['api-keys:read'] }),
      await create(ada, { scopes: ['api-keys:write'] }),
    ];
    const tool = await issueToolKey(gatehouse, {}, ada.headers);
    expect((await ask({ 'x-api-key': reader.key })).status).toBe(200);
    expect((await ask({ 'x-api-key': writer.key })).body.code).toBe('INSUFFICIENT_SCOPE');
    expect((await ask({ 'x-tool-key': tool.key })).body.code).toBe('FORBIDDEN');
    expect((await ask({})).status).toBe(401);
    expect((await ask(ada.headers, '', everywhere)).body.code).toBe('FORBIDDEN');
    expect((await ask(admin(), '', everywhere)).status).toBe(200);
  });
});

describe('GET /api/v1/admin/usage', () => {
  it('groups by owner, the busiest first, with their names', async () => {
    const [ada, bob] = [await newPerson(), await newPerson()];
    await put(ada, (await create(ada)).id, [
      [200, 'VALID', 5],
      [224, 'VALID', 1],
    ]);
    await put(bob, (await create(bob)).id, [[200, 'REVOKED', 7]]);
    await put({ ownerId: '' }, 'a-key-that-is-gone', [[200, 'VALID', 2]]);
    const window = 'from=2026-03-09T00:00:00Z&to=2026-03-12T00:00:00Z&step=day';
    const { body } = await ask(admin(), `${window}&groupBy=owner`, everywhere);
    expect(body.groups).toEqual([
      {
        id: bob.ownerId,
        name: bob.email,
        prefix: null,
        total: { REVOKED: 7 },
        buckets: [{ start: '2026-03-09T00:00:00.000Z', counts: { REVOKED: 7 } }],
      },
      {
        id: ada.ownerId,
        name: ada.email,
        prefix: null,
        total: { VALID: 6 },
        buckets: [
          { start: '2026-03-09T00:00:00.000Z', counts: { VALID: 5 } },
          { start: '2026-03-10T00:00:00.000Z', counts: { VALID: 1 } },
        ],
      },
    ]);
    expect(body.others).toEqual({ groups: 1, total: { VALID: 2 } });
    const { body: some } = await ask(admin(), `${window}&groupBy=owner&limit=1`, everywhere);
    expect(groupsOf(some)).toEqual([[bob.ownerId, { REVOKED: 7 }]]);
    expect(some.groups[0].buckets).toHaveLength(1);
  });
});

describe('the counts of the last 24 hours', () => {
  it('are in lists and details, by outcome, by one query for a page', async () => {
    const ada = await newPerson();
    const keys = [await create(ada), await create(ada), await create(ada)];
    const hour = Math.floor(gatehouse.now() / hourMs) - start;
    await put(ada, keys[0].id, [
      [hour - 24, 'VALID', 1],
      [hour - 23, 'VALID', 2],
      [hour - 5, 'REVOKED', 4],
    ]);
    await me(keys[0].key);
    await me(keys[1].key);
    const find = jest.spyOn(gatehouse.app.get(KeyCountStore), 'find');
    const usage = [{}, { VALID: 1 }, { VALID: 3, REVOKED: 4 }];
    const shownBy = ({ body }: { body: Json }) =>
      body.keys
        .filter(({ ownerId }: Json) => ownerId === ada.ownerId)
        .map(({ usage24h }: { usage24h: object }) => usage24h);
    const { headers } = ada;
    expect(shownBy(await gatehouse.send('GET', '/api/v1/api-keys', { headers }))).toEqual(usage);
    expect(find).toHaveBeenCalledTimes(1);
    const all = await gatehouse.send('GET', '/api/v1/admin/api-keys?limit=100', { headers: admin() });
    expect(shownBy(all)).toEqual(usage);
    const { body } = await gatehouse.send('GET', `/api/v1/api-keys/${keys[0].id}`, { headers });
    expect(body.usage24h).toEqual(usage[2]);
  });
});

it('counts are those of the owner of the key, whoever wrote the row first', async () => {
  const ada = await newPerson();
  await put({ ownerId: '' }, 'written-by-an-older-build', [[300, 'VALID', 1]]);
  await put(ada, 'written-by-an-older-build', [[300, 'VALID', 2]]);
  const { body } = await ask(ada.headers, 'from=2026-03-13T00:00:00Z&to=2026-03-14T00:00:00Z');
  expect(body.total).toEqual({ VALID: 3 });
});
