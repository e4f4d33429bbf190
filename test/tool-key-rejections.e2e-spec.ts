import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Database } from '../src/database/database.js';
import { ToolKey } from '../src/key-store/tool-key.entity.js';
import { type Agents, agentsOf, aTask, type Caller, by, type Headers, verdictOf } from './support/agents.js';
import { createPersonalKey, type Gatehouse, startGatehouse } from './support/gatehouse.js';

let gatehouse: Gatehouse;
let agents: Agents;
let turn = 0;
let person: Headers;
let userId: string;

beforeAll(async () => {
  gatehouse = await startGatehouse({ maxToolKeysPerTask: 2 });
  agents = agentsOf(gatehouse);
});
/** A person of whom nothing was rejected before. */
beforeEach(async () => {
  person = gatehouse.bearer(`rejected-${(turn += 1)}@example.com`);
  ({ userId } = (await agents.me(person)).body);
});
afterAll(() => gatehouse.close());

const countKeys = () => gatehouse.app.get(Database).read((manager) => manager.count(ToolKey));
const rejectionsOf = (subjectId: string) => agents.events({ type: 'refused', subjectId });

/** Asks, and sees that nothing was issued and what the event about `subject` tells. */
async function expectRejection(caller: Caller, request: object, rejection: string, subject: string) {
  const before = await countKeys();
  const answer = await agents.requestKey(caller, request);
  expect(verdictOf(answer)).toBe(rejection);
  expect(await countKeys()).toBe(before);
  const [event] = await rejectionsOf(subject);
  expect(event).toMatchObject({
    type: 'refused',
    subject: { id: subject },
    ip: '127.0.0.1',
    requestId: answer.headers['x-request-id'],
    details: { reason: rejection.slice(4) },
  });
  return { answer, event };
}

describe('a bad request', () => {
  it.each<[string, object, string]>([
    ['a TTL of 0', { ttlSeconds: 0 }, 'ttlSeconds'],
    ['a negative TTL', { ttlSeconds: -1 }, 'ttlSeconds'],
    ['a TTL above a day', { ttlSeconds: 86_401 }, 'ttlSeconds'],
    ['half a second', { ttlSeconds: 0.5 }, 'ttlSeconds'],
    ['a TTL in words', { ttlSeconds: '900' }, 'ttlSeconds'],
    ['a TTL of null', { ttlSeconds: null }, 'ttlSeconds'],
    ['a task id of 300 characters', { taskId: 'x'.repeat(300) }, 'taskId'],
    ['a task id of 201 characters', { taskId: 'x'.repeat(201) }, 'taskId'],
    ['an empty task id', { taskId: '' }, 'taskId'],
    ['a task id of two lines', { taskId: 'a\nb' }, 'taskId'],
    ['a task id with a NUL', { taskId: 'a\u0000b' }, 'taskId'],
    ['a task that is a number', { taskId: 7 }, 'taskId'],
    ['an attempt of 0', { attempt: 0 }, 'attempt'],
    ['an attempt that no column holds', { attempt: 2 ** 31 }, 'attempt'],
    ['no scopes', { scopes: [] }, 'scopes'],
    ['101 scopes', { scopes: Array.from({ length: 101 }, (_, one) => `files:a${one}`) }, 'scopes'],
    ['a scope that is none', { scopes: ['files:read', 'files'] }, 'scopes.1'],
    ['a scope of nine parts', { scopes: ['a:b:c:d:e:f:g:h:i'] }, 'scopes.0'],
    ['a scope of 201 characters', { scopes: [`files:${'x'.repeat(195)}`] }, 'scopes.0'],
    ['a scope with a key in it', { scopes: [`files:tk_${'4fzQ81Xa'.repeat(6)}`] }, 'scopes'],
    ['a heartbeat of less than 5', { heartbeatSeconds: 4 }, 'heartbeatSeconds'],
    ['a heartbeat longer than the TTL', { ttlSeconds: 10, heartbeatSeconds: 11 }, 'heartbeatSeconds'],
    ['a heartbeat longer than the usual TTL', { heartbeatSeconds: 901 }, 'heartbeatSeconds'],
    ['no calls', { maxCalls: 0 }, 'maxCalls'],
    ['half a call', { maxCalls: 1.5 }, 'maxCalls'],
    ['more calls than can be counted', { maxCalls: 1e9 + 1 }, 'maxCalls'],
    ['an unknown field', { owner: 'me' }, 'owner'],
  ])('is rejected, and leaves an event: %s', async (_what, request, path) => {
    const { answer, event } = await expectRejection(person, request, '400 VALIDATION_FAILED', userId);
    expect(answer.body.details[0].path).toBe(path);
    expect(event).toMatchObject({ subject: { type: 'user' }, details: { refused: 'issue' } });
    expect(event.details.details).toContain(path);
  });

  it.each<[string, unknown]>([
    ['no body', undefined],
    ['a list', []],
    ['null', 'null'],
    ['a string', '"task"'],
  ])('is rejected: %s', async (_what, body) => {
    const answer = await agents.ask('POST', '/api/v1/tool-keys', person, body);
    expect(verdictOf(answer)).toBe('400 VALIDATION_FAILED');
  });

  it('is admitted up to its bounds', async () => {
    for (const request of [
      { taskId: '任务'.repeat(100), ttlSeconds: 5, heartbeatSeconds: 5 },
      { ttlSeconds: 1 },
      { ttlSeconds: 86_400, heartbeatSeconds: 86_400, attempt: 1_001, maxCalls: 1e9 },
      { heartbeatSeconds: 900 },
    ])
      expect((await agents.requestKey(person, request)).status).toBe(201);
  });
});

