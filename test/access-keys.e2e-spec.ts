import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccessKeysService } from '../src/api-keys/access-keys.service.js';
import { type KeyManager, operatorManager } from '../src/api-keys/key-manager.js';
import { ServiceKeysService } from '../src/api-keys/service-keys.service.js';
import { type Agents, agentsOf, by, type Headers, verdictOf } from './support/agents.js';
import type { EntityManager } from 'typeorm';
import { Database } from '../src/database/database.js';
import { ApiKey } from '../src/key-store/api-key.entity.js';
import { KeyCache } from '../src/key-store/key-cache.js';
import { createPersonalKey, type Gatehouse, startGatehouse } from './support/gatehouse.js';
import type { Json } from './support/json.js';

const mine = '/api/v1/me/api-keys';
const members = '/api/v1/members/api-keys';
const service = '/api/v1/api-keys';
const admin = '/api/v1/admin/api-keys';
const dayMs = 86_400_000;
const principal = {
  email: null,
  source: { type: 'jwt' },
  role: null,
  scopes: ['*:*', 'api-keys:write'],
  environment: null,
  actorChain: [],
};

let gatehouse: Gatehouse;
let agents: Agents;
let people = 0;
const someone = () => gatehouse.bearer(`person-${(people += 1)}@example.com`);
const days = (count: number) => new Date(gatehouse.now() + count * dayMs).toISOString();
const create = (caller: Headers, settings: object = {}) =>
  agents.ask('POST', mine, caller, { name: 'Laptop', scopes: ['files:read'], ...settings });
const made = async (caller: Headers, settings: object = {}): Promise<Json> => {
  const answer = await create(caller, settings);
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.body;
};
const ask = async (method: string, path: string, caller: Headers, body?: unknown) =>
  verdictOf(await agents.ask(method, path, caller, body));
const me = (key: string) => agents.ask('GET', '/api/v1/auth/me', by(key));

beforeAll(async () => {
  gatehouse = await startGatehouse();
  agents = agentsOf(gatehouse);
});
afterAll(() => gatehouse.close());

