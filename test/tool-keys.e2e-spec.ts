import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../src/database/database.js';
import { ToolKey } from '../src/key-store/tool-key.entity.js';
import { mintApiKey } from './support/api-keys.js';
import { createPersonalKey, type Gatehouse, issueToolKey, startGatehouse } from './support/gatehouse.js';

const path = '/api/v1/tool-keys';
let gatehouse: Gatehouse;

const me = (key: string) => gatehouse.send('GET', '/api/v1/auth/me', { headers: { 'x-tool-key': key } });
const send = (headers: Record<string, string>, body: unknown) =>
  gatehouse.send('POST', path, { headers, body });
const issue = (headers: Record<string, string>, wish: object = {}) =>
  send(headers, { taskId: 'task-1', ...wish });

beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse.close());

describe('POST /api/v1/tool-keys', () => {
  it('issues a key for 900 seconds, shown once, of the issuer’s owner and with no user', async () => {
    const issued = await issue(gatehouse.bearer(), { taskId: 'task-42' });
    expect(issued.status).toBe(201);
    expect(issued.headers['cache-control']).toBe('no-store');
    expect(issued.body).toEqual({
      id: expect.any(String),
      key: expect.stringMatching(/^tk_[0-9A-Za-z]{49}$/),
      prefix: issued.body.key.slice(0, 11),
      taskId: 'task-42',
      scopes: ['*:*'],
      expiresAt: expect.any(String),
      createdAt: expect.any(String),
    });
    expect(Date.parse(issued.body.expiresAt) - Date.parse(issued.body.createdAt)).toBe(900_000);
    const issuer = (await gatehouse.send('GET', '/api/v1/auth/me', { headers: gatehouse.bearer() })).body;
    expect((await me(issued.body.key)).body).toEqual({
      userId: null,
      email: null,
      ownerId: issuer.ownerId,
      role: null,
      scopes: ['*:*'],
      environment: null,
      source: {
        type: 'tool_key',
        keyId: issued.body.id,
        taskId: 'task-42',
      },
      actorChain: [
        {
          type: 'user',
          id: issuer.userId,
        },
        {
          type: 'tool_key',
          id: issued.body.id,
        },
      ],
    });
  });

  it('keeps only the hash', async () => {
    const { id, key } = await issueToolKey(gatehouse);
    const stored = await gatehouse.app
      .get(Database)
      .read((manager) => manager.findOneByOrFail(ToolKey, { id }));
    expect(stored.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(stored)).not.toContain(key.slice(11));
  });

  it.each<[string, unknown, string]>([
    ['no body', undefined, 'body'],
    ['no task', {}, 'taskId'],
    ['a task id of 300 characters', { taskId: 'x'.repeat(300) }, 'taskId'],
    ['an empty task id', { taskId: '' }, 'taskId'],
    ['a TTL of 0', { taskId: 't', ttlSeconds: 0 }, 'ttlSeconds'],
    ['a negative TTL', { taskId: 't', ttlSeconds: -1 }, 'ttlSeconds'],
    ['a TTL above a day', { taskId: 't', ttlSeconds: 86_401 }, 'ttlSeconds'],
    ['half a second', { taskId: 't', ttlSeconds: 0.5 }, 'ttlSeconds'],
    ['a TTL in words', { taskId: 't', ttlSeconds: '900' }, 'ttlSeconds'],
    ['an unknown field', { taskId: 't', owner: 'me' }, 'owner'],
  ])('refuses %s', async (_what, body, wrong) => {
    const answer = await send(gatehouse.bearer(), body);
    expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(answer.body.details[0].path).toBe(wrong);
  });

  it('is open to a personal key, whose link is in the chain', async () => {
    const { id, key } = await createPersonalKey(gatehouse, 'chain@example.com');
    const tool = await issueToolKey(gatehouse, {}, { 'x-api-key': key });
    const { actorChain } = (await me(tool.key)).body;
    expect(actorChain.slice(1)).toEqual([
      { type: 'api_key', id },
      { type: 'tool_key', id: tool.id },
    ]);
  });

  it('needs tool-keys:issue of a service key', async () => {
    const without = await issue({ 'x-api-key': await mintApiKey(gatehouse, { role: 'write_agent' }) });
    expect([without.status, without.body.code]).toEqual([403, 'INSUFFICIENT_SCOPE']);
    const scopes = ['tool-keys:issue', 'files:read', 'api-keys:write', 'admin:*'] as const;
    const granted = await issue({ 'x-api-key': await mintApiKey(gatehouse, { scopes: [...scopes] }) });
    expect(granted.body.scopes).toEqual(['tool-keys:issue', 'files:read']);
  });

  it('never outlives the key that issued it', async () => {
    const expiresAt = new Date(Date.now() + 5_000);
    const key = await mintApiKey(gatehouse, { scopes: ['tool-keys:issue'], expiresAt });
    const { body } = await issue({ 'x-api-key': key }, { taskId: 't', ttlSeconds: 900 });
    expect(body.expiresAt).toBe(expiresAt.toISOString());
  });

  it('is closed to a tool key', async () => {
    const { key } = await issueToolKey(gatehouse);
    const answer = await issue({ 'x-tool-key': key });
    expect([answer.status, answer.body.code]).toEqual([403, 'FORBIDDEN']);
  });
});

