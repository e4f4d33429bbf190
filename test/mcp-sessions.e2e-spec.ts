import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditTrail } from '../src/audit/audit-trail.js';
import { Database } from '../src/database/database.js';
import { McpCalls } from '../src/mcp/mcp-calls.js';
import { OpenStreams } from '../src/mcp/open-streams.js';
import { KeyUsage } from '../src/usage/key-usage.js';
import { eventually } from './support/eventually.js';
import type { Json } from './support/json.js';
import { adapters, type McpHost, servers, startMcpHost, tokenOf } from './support/mcp-host.js';
import { calls, waiting } from './support/mcp-servers.js';

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const person = () => bearer(tokenOf());

describe.each<[(typeof servers)[number], (typeof adapters)[number]]>([
  ['MCP-Nest', 'Fastify'],
  ['the SDK', 'Express'],
])('a server of %s on %s', (server, adapter) => {
  let host: McpHost;
  beforeAll(async () => {
    host = await startMcpHost({ server, adapter });
  });
  afterAll(() => host.close());
  beforeEach(() => void calls.splice(0));

  const createKey = async (settings: object = {}) => {
    const body = { name: 'ci', scopes: ['notes:read', 'notes:write'], ...settings };
    const { body: made } = await host.ask('POST', '/api/v1/api-keys', person(), body);
    return { id: made.id as string, headers: { 'x-api-key': made.key as string } };
  };
  const issue = async (settings: object) => {
    const { body } = await host.ask('POST', '/api/v1/tool-keys', person(), settings);
    return bearer(body.key);
  };
  const talk = async (headers: Record<string, string>) => {
    for (const method of ['initialize', 'tools/list', 'ping', 'prompts/list'])
      expect((await host.message(headers, method, initialize)).status).toBe(200);
  };
  const initialize = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'test', version: '1' },
  };
  const eventsOf = async (filter: Parameters<AuditTrail['find']>[0] = {}): Promise<Json[]> => {
    await host.app.get(McpCalls).flush();
    const { events } = await host.app.get(AuditTrail).find({ type: 'called', ...filter }, { limit: 100 });
    return events;
  };

  it('charges calls to the limit of a key, and nothing else of its session', async () => {
    const { headers } = await createKey({ rateLimit: { limit: 3, windowSeconds: 3_600 } });
    await talk(headers);
    await talk(headers);
    for (const status of [200, 200, 200, 429])
      expect((await host.call(headers, 'list_notes')).status).toBe(status);
    // It still finds out what it could do.
    await talk(headers);
    expect(calls).toHaveLength(3);
  });

  it('charges a call once, whatever guards its handler has', async () => {
    const { id, headers } = await createKey({ rateLimit: { limit: 2, windowSeconds: 3_600 } });
    const first = await host.call(headers, 'clear_notes');
    expect([first.status, first.headers.get('ratelimit')]).toEqual([200, expect.stringContaining('r=1')]);
    await host.app.get(KeyUsage).flush();
    const { body } = await host.ask('GET', `/api/v1/api-keys/${id}/usage`, person());

    expect(body.total).toMatchObject({ VALID: 1 });
  });

  it('counts the calls of a budget', async () => {
    const agent = await issue({ taskId: 'budget', maxCalls: 2 });
    await talk(agent);
    expect((await host.call(agent, 'list_notes')).status).toBe(200);
    expect((await host.call(agent, 'task')).status).toBe(200);
    expect((await host.message(agent, 'resources/read', { uri: 'notes://all' })).status).toBe(200);
    const { status, body } = await host.call(agent, 'list_notes');
    expect([status, body.code, body.error.message]).toEqual([429, 'BUDGET_EXCEEDED', expect.any(String)]);
    // `@Unmetered()`, and what is no call.
    expect((await host.call(agent, 'task')).status).toBe(200);
    await talk(agent);
  });

  it('rejects the next message of a session whose key was revoked', async () => {
    const { id, headers } = await createKey();
    const client = await host.connect(headers);
    await client.callTool({ name: 'list_notes', arguments: {} });
    expect((await host.ask('DELETE', `/api/v1/api-keys/${id}`, person())).status).toBe(200);
    await expect(client.callTool({ name: 'list_notes', arguments: {} })).rejects.toThrow();
    await expect(client.listTools()).rejects.toThrow();
    await client.close();
    expect(calls).toEqual(['list_notes']);
  });

  describe('while a tool runs', () => {
    beforeEach(() => void (waiting.isOver = false));
    afterEach(() => void (waiting.isOver = true));

    const params = { name: 'wait', arguments: {}, _meta: { progressToken: 'p' } };
    /** Resolves when the response has ended or is broken off, with how long that took. */
    const wait = async (headers: Record<string, string>, signal: AbortSignal | null = null) => {
      const begun = performance.now();
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
      const sent = {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      };
      await fetch(host.url, { method: 'POST', headers: sent, body, signal })
        .then((answer) => answer.text())
        .catch(() => undefined);
      return performance.now() - begun;
    };

    it('its response ends within a second of the revocation of the key', async () => {
      const [{ id, headers }, other] = [await createKey(), await createKey()];
      const [end, abort] = [wait(headers), new AbortController()];
      let isOtherOpen = true;
      const lasting = wait(other.headers, abort.signal).finally(() => (isOtherOpen = false));
      await eventually(() => expect(calls).toEqual(['wait', 'wait']));
      const revoked = performance.now();
      expect((await host.ask('DELETE', `/api/v1/api-keys/${id}`, person())).status).toBe(200);
      await end;
      expect([performance.now() - revoked < 1_000, isOtherOpen]).toEqual([true, true]);
      await eventually(() => expect(host.app.get(OpenStreams).size).toBe(1));
      abort.abort();
      await lasting;
      await eventually(() => expect(host.app.get(OpenStreams).size).toBe(0));
    });

    it('its response ends when the token expires', async () => {
      expect(await wait(bearer(tokenOf({ expiresIn: 1 })))).toBeLessThan(3_000);
    });
  });

  it('writes every audited call to the trail, with its arguments where they are wanted', async () => {
    const agent = await issue({ taskId: 'audited' });
    const secret = 'mk_live_abcdefgh12345678901234567890123456789012345678';
    for (const text of ['one', `the key ${secret}`])
      expect((await host.call(agent, 'add_note', { arguments: { text } })).status).toBe(200);
    expect((await host.call(agent, 'clear_notes')).status).toBe(403);
    const events = await eventsOf();
    const first = events.find(({ details }) => details.arguments?.includes('one'));
    expect(first).toMatchObject({
      subjectType: 'tool_key',
      actorChain: [{ type: 'user' }, { type: 'tool_key' }],
      details: { tool: 'add_note', outcome: 'VALID', arguments: '{"text":"one"}' },
    });
    expect(events.map(({ details }) => details)).toEqual(
      expect.arrayContaining([
        { tool: 'add_note', outcome: 'VALID', arguments: '{"text":"the key mk_live_[redacted]"}' },
        { tool: 'clear_notes', outcome: 'FORBIDDEN', unwritten: 0 },
      ]),
    );
  });

  it('writes samples of other calls, without arguments', async () => {
    const { id, headers } = await createKey();
    for (let count = 0; count < 3; count += 1)
      await host.call(headers, 'list_notes', { arguments: { q: 'private' } });
    await host.message(headers, 'prompts/get', { name: 'summary' });
    await host.call(headers, 'sign');
    const events = await eventsOf({ subjectId: id });
    expect(events.map(({ details }) => details)).toEqual(
      expect.arrayContaining([
        { tool: 'list_notes', outcome: 'VALID', unwritten: 0 },
        { prompt: 'summary', outcome: 'VALID', unwritten: 0 },
        { tool: 'sign', outcome: 'FORBIDDEN', unwritten: 0 },
      ]),
    );
    expect(events).toHaveLength(3);
  });

  it('does not make an audited call that cannot be written', async () => {
    const { headers } = await createKey();
    const database = host.app.get(Database);
    const { write } = database;
    expect((await host.call(headers, 'list_notes')).status).toBe(200);
    database.write = () => Promise.reject(new Error('disk full'));
    try {
      const { status, body } = await host.call(headers, 'clear_notes');
      expect([status, body.code]).toEqual([503, 'DB_UNAVAILABLE']);
      expect((await host.call(headers, 'list_notes')).status).toBe(200);
    } finally {
      database.write = write;
    }
    expect(calls).toEqual(['list_notes', 'list_notes']);
  });
});