describe('/api/v1/me/api-keys', () => {
  it('creates a key that acts as its user within its scopes, for 90 days, and shows it once', async () => {
    const ada = someone();
    const person = (await agents.ask('GET', '/api/v1/auth/me', ada)).body;
    const { key, ...shown } = await made(ada, { metadata: { device: 'x1' }, allowedIps: ['127.0.0.0/8'] });
    expect(shown).toMatchObject({
      kind: 'access',
      name: 'Laptop',
      scopes: ['files:read'],
      role: null,
      bounded: true,
      userId: person.userId,
      ownerId: person.ownerId,
      expiresAt: days(90),
      createdBy: { type: 'user', id: person.userId },
      imposed: null,
    });
    expect((await me(key)).body).toMatchObject({
      userId: person.userId,
      ownerId: person.ownerId,
      email: person.email,
      scopes: ['files:read'],
      role: null,
      source: { type: 'api_key', keyId: shown.id, bounded: true },
    });
    const one = await agents.ask('GET', `${mine}/${shown.id}`, ada);
    expect([one.status, one.body.id, one.text.includes(key.slice(20))]).toEqual([200, shown.id, false]);
    expect((await agents.ask('GET', mine, ada)).body.keys.map(({ id }: Json) => id)).toEqual([shown.id]);
    expect((await agents.ask('GET', `${mine}/${shown.id}/events`, ada)).body.events).toHaveLength(1);
    expect((await agents.ask('GET', `${mine}/${shown.id}/usage`, ada)).body.total).toEqual({ VALID: 1 });
  });

  it.each<[string, object, string]>([
    ['no scopes', { scopes: undefined }, '400 VALIDATION_FAILED'],
    ['an empty list of scopes', { scopes: [] }, '400 VALIDATION_FAILED'],
    ['a name of 101 characters', { name: 'x'.repeat(101) }, '400 VALIDATION_FAILED'],
    ['a role', { role: 'read_only' }, '400 VALIDATION_FAILED'],
    ['another user', { userId: 'eve' }, '400 VALIDATION_FAILED'],
    ['no expiry', { expiresAt: null }, '400 VALIDATION_FAILED'],
    ['an expiry in the past', { expiresAt: '2020-01-01T00:00:00Z' }, '400 VALIDATION_FAILED'],
    ['an expiry beyond the maximum', { expiresAt: '2099-01-01T00:00:00Z' }, '400 VALIDATION_FAILED'],
    ['a scope that a person does not hold', { scopes: ['admin:all'] }, '403 INSUFFICIENT_SCOPE'],
    ['members:* beside it', { scopes: ['*:*', 'members:*'] }, '403 INSUFFICIENT_SCOPE'],
  ])('rejects %s, and stores nothing', async (_what, settings, verdict) => {
    const ada = someone();
    expect(verdictOf(await create(ada, settings))).toBe(verdict);
    expect((await agents.ask('GET', mine, ada)).body.keys).toEqual([]);
  });

  it('says that every key has to expire', async () => {
    const { details } = (await create(someone(), { expiresAt: null })).body;
    expect(details).toEqual([
      { path: 'expiresAt', message: 'must not be null: must be at most 365 days ahead' },
    ]);
  });

  it('gives a person at most 50, also when requests race', async () => {
    const ada = someone();
    const answers = await Promise.all(Array.from({ length: 53 }, () => create(ada)));
    const verdicts = answers.map(verdictOf);
    expect(verdicts.filter((verdict) => verdict === '201')).toHaveLength(50);
    expect(new Set(verdicts)).toEqual(new Set(['201', '409 TOO_MANY_KEYS']));
    const [first] = answers.filter(({ status }) => status === 201);
    const overlap = { overlapSeconds: 60 };
    expect(await ask('POST', `${mine}/${first?.body.id}/rotate`, ada, overlap)).toBe('409 TOO_MANY_KEYS');
    expect(await ask('POST', `${mine}/${first?.body.id}/rotate`, ada)).toBe('201');
    expect(await ask('DELETE', `${mine}/${first?.body.id}`, ada)).toBe('200');
    expect(verdictOf(await create(someone()))).toBe('201');
  });

  it('changes, rotates with an overlap and revokes', async () => {
    const ada = someone();
    const { id, key } = await made(ada);
    const changed = await agents.ask('PATCH', `${mine}/${id}`, ada, { scopes: ['files:*', 'notes:read'] });
    expect([changed.status, changed.body.scopes]).toEqual([200, ['files:*', 'notes:read']]);
    expect((await me(key)).body.scopes).toEqual(['files:*', 'notes:read']);
    expect(await ask('PATCH', `${mine}/${id}`, ada, { scopes: [] })).toBe('400 VALIDATION_FAILED');
    expect(await ask('PATCH', `${mine}/${id}`, ada, { role: 'admin' })).toBe('400 VALIDATION_FAILED');
    expect(await ask('PATCH', `${mine}/${id}`, ada, { scopes: ['admin:x'] })).toBe('403 INSUFFICIENT_SCOPE');
    const rotated = (await agents.ask('POST', `${mine}/${id}/rotate`, ada, { overlapSeconds: 60 })).body;
    expect(rotated).toMatchObject({ kind: 'access', scopes: ['files:*', 'notes:read'], replacesId: id });
    expect([(await me(key)).status, (await me(rotated.key)).status]).toEqual([200, 200]);
    const revoked = await agents.ask('DELETE', `${mine}/${rotated.id}?wait=true`, ada, { reason: 'sold' });
    expect(revoked.body).toMatchObject({ status: 'revoked', revokeReason: 'sold' });
    expect(verdictOf(await me(rotated.key))).toBe('401 INVALID_API_KEY');
  });

  it('lives no longer by a change than a new key may, whoever changes it', async () => {
    const ada = someone();
    const { id } = await made(ada);
    for (const expiresAt of [null, '2099-01-01T00:00:00Z', days(366)]) {
      expect(await ask('PATCH', `${mine}/${id}`, ada, { expiresAt })).toBe('400 VALIDATION_FAILED');
      const asAdmin = await ask('PATCH', `${admin}/${id}`, by(gatehouse.adminKey), { expiresAt });
      expect(asAdmin).toBe('400 VALIDATION_FAILED');
    }
    expect(await ask('PATCH', `${mine}/${id}`, ada, { expiresAt: days(365) })).toBe('200');
  });

  it('answers a repeated creation with the same key and a new secret', async () => {
    const ada = { ...someone(), 'idempotency-key': 'laptop-1' };
    const first = await made(ada);
    const second = await made(ada);
    expect(second.id).toBe(first.id);
    expect([(await me(first.key)).status, (await me(second.key)).status]).toEqual([401, 200]);
  });

  it('hides the keys of others, and service keys', async () => {
    const ada = someone();
    const { id } = await made(ada);
    const ci = (await agents.ask('POST', service, ada, { name: 'CI' })).body;
    const eve = someone();
    for (const [path, caller] of [
      [`${mine}/${id}`, eve],
      [`${mine}/${ci.id}`, ada],
      [`${service}/${id}`, ada],
      [`${members}/${id}`, eve],
      [`${members}/${ci.id}`, ada],
    ] as const) {
      expect(await ask('GET', path, caller)).toBe('404 NOT_FOUND');
      expect(await ask('DELETE', path, caller)).toBe('404 NOT_FOUND');
    }
    expect((await agents.ask('GET', service, ada)).body.keys.map((key: Json) => key.id)).toEqual([ci.id]);
  });
});