describe('the end of a tool key', () => {
  it('comes with its TTL, by the clock, though it is remembered', async () => {
    const other = await startGatehouse();
    const { key } = await issueToolKey(other, { ttlSeconds: 60 });
    const status = async () =>
      (await other.send('GET', '/api/v1/auth/me', { headers: { 'x-tool-key': key } })).status;
    expect(await status()).toBe(200);
    other.pass(58);
    expect(await status()).toBe(200);
    other.pass(2);
    expect(await status()).toBe(401);
    other.pass(-3600);
    await other.close();
  });

  it('comes with DELETE, before it is answered, once', async () => {
    const { id, key } = await issueToolKey(gatehouse, { taskId: 'task-9' });
    expect((await me(key)).status).toBe(200);
    const ended = await gatehouse.send('DELETE', `${path}/${id}`, { headers: gatehouse.bearer() });
    expect(ended.body).toEqual({ id, taskId: 'task-9', revokedAt: expect.any(String) });
    const refused = await me(key);
    expect([refused.status, refused.body.code]).toEqual([401, 'INVALID_TOOL_KEY']);
    const again = await gatehouse.send('DELETE', `${path}/${id}`, { headers: gatehouse.bearer() });
    expect(again.body).toEqual(ended.body);
    const { events } = (
      await gatehouse.send('GET', '/api/v1/auth/api-keys/events', { headers: gatehouse.bearer() })
    ).body;
    const revocations = events.filter(
      (event: { type: string; subject: { id: string } }) =>
        event.type === 'revoked' && event.subject.id === id,
    );
    expect(revocations).toHaveLength(1);
  });

  it('comes with the end of the personal key that issued it', async () => {
    const headers = gatehouse.bearer('falls@example.com');
    const { key } = await createPersonalKey(gatehouse, 'falls@example.com');
    const tool = await issueToolKey(gatehouse, {}, { 'x-api-key': key });
    expect((await me(tool.key)).status).toBe(200);
    await gatehouse.send('DELETE', '/api/v1/auth/api-keys', { headers });
    expect((await me(tool.key)).status).toBe(401);
  });

  it.each(['00000000-0000-7000-8000-000000000000', 'nothing', '%00', "'"])(
    'is 404 for an id that is not there: %s',
    async (id) => {
      const answer = await gatehouse.send('DELETE', `${path}/${id}`, { headers: gatehouse.bearer() });
      expect([answer.status, answer.body.code]).toEqual([404, 'NOT_FOUND']);
    },
  );

  it('is 404 for another owner’s key, which goes on working', async () => {
    const { id, key } = await issueToolKey(gatehouse);
    const answer = await gatehouse.send('DELETE', `${path}/${id}`, {
      headers: gatehouse.bearer('eve@example.com'),
    });
    expect([answer.status, answer.body.code]).toEqual([404, 'NOT_FOUND']);
    expect((await me(key)).status).toBe(200);
  });
});

it('leaves no tool key behind when its issuer is revoked at the same moment', async () => {
  for (let round = 0; round < 5; round += 1) {
    const person = `race-${round}@example.com`;
    const { key } = await createPersonalKey(gatehouse, person);
    const issuing = Array.from({ length: 10 }, () => issue({ 'x-api-key': key }));
    const revoking = gatehouse.send('DELETE', '/api/v1/auth/api-keys', { headers: gatehouse.bearer(person) });
    const answers = await Promise.all(issuing);
    expect((await revoking).status).toBe(200);
    const alive = await Promise.all(
      answers.filter(({ status }) => status === 201).map(({ body }) => me(body.key)),
    );
    expect(alive.every(({ status }) => status === 401)).toBe(true);
    expect(answers.every(({ status }) => status === 201 || status === 401)).toBe(true);
  }
});
