import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Clock } from '../src/support/clock.js';
import { EndedToolKeys } from '../src/tool-keys/tool-key-leases.js';
import { type Agents, agentsOf, aTask, by, type Issued, verdictOf } from './support/agents.js';
import { createPersonalKey, type Gatehouse, startGatehouse } from './support/gatehouse.js';
import { startReplica } from './support/second-replica.js';

let gatehouse: Gatehouse;
let agents: Agents;

beforeAll(async () => {
  gatehouse = await startGatehouse({ maxToolKeysPerTask: 3 });
  agents = agentsOf(gatehouse);
});
afterAll(() => gatehouse.close());

/** As many keys of a new task as it may have. */
const fill = async (fields: object = {}, requester = gatehouse.bearer() as Record<string, string>) => {
  const taskId = aTask();
  const keys: Issued[] = [];
  while (keys.length < 3) keys.push(await agents.issue(requester, { taskId, ...fields }));
  return { taskId, keys };
};
const oneMore = async (taskId: string, fields: object = {}) =>
  verdictOf(await agents.requestKey(gatehouse.bearer(), { taskId, ...fields }));

describe('a task has at most as many active keys as it may', () => {
  it('rejects one more key, with any credential', async () => {
    const { taskId, keys } = await fill();
    const rejected = await agents.requestKey(gatehouse.bearer(), { taskId });
    expect(verdictOf(rejected)).toBe('409 TOO_MANY_KEYS');
    expect(rejected.body.details).toEqual({ most: 3, per: 'task' });
    expect(verdictOf(await agents.requestKey(keys[0]))).toBe('409 TOO_MANY_KEYS');
    expect(await agents.verdicts(keys)).toEqual(['200', '200', '200']);
  });

  it('each for itself', async () => {
    const { taskId } = await fill();
    expect((await agents.requestKey(gatehouse.bearer())).status).toBe(201);
    const eve = await agents.requestKey(gatehouse.bearer('eve@example.com'), { taskId });
    expect(eve.status).toBe(201);
  });

  it('when 20 are asked for at once', async () => {
    const taskId = aTask();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => agents.requestKey(gatehouse.bearer(), { taskId })),
    );
    const verdicts = answers.map(verdictOf).sort();
    expect(verdicts).toEqual([...Array(3).fill('201'), ...Array(17).fill('409 TOO_MANY_KEYS')]);
    const { body } = await agents.ask(
      'GET',
      `/api/v1/tool-keys?taskId=${encodeURIComponent(taskId)}`,
      gatehouse.bearer(),
    );
    expect(body.keys).toHaveLength(3);
  });

  it('when 20 are asked for at once of two processes', async () => {
    const replica = await startReplica(gatehouse);
    const both = [agents, agentsOf(replica)] as const;
    const taskId = aTask();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, turn) => both[turn % 2]?.requestKey(gatehouse.bearer(), { taskId })),
    );
    await replica.close();
    const issued = answers.flatMap((answer) => (answer?.status === 201 ? [answer.body] : []));
    expect(issued).toHaveLength(3);
    expect(await agents.verdicts(issued)).toEqual(['200', '200', '200']);
  });
});

