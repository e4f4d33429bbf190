import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../src/database/database.js';
import { ApiKey } from '../src/key-store/api-key.entity.js';
import { type Agents, agentsOf, by, verdictOf } from './support/agents.js';
import { createPersonalKey, type Gatehouse, startGatehouse } from './support/gatehouse.js';

const path = '/api/v1/auth/self';
let gatehouse: Gatehouse;
let agents: Agents;

beforeAll(async () => {
  gatehouse = await startGatehouse({ basicAuth: true });
  agents = agentsOf(gatehouse);
});
afterAll(() => gatehouse.close());

const end = (headers: Record<string, string>, query = '') => agents.ask('DELETE', path + query, headers);
const eventsOf = (subjectId: string) => agents.events({ subjectId, type: 'revoked' });

describe('a key that ends itself', () => {
  it.each<[string, () => Promise<{ id: string; key: string; prefix?: string }>]>([
    ['a personal key', () => createPersonalKey(gatehouse)],
    [
      'an access key',
      async () => {
        const body = { name: 'Laptop', scopes: ['files:read'] };
        const caller = gatehouse.bearer('laptop@example.com');
        return (await agents.ask('POST', '/api/v1/me/api-keys', caller, body)).body;
      },
    ],
    ['a service key', () => agents.serviceKey()],
    ['a service key without scopes', () => agents.serviceKey({ scopes: [] })],
    ['a tool key', () => agents.issue()],
    [
      'a bounded key',
      () =>
        agents.serviceKey(
          { scopes: ['notes:read'], expiresAt: new Date(gatehouse.now() + 60_000).toISOString() },
          gatehouse.bearer('client@example.com', 3600, {
            client_id: 'planner',
            scope: 'notes:read api-keys:write',
          }),
        ),
    ],
  ])('is rejected at once, with an event: %s', async (_what, create) => {
    const { id, key } = await create();
    const headers = by(key);
    const { status, body } = await end(headers);
    expect([status, body]).toEqual([
      200,
      { message: 'The key was revoked.', revokedKeyPrefix: key.slice(0, key.lastIndexOf('_') + 9) },
    ]);
    expect(verdictOf(await agents.me(headers))).toMatch(/^401 INVALID_(API|TOOL)_KEY$/);
    expect(verdictOf(await end(headers))).toMatch(/^401 INVALID_(API|TOOL)_KEY$/);
    const events = await eventsOf(id);
    const type = key.startsWith('tk_') ? 'tool_key' : 'api_key';
    expect(events).toMatchObject([
      { actor: { type }, ip: '127.0.0.1', details: { reason: 'self' }, subject: { type, id } },
    ]);
  });

  it('keeps its reason, and can be followed by a new personal key', async () => {
    const headers = gatehouse.bearer('eve@example.com');
    const { id, key } = await createPersonalKey(gatehouse, 'eve@example.com');
    await end({ authorization: `Basic ${Buffer.from(`:${key}`).toString('base64')}` });
    const stored = await gatehouse.app.get(Database).read((manager) => manager.findOneBy(ApiKey, { id }));
    expect(stored).toMatchObject({ revokeReason: 'self', revokedAt: new Date(gatehouse.now()) });
    expect((await agents.ask('POST', '/api/v1/auth/api-keys', headers)).status).toBe(201);
  });

  it('ends the keys below it', async () => {
    const service = await agents.serviceKey();
    const line = await agents.issueLine(by(service.key), 3);
    expect(await agents.verdicts(line)).toEqual(['200', '200', '200']);
    await end(by(line[1]?.key ?? ''));
    expect(await agents.verdicts(line)).toEqual(['200', '401 INVALID_TOOL_KEY', '401 INVALID_TOOL_KEY']);
    await end(by(service.key));
    expect(await agents.verdict(line[0]!)).toBe('401 INVALID_TOOL_KEY');
  });

  it('needs no calls', async () => {
    const key = await agents.issue(undefined, { maxCalls: 1 });
    expect(await agents.verdicts([key, key])).toEqual(expect.arrayContaining(['429 BUDGET_EXCEEDED']));
    expect((await end(by(key.key))).status).toBe(200);
  });

  it('waits for the other processes with ?wait=true', async () => {
    const { key } = await agents.serviceKey();
    const { body } = await end(by(key), '?wait=true');
    expect(body.replicas).toMatchObject({ missing: [] });
    expect(verdictOf(await end(gatehouse.bearer(), '?wait=yes'))).toBe('403 FORBIDDEN');
  });

  it('ends once when requests race', async () => {
    const [service, tool] = [await agents.serviceKey(), await agents.issue()];
    for (const { id, key } of [service, tool]) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => end(by(key))));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(await eventsOf(id)).toHaveLength(1);
    }
  });
});

it('is for keys only', async () => {
  expect(verdictOf(await end(gatehouse.bearer()))).toBe('403 FORBIDDEN');
  expect(verdictOf(await end({}))).toBe('401 MISSING_TOKEN');
});

it('ends no key that is disabled', async () => {
  const { id, key } = await agents.serviceKey();
  await agents.ask('PATCH', `/api/v1/api-keys/${id}`, gatehouse.bearer(), { enabled: false });
  expect(verdictOf(await end(by(key)))).toBe('401 INVALID_API_KEY');
  expect(await eventsOf(id)).toEqual([]);
});
