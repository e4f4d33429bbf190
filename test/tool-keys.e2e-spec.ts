import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../src/database/database.js';
import { ToolKey } from '../src/key-store/tool-key.entity.js';
import { type Agents, agentsOf, aTask, by, verdictOf } from './support/agents.js';
import { createPersonalKey, type Gatehouse, startGatehouse } from './support/gatehouse.js';

const path = '/api/v1/tool-keys';
let gatehouse: Gatehouse;
let agents: Agents;

beforeAll(async () => {
  gatehouse = await startGatehouse();
  agents = agentsOf(gatehouse);
});
afterAll(() => gatehouse.close());

describe('POST /api/v1/tool-keys', () => {
  it('issues a key for 900 seconds, shown once, of the issuer’s owner and with no user', async () => {
    const issued = await agents.requestKey(gatehouse.bearer(), { taskId: 'task-42' });
    const issuer = (await agents.me(gatehouse.bearer())).body;
    const { id, key, createdAt, expiresAt } = issued.body;
    const actorChain = [
      { type: 'user', id: issuer.userId },
      { type: 'tool_key', id },
    ];
    expect(issued.status).toBe(201);
    expect(issued.headers['cache-control']).toBe('no-store');
    expect(issued.body).toEqual({
      id: expect.any(String),
      key: expect.stringMatching(/^tk_[0-9A-Za-z]{49}$/),
      prefix: key.slice(0, 11),
      taskId: 'task-42',
      attempt: 1,
      bounded: false,
      depth: 1,
      parentId: null,
      scopes: ['*:*'],
      environment: null,
      actorChain,
      heartbeatSeconds: null,
      leaseUntil: null,
      name: null,
      maxCalls: null,
      remainingCalls: null,
      status: 'active',
      endedBecause: null,
      expiresAt: expect.any(String),
      shortened: false,
      endedAt: null,
      lastUsedAt: null,
      createdBy: { type: 'user', id: issuer.userId },
      createdAt: expect.any(String),
    });
    expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBe(900_000);
    expect((await agents.me(by(key))).body).toEqual({
      userId: null,
      email: null,
      ownerId: issuer.ownerId,
      role: null,
      scopes: ['*:*'],
      environment: null,
      source: { type: 'tool_key', keyId: id, taskId: 'task-42', attempt: 1 },
      actorChain,
    });
  });

  it('accepts every field', async () => {
    const fields = {
      attempt: 3,
      scopes: ['files:read', 'notes:*'],
      ttlSeconds: 86_400,
      heartbeatSeconds: 20,
      maxCalls: 1_000_000_000,
    };
    const { body } = await agents.requestKey(gatehouse.bearer(), fields);
    const { ttlSeconds, ...kept } = fields;
    expect(body).toMatchObject({ ...kept, shortened: false });
    expect(Date.parse(body.expiresAt) - Date.parse(body.createdAt)).toBe(ttlSeconds * 1000);
    expect(Date.parse(body.leaseUntil) - Date.parse(body.createdAt)).toBe(60_000);
  });

  it.each<[string, object, boolean, number]>([
    ['as long as its issuer', { ttlSeconds: 60 }, false, 60],
    ['longer than its issuer', { ttlSeconds: 61 }, true, 60],
    ['a day', { ttlSeconds: 86_400 }, true, 60],
    ['for the default time', {}, true, 60],
    ['shorter than its issuer', { ttlSeconds: 59 }, false, 59],
  ])('asked %s lives no longer, and the answer says so', async (_what, fields, shortened, lives) => {
    const service = await agents.serviceKey({ expiresAt: new Date(gatehouse.now() + 60_000).toISOString() });
    const parent = await agents.issue(gatehouse.bearer(), { ttlSeconds: 60 });
    for (const issuer of [by(service.key), parent]) {
      const { status, body } = await agents.requestKey(issuer, fields);
      expect([status, body.shortened]).toEqual([201, shortened]);
      expect(Date.parse(body.expiresAt) - gatehouse.now()).toBe(lives * 1000);
    }
  });

  it('below one with part of a second left gets that part', async () => {
    const parent = await agents.issue(gatehouse.bearer(), { ttlSeconds: 60 });
    gatehouse.pass(0.1);
    const { body } = await agents.requestKey(parent, { ttlSeconds: 60, heartbeatSeconds: 60 });
    expect(body).toMatchObject({
      expiresAt: parent.expiresAt,
      leaseUntil: parent.expiresAt,
      shortened: true,
    });
  });

  it('keeps only the hash, and leaves the key in no event', async () => {
    const { id, key } = await agents.issue();
    const stored = await gatehouse.app
      .get(Database)
      .read((manager) => manager.findOneByOrFail(ToolKey, { id }));
    expect(stored.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(stored)).not.toContain(key.slice(11));
    const [event] = await agents.events({ subjectId: id });
    expect(event).toMatchObject({ type: 'issued', details: { prefix: key.slice(0, 11), attempt: 1 } });
    expect(JSON.stringify(event)).not.toContain(key.slice(11));
  });

  it('shows the key in no answer but the first', async () => {
    const { id, key, taskId } = await agents.issue();
    const answers = await Promise.all([
      agents.look(id),
      agents.self(by(key)),
      agents.ask('GET', `${path}?taskId=${encodeURIComponent(taskId)}`, gatehouse.bearer()),
      agents.ask('GET', `${path}/${id}/tree`, gatehouse.bearer()),
      agents.beat(by(key)),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(answers.map(({ text }) => text).join('')).not.toContain(key.slice(11));
  });
});

describe('the end of a tool key', () => {
  it('comes with its TTL, by the clock, even if it is cached', async () => {
    const other = await startGatehouse();
    const { issue, verdict } = agentsOf(other);
    const key = await issue(other.bearer(), { ttlSeconds: 60 });
    expect(await verdict(key)).toBe('200');
    other.pass(59.999);
    expect(await verdict(key)).toBe('200');
    other.pass(0.001);
    expect(await verdict(key)).toBe('401 INVALID_TOOL_KEY');
    await other.close();
  });

  it('comes with DELETE, before it is answered, once', async () => {
    const issued = (await agents.requestKey(gatehouse.bearer())).body;
    const { key: secret, shortened: _shortened, ...shown } = issued;
    const key = { ...shown, key: secret };
    expect(await agents.verdict(key)).toBe('200');
    const ended = await agents.revoke(key);
    expect(ended.body).toEqual({
      ...shown,
      status: 'ended',
      endedBecause: 'REVOKED',
      endedAt: expect.any(String),
      lastUsedAt: null,
    });
    expect(await agents.verdict(key)).toBe('401 INVALID_TOOL_KEY');
    expect((await agents.revoke(key)).body.endedAt).toBe(ended.body.endedAt);
    const { events } = (await agents.ask('GET', '/api/v1/auth/api-keys/events', gatehouse.bearer())).body;
    const revocations = events.filter(
      (event: { type: string; subject: { id: string } }) =>
        event.type === 'revoked' && event.subject.id === key.id,
    );
    expect(revocations).toHaveLength(1);
  });

  it.each(['00000000-0000-7000-8000-000000000000', 'nothing', '%00', "'"])(
    'is 404 for an id that is not there: %s',
    async (id) => {
      for (const [method, to] of [
        ['DELETE', id],
        ['GET', id],
        ['GET', `${id}/tree`],
      ] as const) {
        const answer = await agents.ask(method, `${path}/${to}`, gatehouse.bearer());
        expect(verdictOf(answer)).toBe('404 NOT_FOUND');
      }
    },
  );

  it('is 404 for another owner’s key, which goes on working', async () => {
    const key = await agents.issue();
    expect(verdictOf(await agents.revoke(key, gatehouse.bearer('eve@example.com')))).toBe('404 NOT_FOUND');
    expect(await agents.verdict(key)).toBe('200');
  });
});

it('leaves no tool key behind when its issuer is revoked at the same moment', async () => {
  for (let round = 0; round < 5; round += 1) {
    const person = gatehouse.bearer(`race-${round}@example.com`);
    const { key } = await createPersonalKey(gatehouse, `race-${round}@example.com`);
    const taskId = aTask();
    const issuing = Array.from({ length: 10 }, () => agents.requestKey(by(key), { taskId }));
    const revoking = agents.ask('DELETE', '/api/v1/auth/api-keys', person);
    const answers = await Promise.all(issuing);
    expect((await revoking).status).toBe(200);
    const issued = answers.filter(({ status }) => status === 201).map(({ body }) => body);
    expect(new Set(await agents.verdicts(issued))).not.toContain('200');
    expect(answers.every(({ status }) => status === 201 || status === 401)).toBe(true);
  }
});
