import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { InsufficientScopeError, UnauthorizedError } from '@modelcontextprotocol/client';
import { PersonAtBrowser } from '../support/mcp-browser.js';
import { McpCaller, type McpExample, startMcpExample } from '../support/mcp-example.js';
import { adapters } from '../support/mcp-host.js';
import { hasOidcProvider, partsOf } from '../support/oidc-client.js';

// Jest does not mention a file of which all tests are skipped.
if (!hasOidcProvider) console.warn('examples/mcp-notes is not tested: run npm ci --prefix tools');
const each = (hasOidcProvider ? describe : describe.skip).each(adapters);

each('examples/mcp-notes on %s, by the official client', (adapter) => {
  let example: McpExample;
  const open: McpCaller[] = [];
  const callerWith = (credential: PersonAtBrowser | Record<string, string>) => {
    const caller = new McpCaller(example.url, credential);
    open.push(caller);
    return caller;
  };
  const connected = async (credential: PersonAtBrowser | Record<string, string>) => {
    const caller = callerWith(credential);
    await caller.connect();
    return caller;
  };
  const logIn = async (person: PersonAtBrowser) => {
    const caller = callerWith(person);
    await expect(caller.connect()).rejects.toThrow(UnauthorizedError);
    await caller.transport.finishAuth(person.callback);
    return connected(person);
  };

  beforeAll(async () => {
    example = await startMcpExample(adapter);
  });
  afterEach(async () => {
    for (const caller of open.splice(0)) await caller.close();
  });
  afterAll(async () => {
    const { code, output } = await example.stop();
    expect([code, output]).toEqual([0, expect.not.stringMatching(/ERROR|at file:/)]);
  });

  it('finds the login, comes with the scope to begin with, and asks for more when a tool needs it', async () => {
    const person = new PersonAtBrowser();
    const caller = await logIn(person);
    const asked = person.authorizationUrl;
    expect(asked?.origin).toBe(example.authorizationServer);
    expect(Object.fromEntries(asked?.searchParams ?? [])).toMatchObject({
      client_id: person.clientInformation()?.client_id,
      code_challenge_method: 'S256',
      resource: example.url.href,
      scope: 'notes:read',
    });
    expect(person.pages).toEqual([
      expect.stringContaining('<h1>Log in</h1>'),
      expect.stringMatching(/Inspector &#60;script&#62; [^]*<code>notes:read<\/code>: Read your notes/),
    ]);
    expect(person.pages.join()).not.toMatch(/<script>|notes:write/);
    const first = partsOf(person.tokens()?.access_token ?? '').claims;
    expect(first).toMatchObject({ sub: 'ada', aud: example.url.href, scope: 'notes:read' });

    expect(await caller.toolNames()).toEqual(['list_notes']);
    expect(await caller.call('list_notes')).toBe('[]');

    // The client steps up by itself, to the point where the person is asked.
    await expect(caller.call('add_note', { text: 'Buy milk' })).rejects.toThrow(UnauthorizedError);
    expect(person.authorizationUrl?.searchParams.get('scope')).toBe('notes:read notes:write');
    expect(person.pages).toHaveLength(3);
    expect(person.pages[2]).toMatch(/<code>notes:write<\/code>: Write and delete your notes/);
    expect(person.pages[2]).not.toContain('notes:read');
    await caller.transport.finishAuth(person.callback);

    expect(JSON.parse(await caller.call('add_note', { text: 'Buy milk' }))).toMatchObject({
      text: 'Buy milk',
      writtenBy: 'ada@example.com',
    });
    expect(await caller.toolNames()).toEqual(['list_notes', 'add_note', 'clear_notes']);
    expect(await caller.call('list_notes')).toContain('Buy milk');
  });

  it('gets no token when the person refuses', async () => {
    const person = new PersonAtBrowser('no');
    const caller = callerWith(person);
    await expect(caller.connect()).rejects.toThrow(UnauthorizedError);
    expect(person.callback.get('error')).toBe('access_denied');
    await expect(caller.transport.finishAuth(person.callback)).rejects.toThrow('The user refused.');
    expect(person.tokens()).toBeUndefined();
  });

  it('is sent away with a token for another resource before there is one', async () => {
    const person = new PersonAtBrowser();
    await logIn(person);
    const other = new URL(person.authorizationUrl?.href ?? '');
    other.searchParams.set('resource', 'http://127.0.0.1:1/mcp');
    await person.redirectToAuthorization(other);
    expect(person.callback.get('error')).toBe('invalid_target');
  });

  it.each<[string, (key: string) => Record<string, string>]>([
    ['X-API-Key', (key) => ({ 'x-api-key': key })],
    ['Bearer', (key) => ({ authorization: `Bearer ${key}` })],
  ])('reads with the access key as %s, and no more', async (_where, headersOf) => {
    const caller = await connected(headersOf(example.accessKey));
    expect(await caller.toolNames()).toEqual(['list_notes']);
    expect(JSON.parse(await caller.call('list_notes'))).toEqual(expect.any(Array));
    const more = caller.call('add_note', { text: 'x' });
    await expect(more).rejects.toThrow(InsufficientScopeError);
    await expect(more).rejects.toMatchObject({ requiredScope: 'notes:write' });
  });

  it('writes with the tool key of an agent, into the notes of its person', async () => {
    const caller = await connected({ authorization: `Bearer ${example.toolKey}` });
    expect(await caller.toolNames()).toEqual(['list_notes', 'add_note']);
    const { writtenBy } = JSON.parse(await caller.call('add_note', { text: 'Milk is bought' }));
    expect(writtenBy).toBe('an agent, for the task to-try');
    await expect(caller.call('clear_notes')).rejects.toThrow('"code":"FORBIDDEN"');
    const program = await connected({ 'x-api-key': example.accessKey });
    expect(await program.call('list_notes')).toContain('Milk is bought');
  });

  it.each(['mk_live_x', 'tk_x', 'a.b.c'])('is not let in with %s', async (key) => {
    const caller = callerWith({ authorization: `Bearer ${key}` });
    await expect(caller.connect()).rejects.toThrow(/"code":"INVALID_/);
  });
});