describe('an access key', () => {
  it('cannot touch the personal key of its user, whatever its scopes', async () => {
    const ada = someone();
    const { key } = await made(ada, { scopes: ['*:*', 'api-keys:write', 'members:manage'] });
    for (const [method, path] of [
      ['POST', ''],
      ['GET', ''],
      ['POST', '/refresh'],
      ['DELETE', ''],
      ['GET', '/events'],
    ] as const)
      expect(await ask(method, `/api/v1/auth/api-keys${path}`, by(key))).toBe('403 FORBIDDEN');
    expect(await ask('POST', '/api/v1/auth/sign-out', by(key))).toBe('403 FORBIDDEN');
  });

  it('makes keys only with api-keys:write in its scopes, and none that is stronger or lives longer', async () => {
    const ada = someone();
    const wide = await made(ada, { scopes: ['*:*'] });
    expect(verdictOf(await create(by(wide.key)))).toBe('403 INSUFFICIENT_SCOPE');
    const personal = await createPersonalKey(gatehouse, `person-${people}@example.com`);
    expect(verdictOf(await create(by(personal.key)))).toBe('403 INSUFFICIENT_SCOPE');
    const { key, id } = await made(ada, {
      scopes: ['files:read', 'api-keys:write'],
      expiresAt: days(10),
      allowedIps: ['127.0.0.0/8'],
      rateLimit: { limit: 100, windowSeconds: 60 },
    });
    const narrow = { allowedIps: ['127.0.0.1'], rateLimit: { limit: 100, windowSeconds: 60 } };
    const child = await made(by(key), narrow);
    expect(child).toMatchObject({ expiresAt: days(10), bounded: true, lineageId: id });
    for (const settings of [
      { scopes: ['files:write'] },
      { scopes: ['*:*'] },
      { expiresAt: days(11) },
      { allowedIps: null },
      { rateLimit: null },
    ])
      expect((await create(by(key), { ...narrow, ...settings })).status).toBe(403);
    for (const [target, change] of [
      [id, { expiresAt: days(30) }],
      [id, { scopes: ['*:*', 'api-keys:write'] }],
      [child.id, { expiresAt: days(11) }],
      [wide.id, { scopes: ['*:*', 'notes:read'], expiresAt: days(100) }],
    ] as const)
      expect((await agents.ask('PATCH', `${mine}/${target}`, by(key), change)).status).toBe(403);
    expect(await ask('POST', `${mine}/${wide.id}/rotate`, by(key))).toBe('403 INSUFFICIENT_SCOPE');
    const ci = { name: 'CI', scopes: ['files:read'], ...narrow, expiresAt: days(10) };
    expect((await agents.ask('POST', service, by(key), ci)).body.bounded).toBe(true);
  });

  it('passes only routes that declare a scope, as a bounded token does', async () => {
    const { key } = await made(someone(), { scopes: ['*:*'] });
    expect(await ask('GET', '/api/v1/auth/check', by(key))).toBe('403 FORBIDDEN');
    expect(await ask('GET', '/api/v1/auth/check?scopes=files:read', by(key))).toBe('204');
  });

  it('issues tool keys within its scopes, which end with it', async () => {
    const ada = someone();
    const { key, id } = await made(ada, { scopes: ['files:*', 'tool-keys:issue'] });
    const tool = await agents.issue(by(key), { scopes: ['files:read'] });
    expect((await me(tool.key)).body.scopes).toEqual(['files:read']);
    expect((await agents.requestKey(by(key), { scopes: ['notes:read'] })).status).toBe(403);
    await agents.ask('PATCH', `${mine}/${id}`, ada, { scopes: ['files:write', 'tool-keys:issue'] });
    expect((await me(tool.key)).body.scopes).toEqual([]);
    await agents.ask('DELETE', `${mine}/${id}`, ada);
    expect(verdictOf(await me(tool.key))).toBe('401 INVALID_TOOL_KEY');
  });

  it('is verified and explained as other keys are', async () => {
    const ada = someone();
    const { key, id } = await made(ada, { expiresAt: days(1) });
    const later = gatehouse.bearer(`person-${people}@example.com`, 2 * 86_400);
    const verify = async (scopes: string[]) =>
      (await agents.ask('POST', `${service}/verify`, later, { key, scopes })).body;
    expect(await verify(['files:read'])).toMatchObject({ valid: true });
    expect(await verify(['files:write'])).toMatchObject({ valid: false, code: 'INSUFFICIENT_SCOPE' });
    const asked = { keyId: id, method: 'GET', path: '/api/v1/auth/check' };
    const { checks } = (await agents.ask('POST', '/api/v1/auth/explain', ada, asked)).body;
    expect(checks.filter(({ outcome }: Json) => outcome === 'fail')).toMatchObject([
      { check: 'bounds', first: true },
    ]);
    gatehouse.pass(86_400);
    expect(await verify(['files:read'])).toMatchObject({ valid: false, code: 'EXPIRED' });
    const explained = await agents.ask('POST', '/api/v1/auth/explain', later, {
      keyId: id,
      method: 'GET',
      path: '/api/v1/auth/me',
    });
    expect([explained.status, explained.text.includes('EXPIRED')]).toEqual([200, true]);
  });

  it('ends with its person, and works again where the person is enabled', async () => {
    const ada = someone();
    const { key } = await made(ada);
    const { ownerId } = (await me(key)).body;
    await agents.ask('POST', `/api/v1/admin/owners/${ownerId}/disable`, by(gatehouse.adminKey));
    expect(verdictOf(await me(key))).toBe('401 INVALID_API_KEY');
    await agents.ask('POST', `/api/v1/admin/owners/${ownerId}/enable`, by(gatehouse.adminKey));
    expect((await me(key)).status).toBe(200);
  });
});

