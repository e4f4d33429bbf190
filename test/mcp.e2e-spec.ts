import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { adapters, type McpHost, resource, servers, startMcpHost, tokenOf } from './support/mcp-host.js';
import { calls } from './support/mcp-servers.js';

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const person = () => bearer(tokenOf());
const client = (scope: string) => bearer(tokenOf({ scope }));
const metadata = 'https://notes.example.com/.well-known/oauth-protected-resource/mcp';

describe.each(servers.flatMap((server) => adapters.map((adapter) => [server, adapter] as const)))(
  'a server of %s on %s',
  (server, adapter) => {
    let host: McpHost;
    let readKey: Record<string, string>;
    let toolKey: Record<string, string>;
    beforeAll(async () => {
      host = await startMcpHost({ server, adapter });
      const made = await host.ask('POST', '/api/v1/api-keys', person(), {
        name: 'ci',
        scopes: ['notes:read'],
      });
      readKey = { 'x-api-key': made.body.key };
      const issued = await host.ask('POST', '/api/v1/tool-keys', person(), { taskId: 'task-1' });
      toolKey = bearer(issued.body.key);
    });
    afterAll(() => host.close());
    beforeEach(() => void calls.splice(0));

    it.each<[string, () => Record<string, string>, string, number]>([
      ['a client with the scope', () => client('notes:read'), 'list_notes', 200],
      ['a client with both scopes', () => client('notes:read notes:write'), 'add_note', 200],
      ['a client without one of them', () => client('notes:read'), 'add_note', 403],
      ['a client that may sign', () => client('notes:read'), 'sign', 200],
      ['a client, of a tool that declares nothing', () => client('notes:read notes:write'), 'plain', 403],
      ['a client, of a tool for a role', () => client('notes:read'), 'reports', 403],
      ['a person', person, 'plain', 200],
      ['a person, of a tool for a role', person, 'reports', 200],
      ['a service key', () => readKey, 'list_notes', 200],
      ['a service key as a bearer', () => bearer(readKey['x-api-key'] ?? ''), 'list_notes', 200],
      ['a service key without the scope', () => readKey, 'add_note', 403],
      ['a service key, of a tool for people', () => readKey, 'sign', 403],
      ['an agent', () => toolKey, 'add_note', 200],
      ['an agent, of a tool for users', () => toolKey, 'clear_notes', 403],
      ['an agent, of a tool for people', () => toolKey, 'sign', 403],
      ['a caller without credential', () => ({}), 'plain', 401],
      ['a bad token', () => bearer('a.b.c'), 'plain', 401],
      ['a person, of a tool that is not declared', person, 'undeclared', 403],
      ['a person, of a tool that does not exist', person, 'none', 403],
    ])('answers a call of %s', async (_who, credential, name, status) => {
      const answer = await host.call(credential(), name, { arguments: { text: 'x' } });
      expect([answer.status, calls]).toEqual([status, status === 200 ? [name] : []]);
      if (status === 200) expect(answer.body).not.toHaveProperty('error');
      else
        expect(answer.body).toMatchObject({ jsonrpc: '2.0', id: 1, error: { message: answer.body.message } });
    });

    it('asks for a login with the first scopes, or with those of the tool', async () => {
      const scopeOf = (scope: string) =>
        `Bearer realm="gatehouse", scope="${scope}", resource_metadata="${metadata}"`;
      expect((await host.message({}, 'initialize')).challenge).toBe(scopeOf('notes:read'));
      expect((await host.call({}, 'add_note')).challenge).toBe(scopeOf('notes:read notes:write'));
      expect((await host.ask('GET', '/mcp', {})).challenge).toBe(scopeOf('notes:read'));
      const expired = await host.call(bearer(tokenOf({ expiresIn: -60 })), 'plain');
      expect(expired.challenge).toContain('error="invalid_token"');
      expect(expired.challenge).toContain('error_description="The access token has expired."');
    });

    it('asks for all scopes of the tool at once, in words', async () => {
      const { challenge, body } = await host.call(client('notes:read'), 'add_note');
      expect(challenge).toBe(
        'Bearer realm="gatehouse", error="insufficient_scope", scope="notes:read notes:write", ' +
          'error_description="The tool add_note needs notes:write (Change your notes).", ' +
          `resource_metadata="${metadata}"`,
      );
      expect(body.details).toMatchObject({ missing: ['notes:write'] });
      const role = await host.call(client('notes:write'), 'reports');
      expect(role.challenge).toMatch(/error="insufficient_scope", scope="[^"]*:read/);
    });

    it.each<[string, string | string[], number]>([
      ['this server', resource, 200],
      ['this server and what the issuer adds', [resource, 'account'], 200],
      ['this server and the API beside it', ['https://notes.example.com/api', resource], 200],
      ['this server and another', [resource, 'https://other.example.com'], 401],
      ['the API beside it', 'https://notes.example.com/api', 401],
      ['another server', 'https://other.example.com', 401],
      ['another path', `${resource}/`, 401],
      ['what the issuer adds', 'account', 401],
    ])('takes a token for %s', async (_what, aud, status) => {
      const answer = await host.call(bearer(tokenOf({ aud, scope: 'notes:read' })), 'list_notes');
      expect(answer.status).toBe(status);
      if (status === 401) expect(answer.challenge).toContain(`resource_metadata="${metadata}"`);
    });

    it.each<[string, Record<string, string>, unknown]>([
      ['a batch', {}, [{ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'plain' } }]],
      [
        'a message as text',
        { 'content-type': 'text/plain' },
        '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
      ],
      ['no object', {}, '"tools/list"'],
      ['a method that is no text', {}, { jsonrpc: '2.0', id: 1, method: ['tools/call'] }],
      [
        'a call without an id',
        {},
        { jsonrpc: '2.0', method: 'tools/call', params: { name: 'plain', arguments: {} } },
      ],
      ['a call of nothing', {}, { jsonrpc: '2.0', id: 1, method: 'tools/call', params: {} }],
      [
        'a name that is no text',
        {},
        { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: ['plain'] } },
      ],
      ['another method in its header', { 'mcp-method': 'tools/list' }, 'plain'],
      ['another tool in its header', { 'mcp-name': 'list_notes' }, 'plain'],
      ['a broken name in its header', { 'mcp-name': '=?base64?cGxhaW4?=' }, 'plain'],
      ['a name in its header twice', { 'mcp-name': 'plain, plain' }, 'plain'],
    ])('rejects %s', async (_what, headers, sent) => {
      const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: sent, arguments: {} } };
      const answer = await host.ask(
        'POST',
        '/mcp',
        { ...person(), ...headers },
        sent === 'plain' ? call : sent,
      );
      expect([400, 415]).toContain(answer.status);
      expect(calls).toEqual([]);
    });

    it('compares the name in the header with that in the body', async () => {
      for (const name of ['plain', '=?base64?cGxhaW4=?='])
        expect(
          (await host.call({ ...person(), 'mcp-name': name, 'mcp-method': 'tools/call' }, 'plain')).status,
        ).toBe(200);
      const { status, body } = await host.call({ ...person(), 'mcp-name': 'sign' }, 'plain');
      expect([status, body.error.code, body.code]).toEqual([400, -32_020, 'VALIDATION_FAILED']);
    });

    it('lists what the caller may call', async () => {
      const list = async (headers: Record<string, string>) => {
        const { body } = await host.message(headers, 'tools/list');
        return body.result.tools.map(({ name }: { name: string }) => name).sort();
      };
      const all = ['add_note', 'clear_notes', 'list_notes', 'plain', 'reports', 'sign', 'task', 'wait'];
      expect(await list(person())).toEqual(all);
      expect(await list(client('notes:read'))).toEqual(['list_notes', 'sign', 'task', 'wait']);
      expect(await list(readKey)).toEqual(['list_notes', 'plain', 'task', 'wait']);
      expect(await list(toolKey)).not.toContain('clear_notes');
      const { tools } = (await host.message(person(), 'tools/list')).body.result;
      const added = tools.find(({ name }: { name: string }) => name === 'add_note');
      expect(added._meta.securitySchemes).toEqual([
        { type: 'oauth2', scopes: ['notes:read', 'notes:write'] },
      ]);
      const prompts = async (headers: Record<string, string>) =>
        (await host.message(headers, 'prompts/list')).body.result.prompts.length;
      expect([await prompts(person()), await prompts(client('notes:write'))]).toEqual([1, 0]);
      const resources = async (headers: Record<string, string>) =>
        (await host.message(headers, 'resources/list')).body.result.resources.length;
      expect([await resources(readKey), await resources(client('notes:write'))]).toEqual([1, 0]);
    });

    it('asks for the scopes of resources and prompts', async () => {
      const read = (uri: string, scope: string) => host.message(client(scope), 'resources/read', { uri });
      expect((await read('notes://all', 'notes:read')).body.result.contents[0].text).toBe('all');
      for (const uri of [
        'notes://all',
        'NOTES://all',
        'notes://ALL',
        'other://all',
        'notes://%61ll',
        'notes://none/',
      ])
        expect([uri, (await read(uri, 'other:read')).status]).toEqual([uri, 403]);
      expect((await host.message(client('notes:read'), 'prompts/get', { name: 'summary' })).status).toBe(200);
      expect((await host.message(client('notes:write'), 'prompts/get', { name: 'summary' })).status).toBe(
        403,
      );
      const params = { ref: { type: 'ref/prompt', name: 'summary' }, argument: { name: 'a', value: '' } };
      expect((await host.message(client('notes:write'), 'completion/complete', params)).status).toBe(403);
      expect(
        (await host.message(client('other:read'), 'resources/subscribe', { uri: 'notes://all' })).status,
      ).toBe(403);
      // What names nothing is for the server to answer; what is no URI names something.
      const unnamed = await host.message(client('other:read'), 'resources/subscribe');
      expect([unnamed.status, unnamed.body.code]).toEqual([200, undefined]);
      expect((await host.message(client('other:read'), 'resources/subscribe', { uri: ['x'] })).status).toBe(
        400,
      );
    });

    it('tells a handler who calls, and for which task', async () => {
      const { body } = await host.call(toolKey, 'list_notes');
      expect(JSON.parse(body.result.content[0].text)).toMatchObject({ type: 'tool_key' });
    });

    it('the client of the SDK connects, lists and calls', async () => {
      const connected = await host.connect(client('notes:read'));
      const { tools } = await connected.listTools();
      expect(tools.map(({ name }) => name).sort()).toEqual(['list_notes', 'sign', 'task', 'wait']);
      expect(await connected.callTool({ name: 'list_notes', arguments: {} })).toMatchObject({
        content: [{}],
      });
      await expect(connected.callTool({ name: 'add_note', arguments: { text: 'x' } })).rejects.toThrow();
      await connected.close();
      expect(calls).toEqual(['list_notes']);
    });
  },
);
