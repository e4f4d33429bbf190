import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Agents, agentsOf, aTask, by, verdictOf } from './support/agents.js';
import { type Gatehouse, startGatehouse } from './support/gatehouse.js';
import { startReplica } from './support/second-replica.js';

const limits = { maxApiKeysPerOwner: 3, maxToolKeysPerOwner: 5, maxToolKeysPerTaskAndMinute: 10 };
let gatehouse: Gatehouse;
let agents: Agents;
let lastPerson = 0;

beforeAll(async () => {
  gatehouse = await startGatehouse(limits);
  agents = agentsOf(gatehouse);
});
afterAll(() => gatehouse.close());

const newUser = () => gatehouse.bearer(`person-${(lastPerson += 1)}@example.com`);
const api = '/api/v1/api-keys';
const full = '409 TOO_MANY_KEYS';
const times = <T>(count: number, act: () => T) => Promise.all(Array.from({ length: count }, act));

describe('an owner has no more API keys than it may', () => {
  const make = async (requester: Record<string, string>, body: object = {}) =>
    agents.ask('POST', api, requester, { name: 'x', ...body });
  const fill = async (settings: object = {}) => {
    const requester = newUser();
    return { requester, keys: await times(3, () => agents.serviceKey(settings, requester)) };
  };

  it('when 20 are asked for at once', async () => {
    const requester = newUser();
    const answers = await times(20, () => make(requester));
    expect(answers.map(verdictOf).sort()).toEqual([...Array(3).fill('201'), ...Array(17).fill(full)]);
    const rejected = answers.find(({ status }) => status === 409);
    expect(rejected?.body.details).toEqual({ most: 3, per: 'owner' });
    expect((await agents.ask('GET', api, requester)).body.keys).toHaveLength(3);
    expect((await make(newUser())).status).toBe(201);
  });

  it('by rotation either; without an overlap that goes on', async () => {
    const { requester, keys } = await fill();
    const rotate = async (id: string, overlapSeconds: number) =>
      agents.ask('POST', `${api}/${id}/rotate`, requester, { overlapSeconds });
    const id = keys[0]?.id ?? '';
    expect(verdictOf(await rotate(id, 60))).toBe(full);
    expect(verdictOf(await rotate(id, 0))).toBe('201');
    expect(verdictOf(await make(requester))).toBe(full);
  });

  it('until one was revoked, at once, or has expired; one that is disabled counts', async () => {
    const { requester, keys } = await fill();
    const change = (body: object) => agents.ask('PATCH', `${api}/${keys[0]?.id}`, requester, body);
    await change({ enabled: false });
    expect(verdictOf(await make(requester))).toBe(full);
    await agents.ask('DELETE', `${api}/${keys[0]?.id}`, requester);
    const expiresAt = new Date(gatehouse.now() + 60_000).toISOString();
    expect(verdictOf(await make(requester, { expiresAt }))).toBe('201');
    expect(verdictOf(await make(requester))).toBe(full);
    gatehouse.pass(61);
    expect(verdictOf(await make(requester))).toBe('201');
  });

  it('but an admin gives it more', async () => {
    const { requester } = await fill();
    const { ownerId } = (await agents.me(requester)).body;
    const made = await agents.ask('POST', '/api/v1/admin/api-keys', by(gatehouse.adminKey), {
      name: 'more',
      ownerId,
    });
    expect(made.status).toBe(201);
  });

  it('of two processes', async () => {
    const replica = await startReplica(gatehouse);
    const { requester } = await fill();
    expect(verdictOf(await agentsOf(replica).ask('POST', api, requester, { name: 'x' }))).toBe(full);
    await replica.close();
  });
});

describe('an owner has no more active tool keys than it may', () => {
  const fill = async (fields: object = {}, requester: Record<string, string> = newUser()) => ({
    requester,
    keys: await times(5, () => agents.issue(requester, fields)),
  });
  const oneMore = async (requester: Record<string, string>) => verdictOf(await agents.requestKey(requester));

  it('when 20 are asked for at once, of as many tasks', async () => {
    const requester = newUser();
    const answers = await times(20, () => agents.requestKey(requester));
    expect(answers.map(verdictOf).sort()).toEqual([...Array(5).fill('201'), ...Array(15).fill(full)]);
    const rejected = answers.find(({ status }) => status === 409);
    expect(rejected?.body.details).toEqual({ most: 5, per: 'owner' });
    expect(await oneMore(newUser())).toBe('201');
  });

  it('until one was revoked, with what is below it', async () => {
    const requester = newUser();
    const top = await agents.issue(requester);
    await agents.issueLine(top, 3);
    await agents.issue(requester);
    expect(await oneMore(requester)).toBe(full);
    await agents.revoke(top, requester);
    expect(
      await Promise.all([oneMore(requester), oneMore(requester), oneMore(requester), oneMore(requester)]),
    ).toEqual(Array(4).fill('201'));
    expect(await oneMore(requester)).toBe(full);
  });

  it.each<[string, object, number]>([
    ['expired', { ttlSeconds: 60 }, 61],
    ['lost its lease', { heartbeatSeconds: 10 }, 31],
  ])('until one has %s', async (_what, fields, seconds) => {
    const { requester } = await fill(fields);
    expect(await oneMore(requester)).toBe(full);
    gatehouse.pass(seconds);
    expect(await oneMore(requester)).toBe('201');
  });

  it('until the keys of a task were ended, or fenced', async () => {
    const { requester, keys } = await fill();
    await agents.endTask(keys[0]?.taskId ?? '', requester);
    const taskId = aTask();
    expect(verdictOf(await agents.requestKey(requester, { taskId }))).toBe('201');
    expect(await oneMore(requester)).toBe(full);
  });

  it('until the API key that issued them was revoked', async () => {
    const owner = newUser();
    const { id, key } = await agents.serviceKey({}, owner);
    await fill({}, by(key));
    expect(await oneMore(owner)).toBe(full);
    await agents.ask('DELETE', `${api}/${id}`, owner);
    gatehouse.pass(1);
    expect(await oneMore(owner)).toBe('201');
  });
});

describe('a task has a limit of new tool keys per minute', () => {
  it('and further requests are rejected with Retry-After', async () => {
    const requester = newUser();
    const taskId = aTask();
    for (let turn = 0; turn < 2; turn += 1) {
      const keys = await times(5, () => agents.issue(requester, { taskId }));
      for (const key of keys) await agents.revoke(key, requester);
    }
    gatehouse.pass(20);
    const rejected = await agents.requestKey(requester, { taskId });
    expect(verdictOf(rejected)).toBe('429 RATE_LIMITED');
    expect(rejected.headers['retry-after']).toBe('40');
    expect(verdictOf(await agents.requestKey(requester))).toBe('201');
    expect(verdictOf(await agents.requestKey(newUser(), { taskId }))).toBe('201');
    gatehouse.pass(40);
    expect(verdictOf(await agents.requestKey(requester, { taskId }))).toBe('201');
  });
});
