import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditTrail } from '../src/audit/audit-trail.js';
import { McpCalls } from '../src/mcp/mcp-calls.js';
import type { Json } from './support/json.js';
import { adapters, type McpHost, servers, startMcpHost, tokenOf } from './support/mcp-host.js';
import { calls } from './support/mcp-servers.js';

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const person = (email?: string) => bearer(tokenOf(email === undefined ? {} : { email }));
const client = (scope: string) => bearer(tokenOf({ scope }));
const keyOf = async (host: McpHost, settings: object = {}) => {
  const body = { name: 'ci', scopes: ['notes:read', 'notes:write'], ...settings };
  const { body: made } = await host.ask('POST', '/api/v1/api-keys', person(), body);
  return { id: made.id as string, headers: { 'x-api-key': made.key as string } };
};

describe.each(servers.flatMap((server) => adapters.map((adapter) => [server, adapter] as const)))(
  'a server of %s on %s',
  (server, adapter) => {
    let host: McpHost;
    beforeAll(async () => {
      host = await startMcpHost({ server, adapter });
    });
    afterAll(() => host.close());
    beforeEach(() => void calls.splice(0));

    const eventsOf = async (subjectId: string): Promise<Json[]> => {
      await host.app.get(McpCalls).flush();
      const filter = { type: 'called', subjectId } as const;
      return (await host.app.get(AuditTrail).find(filter, { limit: 100 })).events;
    };

    it.each([
      'notes://one/x/../own',
      'notes://one/./own',
      'notes://one/o\twn',
      ' notes://one/own',
      'notes://one/own',
    ])('asks for the scopes of what %j is read as', async (uri) => {
      const { status } = await host.message(client('notes:write'), 'resources/read', { uri });
      expect([status, calls]).toEqual([403, []]);
    });

    it('asks for the scopes of a template that is read by its own name', async () => {
      const read = (scope: string) =>
        host.message(client(scope), 'resources/read', { uri: 'notes://one/{id}' });
      expect((await read('vault:read')).status).toBe(403);
      expect((await read('notes:write')).status).toBe(200);
    });

    it('writes one sample of reads of a template, however many URIs there are', async () => {
      const { id, headers } = await keyOf(host);
      for (let count = 0; count < 5; count += 1)
        await host.message(headers, 'resources/read', { uri: `notes://one/${count}` });
      expect((await eventsOf(id)).map(({ details }) => details.resource)).toEqual(['notes://one/0']);
    });

    it('writes one sample of rejected calls of an audited tool', async () => {
      const { id, headers } = await keyOf(host, { scopes: ['notes:read'] });
      for (let count = 0; count < 3; count += 1)
        expect((await host.call(headers, 'add_note', { arguments: { text: 'x' } })).status).toBe(403);
      expect((await eventsOf(id)).map(({ details }) => details)).toEqual([
        { tool: 'add_note', outcome: 'INSUFFICIENT_SCOPE', unwritten: 0 },
      ]);
    });

    it('rejects a message that is nested too deeply', async () => {
      const { headers } = await keyOf(host);
      const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
      const sent = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add_note","arguments":{"text":${deep}}}}`;
      const { status } = await host.ask('POST', '/mcp', headers, sent);
      expect([status, calls]).toEqual([400, []]);
    });

    it.each<[string, string, object]>([
      ['a long name', 'tools/call', { name: 'x'.repeat(3_000) }],
      ['a long URI', 'resources/read', { uri: `notes://one/${'x'.repeat(3_000)}` }],
      [
        'many subscriptions',
        'subscriptions/listen',
        { notifications: { resourceSubscriptions: Array(200).fill('notes://all') } },
      ],
    ])('rejects %s before the caller is known', async (_what, method, params) => {
      const { status, body } = await host.message({}, method, params);
      expect([status, body.id, body.error.code]).toEqual([400, 1, -32_600]);
    });

    it('sends a challenge that clients can read, whatever is named', async () => {
      for (const name of ['x'.repeat(2_000), '\r\nset-cookie: a=b', '"\\', '\u0000\ud800', 'ключ']) {
        const { status, challenge } = await host.message(client('notes:read'), 'resources/read', {
          uri: `notes://one/${name}`,
        });
        expect(status).toBe(403);
        expect(challenge).toMatch(/error_description="The resource notes:\/\/one\/[ !#-[\]-~]*"/);
        expect(challenge?.length).toBeLessThan(1_000);
      }
    });

    it('charges methods that the protocol does not have', async () => {
      const { headers } = await keyOf(host, { rateLimit: { limit: 1, windowSeconds: 3_600 } });
      expect((await host.message(headers, 'notes/export')).status).toBe(200);
      expect((await host.message(headers, 'notes/export')).status).toBe(429);
      // Nobody has said what a client needs for them.
      expect((await host.message(client('notes:read'), 'notes/export')).status).toBe(403);
      expect(calls).toEqual(server === 'the SDK' ? ['notes/export'] : []);
    });
  },
);

describe.each(adapters)('a stateful server on %s', (adapter) => {
  let host: McpHost;
  beforeAll(async () => {
    host = await startMcpHost({ adapter, stateful: true });
  });
  afterAll(() => host.close());
  beforeEach(() => void calls.splice(0));

  const begin = async (headers: Record<string, string>) => {
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 't', version: '1' },
    };
    const answer = await host.message(headers, 'initialize', params);
    return { ...headers, 'mcp-session-id': answer.headers.get('mcp-session-id') ?? '' };
  };

  it('lets a session be used by the caller that started it', async () => {
    const session = await begin(person());
    expect(session['mcp-session-id']).not.toBe('');
    // Of a token that was renewed meanwhile.
    const renewed = { ...session, ...bearer(tokenOf({ expiresIn: 900 })) };
    expect((await host.call(renewed, 'list_notes')).status).toBe(200);
    const connected = await host.connect(person());
    expect((await connected.callTool({ name: 'list_notes', arguments: {} })).isError).not.toBe(true);
    await connected.close();
    expect((await host.ask('DELETE', '/mcp', session)).status).toBe(200);
    expect((await host.call(session, 'list_notes')).status).toBe(404);
  });

  it.each<[string, () => Promise<Record<string, string>> | Record<string, string>]>([
    ['another person', () => person('eve@example.com')],
    ['a client of the person', () => client('notes:read notes:write')],
    ['a key of the person', async () => (await keyOf(host)).headers],
  ])('takes it for none when it is sent by %s', async (_who, other) => {
    const session = await begin(person());
    const stolen = { ...(await other()), 'mcp-session-id': session['mcp-session-id'] };
    const made = { ...stolen, 'mcp-session-id': '00000000-0000-4000-8000-000000000000' };
    const answers = [
      await host.call(stolen, 'list_notes'),
      await host.ask('GET', '/mcp', stolen),
      await host.ask('DELETE', '/mcp', stolen),
      await host.call(made, 'list_notes'),
    ];
    expect(answers.map(({ status, body }) => [status, body.code, body.error.code])).toEqual(
      answers.map(() => [404, 'NOT_FOUND', -32_001]),
    );
    expect((await host.call(session, 'list_notes')).status).toBe(200);
    expect(calls).toEqual(['list_notes']);
  });
});