describe('an access key for an owner that its user is not a member of', () => {
  it('is rejected as what it is, which its owner can find out', async () => {
    const [ada, bob] = [someone(), someone()];
    const { key, id } = await made(ada);
    const { ownerId } = (await agents.ask('GET', '/api/v1/auth/me', bob)).body;
    expect(await ask('GET', '/api/v1/auth/me', by(key))).toBe('200');
    const moved = (manager: EntityManager) => manager.update(ApiKey, { id }, { ownerId });
    await gatehouse.app.get(Database).write(moved);
    gatehouse.app.get(KeyCache).clear();
    expect(await ask('GET', '/api/v1/auth/me', by(key))).toBe('401 INVALID_API_KEY');
    const verified = await agents.ask('POST', '/api/v1/api-keys/verify', bob, { key });
    expect(verified.body).toMatchObject({ valid: false, code: 'NOT_A_MEMBER' });
    const route = { method: 'GET', path: '/api/v1/auth/me' };
    const { result, checks } = (await agents.ask('POST', '/api/v1/auth/explain', bob, { key, ...route }))
      .body;
    expect(result).toMatchObject({ code: 'INVALID_API_KEY', outcome: 'NOT_A_MEMBER' });
    expect(checks.find(({ check }: Json) => check === 'owner')).toMatchObject({
      outcome: 'fail',
      first: true,
      saw: { active: false, isMember: false },
    });
  });
});

