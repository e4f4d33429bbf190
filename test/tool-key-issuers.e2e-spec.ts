import { describe, expect, it } from '@jest/globals';
import { type Agents, aTask, by, verdictOf } from './support/agents.js';
import { mintApiKey } from './support/api-keys.js';
import { createPersonalKey } from './support/gatehouse.js';
import { serveAgents } from './support/serve-agents.js';

const { gatehouse, agents } = serveAgents();

const chainOf = async (requester: Parameters<Agents['me']>[0]) =>
  (await agents.me(requester)).body.actorChain;

describe('a tool key is issued by', () => {
  it('a person, with all that may be passed on', async () => {
    const key = await agents.issue();
    const { userId } = (await agents.me(gatehouse.bearer())).body;
    expect(await chainOf(key)).toEqual([
      { type: 'user', id: userId },
      { type: 'tool_key', id: key.id },
    ]);
  });

  it('a personal key, whose link is in the chain', async () => {
    const { id, key } = await createPersonalKey(gatehouse, 'chain@example.com');
    const tool = await agents.issue(by(key));
    const { userId } = (await agents.me(gatehouse.bearer('chain@example.com'))).body;
    expect(await chainOf(tool)).toEqual([
      { type: 'user', id: userId },
      { type: 'api_key', id },
      { type: 'tool_key', id: tool.id },
    ]);
  });

  it('a service key with tool-keys:issue, in whose environment it is', async () => {
    const service = await agents.serviceKey({ environment: 'test' });
    const tool = await agents.issue(by(service.key));
    expect(await chainOf(tool)).toEqual([
      { type: 'api_key', id: service.id },
      { type: 'tool_key', id: tool.id },
    ]);
    expect((await agents.me(tool)).body).toMatchObject({
      environment: 'test',
      scopes: ['tool-keys:issue', 'files:*'],
    });
  });

  it('a tool key, for its own task and attempt, with or without tool-keys:issue', async () => {
    const parent = await agents.issue(gatehouse.bearer(), { attempt: 4, scopes: ['files:read'] });
    const { body: child } = await agents.requestKey(parent);
    expect(child).toMatchObject({ parentId: parent.id, depth: 2, attempt: 4, scopes: ['files:read'] });
    expect(child.actorChain.map(({ id }: { id: string }) => id).slice(1)).toEqual([parent.id, child.id]);
  });

  it.each<[string, object, string]>([
    ['another task', { taskId: 'another' }, 'taskId'],
    ['a higher attempt', { attempt: 2 }, 'attempt'],
  ])('no tool key for %s', async (_what, fields, wrong) => {
    const answer = await agents.requestKey(await agents.issue(), fields);
    expect(verdictOf(answer)).toBe('403 FORBIDDEN');
    expect(answer.body.details[0].path).toBe(wrong);
  });

  it('no service key without tool-keys:issue', async () => {
    const answer = await agents.requestKey(by(await mintApiKey(gatehouse, { role: 'write_agent' })));
    expect(verdictOf(answer)).toBe('403 INSUFFICIENT_SCOPE');
    expect(answer.body.details).toEqual({
      required: ['tool-keys:issue'],
      granted: ['*:read', '*:write'],
      missing: ['tool-keys:issue'],
    });
  });

  it('no anonymous request', async () => {
    expect(verdictOf(await agents.requestKey({}))).toBe('401 MISSING_TOKEN');
  });
});