describe('a request that goes too far is rejected, and leaves an event about the key that asked', () => {
  it('for scopes', async () => {
    const { id, key } = await agents.serviceKey({}, person);
    const { event } = await expectRejection(
      by(key),
      { scopes: ['notes:read'] },
      '403 INSUFFICIENT_SCOPE',
      id,
    );
    expect(event).toMatchObject({
      subject: { type: 'api_key' },
      actor: { type: 'api_key', chain: [{ id }] },
    });
  });

  it('for a key that cannot issue at all', async () => {
    const { id, key } = await agents.serviceKey({ scopes: ['files:read'] }, person);
    await expectRejection(by(key), {}, '403 INSUFFICIENT_SCOPE', id);
  });

  it('for its task', async () => {
    const parent = await agents.issue(person);
    await expectRejection(parent, { taskId: aTask() }, '403 FORBIDDEN', parent.id);
  });

  it('for an attempt that has ended', async () => {
    const { id, key } = await createPersonalKey(gatehouse, `rejected-${turn}@example.com`);
    const { taskId } = await agents.issue(by(key), { attempt: 3 });
    await expectRejection(by(key), { taskId, attempt: 2 }, '409 STALE_ATTEMPT', id);
  });

  it('for the number of keys', async () => {
    const parent = await agents.issue(person);
    await agents.issue(parent);
    await expectRejection(parent, {}, '409 TOO_MANY_KEYS', parent.id);
  });

  it('for calls that are not there', async () => {
    const parent = await agents.issue(person, { maxCalls: 2 });
    await expectRejection(parent, { maxCalls: 3 }, '429 BUDGET_EXCEEDED', parent.id);
  });

  it.each<
    [string, object, (ended: { id: string; key: string; taskId: string }) => Promise<unknown> | void, string]
  >([
    ['revoked', {}, (key) => agents.revoke(key as never, person), 'REVOKED'],
    ['expired', { ttlSeconds: 5 }, () => gatehouse.pass(5), 'EXPIRED'],
    ['lost', { heartbeatSeconds: 5 }, () => gatehouse.pass(15), 'LEASE_LOST'],
    ['fenced', {}, ({ taskId }) => agents.issue(person, { taskId, attempt: 2 }).then(), 'REVOKED'],
  ])('for a parent that is %s', async (_how, request, end, outcome) => {
    const parent = await agents.issue(person, request);
    await end(parent);
    const answer = await agents.requestKey(parent);
    expect(verdictOf(answer)).toBe('401 INVALID_TOOL_KEY');
    const [event] = await rejectionsOf(parent.id);
    expect(event).toMatchObject({ subject: { type: 'tool_key' }, details: { reason: outcome } });
  });
});

describe('many rejections', () => {
  it('of one kind are one event, with the number of the others in the next', async () => {
    const request = { taskId: aTask(), ttlSeconds: 0 };
    for (let count = 0; count < 5; count += 1) await agents.requestKey(person, request);
    expect(await rejectionsOf(userId)).toHaveLength(1);
    gatehouse.pass(61);
    await agents.requestKey(person, request);
    const [latest] = await rejectionsOf(userId);
    expect(latest.details.unwritten).toBe(4);
  });

  it('of several kinds are an event each', async () => {
    await agents.requestKey(person, { ttlSeconds: 0 });
    await agents.requestKey(person, { taskId: '' });
    await agents.requestKey(person, { scopes: ['admin:*'] });
    const reasons = (await rejectionsOf(userId)).map(({ details }) => details.reason);
    expect(reasons).toEqual(['INSUFFICIENT_SCOPE', 'VALIDATION_FAILED', 'VALIDATION_FAILED']);
  });

  it('cannot fill the disk, whatever is made up to be rejected', async () => {
    for (let count = 0; count < 40; count += 1) {
      await agents.requestKey(person, { [`field${count}`]: 1 });
      await agents.requestKey(person, { scopes: [`made-up${count}:read`, 'admin:*'] });
    }
    const { key, taskId } = await agents.issue(person, { attempt: 100 });
    for (let attempt = 1; attempt < 40; attempt += 1) await agents.requestKey(by(key), { taskId, attempt });
    const { ownerId } = (await agents.me(person)).body;
    const rejected = await agents.events({ type: 'refused', ownerId });
    expect(rejected.length).toBeLessThanOrEqual(20);
  });
});