describe('there is room again for', () => {
  it('one, after one was revoked', async () => {
    const { taskId, keys } = await fill();
    await agents.revoke(keys[1]!);
    expect([await oneMore(taskId), await oneMore(taskId)]).toEqual(['201', '409 TOO_MANY_KEYS']);
  });

  it.each([false, true])('all, after they expired; written down: %s', async (isNoted) => {
    const { taskId } = await fill({ ttlSeconds: 60 });
    gatehouse.pass(60);
    if (isNoted) await gatehouse.app.get(EndedToolKeys).run();
    for (const expected of ['201', '201', '201', '409 TOO_MANY_KEYS'])
      expect(await oneMore(taskId)).toBe(expected);
  });

  it.each([false, true])('one, after its lease was lost; written down: %s', async (isNoted) => {
    const { taskId, keys } = await fill({ heartbeatSeconds: 10 });
    gatehouse.pass(29);
    await agents.beat(keys[0]!);
    await agents.beat(keys[2]!);
    gatehouse.pass(1);
    if (isNoted) await gatehouse.app.get(EndedToolKeys).run();
    expect([await oneMore(taskId), await oneMore(taskId)]).toEqual(['201', '409 TOO_MANY_KEYS']);
  });

  it('all, for a higher attempt', async () => {
    const { taskId } = await fill();
    for (const expected of ['201', '201', '201', '409 TOO_MANY_KEYS'])
      expect(await oneMore(taskId, { attempt: 2 })).toBe(expected);
  });

  it('all, after the task’s keys were ended', async () => {
    const { taskId } = await fill();
    expect((await agents.endTask(taskId)).body).toEqual({ taskId, attempt: 1, ended: 3 });
    for (const expected of ['201', '201', '201', '409 TOO_MANY_KEYS'])
      expect(await oneMore(taskId)).toBe(expected);
    expect((await agents.endTask(taskId)).body.ended).toBe(3);
    expect((await agents.endTask(taskId)).body.ended).toBe(0);
  });

  it('as many as were below a key that was revoked', async () => {
    const taskId = aTask();
    const [top] = await agents.issueLine(gatehouse.bearer(), 3, { taskId });
    expect(await oneMore(taskId)).toBe('409 TOO_MANY_KEYS');
    await agents.revoke(top!);
    for (const expected of ['201', '201', '201', '409 TOO_MANY_KEYS'])
      expect(await oneMore(taskId)).toBe(expected);
  });

  it('as many as were below a key whose lease was lost', async () => {
    const taskId = aTask();
    const top = await agents.issue(gatehouse.bearer(), { taskId, heartbeatSeconds: 10 });
    await agents.issueLine(top, 2);
    gatehouse.pass(30);
    for (const expected of ['201', '201', '201', '409 TOO_MANY_KEYS'])
      expect(await oneMore(taskId)).toBe(expected);
  });

  it('one, after a child lost its lease', async () => {
    const taskId = aTask();
    const parent = await agents.issue(gatehouse.bearer(), { taskId });
    await agents.issue(parent, { heartbeatSeconds: 10 });
    await agents.issue(parent, { heartbeatSeconds: 100 });
    gatehouse.pass(30);
    expect([await oneMore(taskId), await oneMore(taskId)]).toEqual(['201', '409 TOO_MANY_KEYS']);
  });

  it('as many as were issued by an API key that was revoked', async () => {
    const service = await agents.serviceKey();
    const { taskId } = await fill({}, by(service.key));
    await agents.ask('DELETE', `/api/v1/api-keys/${service.id}`, gatehouse.bearer());
    for (const expected of ['201', '201', '201', '409 TOO_MANY_KEYS'])
      expect(await oneMore(taskId)).toBe(expected);
  });

  it('none for keys that ended long ago, of which it is not said that they end in the future', async () => {
    const service = await agents.serviceKey();
    const taskId = aTask();
    const fenced = await agents.issue(gatehouse.bearer(), { taskId });
    for (let count = 0; count < 3; count += 1) await agents.issue(by(service.key), { taskId, attempt: 2 });
    const before = (await agents.look(fenced.id)).body;
    expect(await oneMore(taskId)).toBe('409 TOO_MANY_KEYS');
    expect((await agents.look(fenced.id)).body).toMatchObject({ endedBecause: before.endedBecause });
    const { endedAt } = (await agents.look(fenced.id)).body;
    expect(Date.parse(endedAt ?? '1970-01-01')).toBeLessThanOrEqual(gatehouse.app.get(Clock).now());
  });

  it('as many as were issued by a personal key that was replaced', async () => {
    const person = gatehouse.bearer('replaced@example.com');
    const { key } = await createPersonalKey(gatehouse, 'replaced@example.com');
    const { taskId } = await fill({}, by(key));
    await agents.ask('POST', '/api/v1/auth/api-keys/refresh', person);
    const answer = await agents.requestKey(person, { taskId });
    expect(verdictOf(answer)).toBe('201');
  });
});