describe('the scopes of a tool key', () => {
  it('are among those of its issuer, wildcards considered', async () => {
    const service = by((await agents.serviceKey({ scopes: ['tool-keys:*', 'files:*', '*:read'] })).key);
    for (const scopes of [['files:write'], ['files:*', 'notes:read'], ['*:read'], ['tool-keys:issue']])
      expect((await agents.requestKey(service, { scopes })).body.scopes).toEqual(scopes);
    for (const scopes of [['notes:write'], ['notes:*'], ['*:*'], ['*:write']]) {
      const answer = await agents.requestKey(service, { scopes: ['files:read', ...scopes] });
      expect(verdictOf(answer)).toBe('403 INSUFFICIENT_SCOPE');
      expect(answer.body.details).toMatchObject({ path: 'scopes', missing: scopes });
    }
  });

  it('are all that may be passed on, unless asked for', async () => {
    const scopes = ['tool-keys:issue', 'files:read', 'api-keys:write', 'api-keys:read'];
    const service = await agents.serviceKey({ scopes });
    expect((await agents.requestKey(by(service.key))).body.scopes).toEqual(['tool-keys:issue', 'files:read']);
    const admin = await agents.requestKey(by(gatehouse.adminKey));
    expect(admin.body.scopes).toEqual(['*:*']);
  });

  it.each([
    'api-keys:read',
    'api-keys:write',
    'api-keys:*',
    'api-keys:write:z',
    'admin:read',
    'admin:*',
    'admin:x:y',
    'members:read',
    'members:*',
    'members:x:y',
    'trust-rules:write',
    'trust-rules:*:x',
  ])('are never %s, whoever issues the key', async (scope) => {
    for (const requester of [gatehouse.bearer(), by(gatehouse.adminKey), await agents.issue()])
      for (const other of ['files:read', '*:*']) {
        const answer = await agents.requestKey(requester, { scopes: [other, scope] });
        expect(verdictOf(answer)).toBe('403 INSUFFICIENT_SCOPE');
        expect(answer.body.details.missing).toEqual([scope]);
      }
  });

  it('of many parts are among those of its issuer, and upper case is significant', async () => {
    const service = by((await agents.serviceKey({ scopes: ['tool-keys:issue', 'mcp:*', 'MCP:*:call'] })).key);
    for (const scopes of [['mcp:tools:call'], ['mcp:*:call', 'mcp:tools:*'], ['MCP:tools:call']])
      expect((await agents.requestKey(service, { scopes })).body.scopes).toEqual(scopes);
    for (const scope of ['MCP:tools:read', 'MCP:*', 'mcp2:tools:call', '*:tools:call', 'Tool-Keys:issue'])
      expect(verdictOf(await agents.requestKey(service, { scopes: [scope] }))).toBe('403 INSUFFICIENT_SCOPE');
  });

  it('can be a hundred of 200 characters', async () => {
    const scopes = Array.from({ length: 100 }, (_, index) => `files:${String(index).padEnd(194, 'X')}`);
    const { key } = await agents.issue(gatehouse.bearer(), { scopes });
    const { body } = await agents.ask('GET', '/api/v1/tool-keys/self', by(key));
    expect(body.scopes).toEqual(scopes);
  });

  it('only shrink from key to key', async () => {
    const scopes = ['files:*', 'notes:read'];
    const parent = await agents.issue(gatehouse.bearer(), { scopes });
    const child = await agents.issue(parent, { scopes: ['files:read'] });
    expect((await agents.requestKey(child)).body.scopes).toEqual(['files:read']);
    expect(verdictOf(await agents.requestKey(child, { scopes: ['files:write'] }))).toBe(
      '403 INSUFFICIENT_SCOPE',
    );
  });
});

describe('the life of a tool key', () => {
  const inSeconds = (seconds: number, { createdAt }: { createdAt: string }) =>
    new Date(Date.parse(createdAt) + seconds * 1000).toISOString();

  it('is 900 s unless its issuer ends before, and as long as asked for', async () => {
    const parent = await agents.issue(gatehouse.bearer(), { ttlSeconds: 100 });
    const { body: child } = await agents.requestKey(parent);
    expect(child.expiresAt).toBe(parent.expiresAt);
    const { body: brief } = await agents.requestKey(parent, { ttlSeconds: 40 });
    expect(brief.expiresAt).toBe(inSeconds(40, brief));
    expect((await agents.requestKey(parent, { ttlSeconds: 100 })).status).toBe(201);
  });

  it('ends with the API key that issued it, also when that has less than 900 s', async () => {
    const expiresAt = new Date(gatehouse.now() + 5_000);
    const key = await mintApiKey(gatehouse, { scopes: ['tool-keys:issue'], expiresAt });
    expect((await agents.issue(by(key))).expiresAt).toBe(expiresAt.toISOString());
  });
});

describe('a tree of tool keys', () => {
  it('is five deep and no more', async () => {
    const line = await agents.issueLine(gatehouse.bearer(), 5, { taskId: aTask() });
    expect(await agents.verdicts(line)).toEqual(['200', '200', '200', '200', '200']);
    expect(await chainOf(line[4]!)).toHaveLength(6);
    const sixth = await agents.requestKey(line[4]);
    expect(verdictOf(sixth)).toBe('403 FORBIDDEN');
    expect(sixth.body.details[0].path).toBe('depth');
  });

  it('is of one owner from top to bottom', async () => {
    const { ownerId } = (await agents.me(gatehouse.bearer())).body;
    const line = await agents.issueLine(gatehouse.bearer(), 5, { taskId: aTask() });
    const owners = await Promise.all(line.map(async (key) => (await agents.me(key)).body.ownerId));
    expect(new Set(owners)).toEqual(new Set([ownerId]));
  });
});