describe('access keys in code', () => {
  it('give their secret to their user alone, and to the operator', async () => {
    const service = gatehouse.app.get(ServiceKeysService);
    const { id, ownerId, userId } = await made(someone());
    const { userId: other } = (await agents.ask('GET', '/api/v1/auth/me', someone())).body;
    const eve = { ...principal, ownerId, userId: other };
    const scope = { ownerId, userId };
    const manager = { user: eve, origin: null, scope } as unknown as KeyManager;
    await expect(service.rotate(manager, id)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const created = gatehouse.app.get(AccessKeysService).create(manager, { name: 'x', scopes: ['a:b'] });
    await expect(created).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await service.rotate(operatorManager, id)).toMatchObject({ userId, replacesId: id });
  });

  it('are restricted with the personal key, also where the operator replaces them meanwhile', async () => {
    const service = gatehouse.app.get(ServiceKeysService);
    const ada = someone();
    const personal = await createPersonalKey(gatehouse, `person-${people}@example.com`);
    const keys = await Promise.all(Array.from({ length: 6 }, () => made(ada)));
    const disable = ask('PATCH', `${admin}/${personal.id}`, by(gatehouse.adminKey), { enabled: false });
    await Promise.all([...keys.map(({ id }) => service.rotate(operatorManager, id)), disable]);
    const { keys: left } = (await agents.ask('GET', `${mine}?status=active`, ada)).body;
    expect(left).toEqual([]);
  });

  it('change under locks that do not deadlock', async () => {
    const ada = someone();
    const personal = await createPersonalKey(gatehouse, `person-${people}@example.com`);
    const scopes = ['files:*', 'api-keys:read', 'api-keys:write', 'members:manage'];
    const keys = await Promise.all(Array.from({ length: 6 }, () => made(ada, { scopes })));
    const { userId } = keys[0]!;
    const root = by(gatehouse.adminKey);
    const racing = keys.flatMap(({ key }, index) => {
      const other = keys[(index * 5 + 1) % 6]!.id;
      const limit = { limit: 900 + index, windowSeconds: 60 };
      return [
        ask('POST', `${mine}/${other}/rotate`, by(key), { overlapSeconds: 60 }),
        ask('PATCH', `${admin}/${personal.id}`, root, { rateLimit: limit }),
        ask('DELETE', `${members}/${other}`, by(key)),
        ask('PATCH', `${mine}/${other}`, by(key), { scopes: scopes.slice(0, 3) }),
        ask('POST', '/api/v1/auth/api-keys/refresh', ada),
        ask('DELETE', '/api/v1/auth/self', by(key)),
        ...(index === 5 ? [ask('DELETE', `/api/v1/admin/users/${userId}/keys`, root)] : []),
      ];
    });
    expect((await Promise.all(racing)).filter((verdict) => verdict.startsWith('5'))).toEqual([]);
  });
});

describe('/api/v1/members/api-keys', () => {
  it('shows an administrator the keys that act for the owner, and ends them with members:manage', async () => {
    const ada = someone();
    const { id, key, userId } = await made(ada);
    const managing = await made(ada, { scopes: ['api-keys:read', 'members:manage'] });
    const reading = (await agents.ask('POST', service, ada, { name: 'x', scopes: ['*:*', 'api-keys:write'] }))
      .body;
    const listed = await agents.ask('GET', `${members}?userId=${userId}&limit=1`, by(reading.key));
    expect(listed.body).toMatchObject({
      keys: [{ id: managing.id, userId }],
      nextCursor: expect.any(String),
    });
    expect((await agents.ask('GET', `${members}/${id}/events`, by(reading.key))).status).toBe(200);
    expect(await ask('DELETE', `${members}/${id}`, by(reading.key))).toBe('403 INSUFFICIENT_SCOPE');
    expect(await ask('GET', mine, by(reading.key))).toBe('403 FORBIDDEN');
    const tool = await agents.issue(ada);
    expect(await ask('DELETE', `${members}/${id}`, by(tool.key))).toBe('403 FORBIDDEN');
    expect(await ask('DELETE', `${members}/${id}`, by(managing.key), { reason: 'left' })).toBe('200');
    expect((await me(key)).status).toBe(401);
  });
});

describe('what an admin sets', () => {
  const patch = (id: string, body: object, caller = by(gatehouse.adminKey)) =>
    agents.ask('PATCH', `${caller === undefined ? mine : admin}/${id}`, caller, body);
  const change = (id: string, body: object, caller: Headers) => ask('PATCH', `${mine}/${id}`, caller, body);

  it('on an access key holds against its user, until the admin lifts it', async () => {
    const ada = someone();
    const { id, key } = await made(ada);
    const shown = (await patch(id, { enabled: false, allowedIps: ['127.0.0.0/8'] })).body;
    expect(shown.imposed).toEqual({
      enabled: false,
      allowedIps: ['127.0.0.0/8'],
      expiresAt: null,
      rateLimit: null,
    });
    expect(await change(id, { enabled: true }, ada)).toBe('403 FORBIDDEN');
    expect(await change(id, { allowedIps: null }, ada)).toBe('403 FORBIDDEN');
    expect(await change(id, { name: 'Old laptop' }, ada)).toBe('200');
    const rotated = (await agents.ask('POST', `${mine}/${id}/rotate`, ada)).body;
    expect(rotated.imposed).toEqual(shown.imposed);
    expect((await me(rotated.key)).status).toBe(401);
    await patch(rotated.id, { enabled: true });
    expect((await me(rotated.key)).status).toBe(200);
    expect(await change(rotated.id, { allowedIps: ['127.0.0.1'] }, ada)).toBe('200');
    expect((await me(key)).status).toBe(401);
  });

  it('does not add scopes to an access key, nor take the key over', async () => {
    const managing = await made(someone(), { scopes: ['members:manage'] });
    for (const enabled of [false, true]) expect((await patch(managing.id, { enabled })).status).toBe(200);
    const { id } = await made(someone(), { scopes: ['files:*'] });
    expect((await patch(id, { scopes: ['files:*', 'notes:read'] })).status).toBe(403);
    expect((await patch(id, { scopes: ['files:read'] })).body.scopes).toEqual(['files:read']);
    expect(await ask('POST', `${admin}/${id}/rotate`, by(gatehouse.adminKey))).toBe('403 FORBIDDEN');
  });

  it('on a personal key holds for the access keys of its user, old and new', async () => {
    const ada = someone();
    const email = `person-${people}@example.com`;
    const old = await made(ada, { rateLimit: { limit: 10, windowSeconds: 60 } });
    const personal = await createPersonalKey(gatehouse, email);
    const rateLimit = { limit: 5, windowSeconds: 60 };
    await patch(personal.id, { expiresAt: days(3), rateLimit, allowedIps: ['127.0.0.0/8'] });
    const held = { expiresAt: days(3), rateLimit, allowedIps: ['127.0.0.0/8'], lineageId: old.userId };
    expect((await agents.ask('GET', `${mine}/${old.id}`, ada)).body).toMatchObject(held);
    const young = await made(ada);
    expect(young).toMatchObject(held);
    expect(verdictOf(await create(ada, { expiresAt: days(4) }))).toBe('403 FORBIDDEN');
    expect(await change(young.id, { rateLimit: null }, ada)).toBe('403 FORBIDDEN');
    const statuses = [];
    for (const key of [old.key, young.key, old.key, young.key, personal.key, old.key])
      statuses.push((await me(key)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    await patch(personal.id, { enabled: false });
    expect([(await me(old.key)).status, (await me(young.key)).status]).toEqual([401, 401]);
    expect(verdictOf(await create(ada))).toBe('403 FORBIDDEN');
    expect(await change(old.id, { enabled: true }, ada)).toBe('403 FORBIDDEN');
    await patch(personal.id, { enabled: true });
    expect(await change(old.id, { enabled: true }, ada)).toBe('200');
  });

  it('on a personal key lets all keys of its user count in one window, and gives none more than it had', async () => {
    const ada = someone();
    const windowSeconds = 60;
    const some = [];
    for (let turn = 0; turn < 3; turn += 1)
      some.push(await made(ada, { rateLimit: { limit: 3, windowSeconds } }));
    const slow = await made(ada, { rateLimit: { limit: 1, windowSeconds: 3_600 } });
    const imposed = await made(ada);
    await patch(imposed.id, { rateLimit: { limit: 1, windowSeconds: 3_600 } });
    const personal = await createPersonalKey(gatehouse, `person-${people}@example.com`);
    await patch(personal.id, { rateLimit: { limit: 4, windowSeconds } });
    const statuses = [];
    for (const { key } of [...some, ...some]) statuses.push((await me(key)).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429, 429]);
    const shown = async (id: string) => (await agents.ask('GET', `${mine}/${id}`, ada)).body;
    expect((await shown(slow.id)).rateLimit).toEqual({ limit: 1, windowSeconds });
    expect(await shown(imposed.id)).toMatchObject({ enabled: false, rateLimit: { windowSeconds: 3_600 } });
    expect(await change(imposed.id, { enabled: true }, ada)).toBe('403 FORBIDDEN');
  });

  it('disables an access key that shares more networks with the personal key than a key may have', async () => {
    const ada = someone();
    const split = (one: number, other: number) => [
      `${one}.0.0.0/8`,
      ...Array.from({ length: 99 }, (_, index) => `${other}.0.${index}.0/24`),
    ];
    const { id } = await made(ada, { allowedIps: split(10, 11) });
    const personal = await createPersonalKey(gatehouse, `person-${people}@example.com`);
    await patch(personal.id, { allowedIps: split(11, 10) });
    const shown = (await agents.ask('GET', `${mine}/${id}`, ada)).body;
    expect([shown.enabled, shown.allowedIps.length]).toEqual([false, 100]);
  });

  it('disables an access key whose networks have nothing in common with those of the personal key', async () => {
    const ada = someone();
    const inside = await made(ada, { allowedIps: ['127.0.0.1', '203.0.113.0/24'] });
    const outside = await made(ada, { allowedIps: ['203.0.113.0/24'] });
    const personal = await createPersonalKey(gatehouse, `person-${people}@example.com`);
    await patch(personal.id, { allowedIps: ['127.0.0.0/8'] });
    const shown = async (id: string) => (await agents.ask('GET', `${mine}/${id}`, ada)).body;
    expect(await shown(inside.id)).toMatchObject({ enabled: true, allowedIps: ['127.0.0.1'] });
    expect(await shown(outside.id)).toMatchObject({ enabled: false });
  });
});

describe('GET /api/v1/me/api-keys/new', () => {
  const propose = (query: string, caller: Headers = gatehouse.bearer()) =>
    agents.ask('GET', `${mine}/new?${query}`, caller);

  it('preselects what a link names, but no wildcard, reserved scope, or key without expiry', async () => {
    const query = 'name=Backup&scopes=files:read,files:*,api-keys:write,admin:all&expires=never';
    const { status, body } = await propose(query);
    expect([status, body]).toEqual([
      200,
      {
        name: 'Backup',
        scopes: [
          { scope: 'files:read', isPreselected: true, reason: null },
          { scope: 'files:*', isPreselected: false, reason: 'WILDCARD' },
          { scope: 'api-keys:write', isPreselected: false, reason: 'RESERVED' },
          { scope: 'admin:all', isPreselected: false, reason: 'NOT_HELD' },
        ],
        expiresAt: days(90),
        asksForNever: true,
        request: { name: 'Backup', scopes: ['files:read'], expiresAt: days(90) },
      },
    ]);
    expect(verdictOf(await create(gatehouse.bearer(), body.request))).toBe('201');
  });

  it.each([
    ['30d', 30],
    ['9999d', 90],
    ['0d', 90],
  ])('takes %s as %i days', async (expires, expected) => {
    expect((await propose(`expires=${expires}`)).body.expiresAt).toBe(days(expected));
  });

  it.each(['expires=soon', 'scopes=files', 'name=', 'key=x', `scopes=${'a:b,'.repeat(101)}`])(
    'rejects %s',
    async (query) => {
      expect(verdictOf(await propose(query))).toBe('400 VALIDATION_FAILED');
    },
  );
});
