import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createGatehouseClient, dataOf, GatehouseError, hasCode } from '../../src/client/index.js';
import { mintApiKey } from '../support/api-keys.js';
import { type Gatehouse, startGatehouse } from '../support/gatehouse.js';

// The client knows nothing of databases: tried on one kind.

let gatehouse: Gatehouse;
let baseUrl: string;
let token: string;
const stubs: Server[] = [];

beforeAll(async () => {
  gatehouse = await startGatehouse();
  baseUrl = serverUrl(gatehouse.app.getHttpServer());
  token = gatehouse.bearer().authorization.slice('Bearer '.length);
});
afterAll(() => gatehouse.close());
afterEach(() => {
  for (const stub of stubs.splice(0)) {
    stub.close();
    stub.closeAllConnections();
  }
});

const serverUrl = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** A server that is not Gatehouse, and what it was asked. */
async function stub(listener: RequestListener): Promise<{ url: string; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    listener(request, response);
  });
  stubs.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: serverUrl(server), asked };
}

const failureOf = (rejected: Promise<unknown>): Promise<GatehouseError> =>
  rejected.then(
    () => Promise.reject(new Error('It was answered')),
    (error: GatehouseError) => error,
  );

describe('a client', () => {
  it('acts as a user, a program or an agent', async () => {
    const person = createGatehouseClient({ baseUrl, credential: { token } });
    const { key: apiKey = '' } = await dataOf(person.POST('/api/v1/auth/api-keys'));
    const program = createGatehouseClient({ baseUrl, credential: { apiKey } });
    const issue = program.POST('/api/v1/tool-keys', { body: { taskId: 'task-1' } });
    const agent = createGatehouseClient({
      baseUrl,
      credential: { toolKey: (await dataOf(issue)).key ?? '' },
    });
    const kindOf = async (client: typeof agent) => (await dataOf(client.GET('/api/v1/auth/me'))).source.type;
    expect([await kindOf(person), await kindOf(program), await kindOf(agent)]).toEqual([
      'jwt',
      'api_key',
      'tool_key',
    ]);
  });

  it('is anonymous without a credential', async () => {
    const anonymous = createGatehouseClient({ baseUrl });
    expect(await dataOf(anonymous.GET('/api/v1/auth/status'))).toEqual({ authenticated: false, user: null });
  });

  it('gets the current token for each request', async () => {
    const tokens = ['first', token];
    const client = createGatehouseClient({
      baseUrl,
      credential: { token: async () => tokens.shift() ?? '' },
    });
    expect((await client.GET('/api/v1/auth/me')).response.status).toBe(401);
    expect((await client.GET('/api/v1/auth/me')).response.status).toBe(200);
    await expect(client.GET('/api/v1/auth/me')).rejects.toThrow('token must be a non-empty string');
  });

  it('keeps the path of its base URL, and sends its headers', async () => {
    const { url, asked } = await stub((_request, response) => response.end('{"status":"live"}'));
    const client = createGatehouseClient({ baseUrl: `${url}/auth/`, headers: { 'X-Agent-Context': '1' } });
    await dataOf(client.GET('/health/live'));
    expect(asked[0]).toMatchObject({ url: '/auth/health/live', headers: { 'x-agent-context': '1' } });
  });

  it('encodes every path parameter', async () => {
    const client = createGatehouseClient({ baseUrl, credential: { token } });
    const taskId = 'a/../b?c#d%2e$&';
    await dataOf(client.POST('/api/v1/tool-keys', { body: { taskId } }));
    const ended = await dataOf(
      client.DELETE('/api/v1/tasks/{taskId}/tool-keys', { params: { path: { taskId } } }),
    );
    expect(ended).toMatchObject({ taskId, ended: 1 });
  });

  it.each(['', '.', '..'])('rejects the path parameter "%s", which a URL would drop', async (id) => {
    const { url, asked } = await stub((_request, response) => response.end('{}'));
    const client = createGatehouseClient({ baseUrl: url, credential: { token } });
    await expect(client.DELETE('/api/v1/api-keys/{id}', { params: { path: { id } } })).rejects.toThrow(
      'The parameter id must not be empty, "." or "..".',
    );
    expect(asked).toEqual([]);
  });

  it('sends its key nowhere else: a redirect is an error', async () => {
    const elsewhere = await stub((_request, response) => response.end('{}'));
    const { url } = await stub((_request, response) =>
      response.writeHead(307, { location: `${elsewhere.url}/api/v1/auth/me` }).end(),
    );
    for (const credential of [{ apiKey: 'mk_1' }, { toolKey: 'tk_1' }, { token }])
      await expect(
        createGatehouseClient({ baseUrl: url, credential }).GET('/api/v1/auth/me'),
      ).rejects.toThrow('fetch failed');
    expect(elsewhere.asked).toEqual([]);
  });

  it('sends its key nowhere else, whatever the options of a call', async () => {
    const elsewhere = await stub((_request, response) => response.end('{}'));
    const { url, asked } = await stub((_request, response) =>
      response.writeHead(307, { location: `${elsewhere.url}/api/v1/auth/me` }).end(),
    );
    const client = createGatehouseClient({ baseUrl: url, credential: { apiKey: 'mk_1' } });
    const me = '/api/v1/auth/me';
    const follow = { redirect: 'follow' } as const;
    await expect(client.GET(me, follow)).rejects.toThrow('fetch failed');
    await expect(client.request('get', me, follow)).rejects.toThrow('fetch failed');
    await expect(client.POST('/api/v1/auth/api-keys', { ...follow, body: {} })).rejects.toThrow(
      'fetch failed',
    );
    expect((await client.GET(me, { redirect: 'manual' })).response.status).toBe(307);
    expect(asked.map(({ headers }) => headers['x-api-key'])).toEqual(['mk_1', 'mk_1', 'mk_1', 'mk_1']);

    const alone = 'This client is for';
    const own = (request: Request) => globalThis.fetch(request);
    const host = elsewhere.url.slice('http://'.length);
    for (const init of [{ baseUrl: elsewhere.url }, { baseUrl: elsewhere.url, fetch: own, ...follow }])
      await expect(client.GET(me, init)).rejects.toThrow(alone);
    await expect(client.GET(me, { ...follow, fetch: own })).rejects.toThrow('fetch failed');
    for (const path of [elsewhere.url, `@${host}/`, `.${host}/`, '0/'])
      await expect(client.GET(path as typeof me)).rejects.toThrow();
    client.use({ onRequest: ({ request }) => new Request(`${elsewhere.url}${me}`, request) });
    await expect(client.GET(me)).rejects.toThrow(alone);
    expect(elsewhere.asked).toEqual([]);
  });

  it('may be given another path, or fetch, of the same origin for a single call', async () => {
    const { url, asked } = await stub((_request, response) => response.end('{}'));
    const client = createGatehouseClient({ baseUrl: url, credential: { apiKey: 'mk_1' } });
    let seen: string | null = '';
    client.use({ onRequest: ({ request }) => void (seen = request.headers.get('x-api-key')) });
    const fetched: string[] = [];
    await client.GET('/api/v1/auth/me', {
      baseUrl: `${url}/auth`,
      headers: { 'X-Request-Id': 'request-1' },
      fetch: (request: Request) => {
        fetched.push(request.url);
        return globalThis.fetch(request);
      },
    });
    expect(fetched).toEqual([`${url}/auth/api/v1/auth/me`]);
    expect(asked[0]?.headers).toMatchObject({ 'x-api-key': 'mk_1', 'x-request-id': 'request-1' });
    expect(seen).toBeNull();
  });
});

describe('an error', () => {
  it('has a code and details', async () => {
    const apiKey = await mintApiKey(gatehouse, { scopes: ['files:read'] });
    const client = createGatehouseClient({ baseUrl, credential: { apiKey } });
    const { data, error } = await client.POST('/api/v1/api-keys', { body: { name: 'CI' } });
    expect(data).toBeUndefined();
    expect(hasCode(error, 'FORBIDDEN', 'NOT_FOUND')).toBe(false);
    const missing = hasCode(error, 'INSUFFICIENT_SCOPE') ? error.details.missing : [];
    expect(missing).toEqual(['api-keys:write']);
  });

  it('is thrown by dataOf, with its code', async () => {
    const client = createGatehouseClient({ baseUrl, credential: { token } });
    const error = await failureOf(
      dataOf(client.POST('/api/v1/tool-keys', { body: { taskId: 't', ttlSeconds: -1 } })),
    );
    expect(error).toBeInstanceOf(GatehouseError);
    expect(error).toMatchObject({ status: 400, code: 'VALIDATION_FAILED', requestId: expect.any(String) });
    const paths = hasCode(error, 'VALIDATION_FAILED') ? error.details.map(({ path }) => path) : [];
    expect(paths).toEqual(['ttlSeconds']);
  });

  it('says when to retry', async () => {
    const rateLimit = { limit: 1, windowSeconds: 60 };
    const apiKey = await mintApiKey(gatehouse, { scopes: ['files:read'], rateLimit });
    const client = createGatehouseClient({ baseUrl, credential: { apiKey } });
    await dataOf(client.GET('/api/v1/auth/me'));
    const error = await failureOf(dataOf(client.GET('/api/v1/auth/me')));
    expect(error).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
    expect(error.retryAfterSeconds).toBeGreaterThan(0);
    expect(error.retryAfterSeconds).toBeLessThanOrEqual(60);
  });

  it.each([undefined, null, 'NOT_FOUND', { code: 'NOT_FOUND' }, new Error('NOT_FOUND')])(
    'is distinguished from other errors: %p',
    (caught) => {
      expect(hasCode(caught, 'NOT_FOUND')).toBe(false);
    },
  );

  it('does not hold the credential', async () => {
    const apiKey = 'mk_live_not-a-key';
    const client = createGatehouseClient({ baseUrl, credential: { apiKey } });
    const answer = await client.GET('/api/v1/auth/me');
    const thrown = await failureOf(dataOf(client.GET('/api/v1/auth/me')));
    expect(inspect([client, answer, thrown, thrown.stack], { depth: null })).not.toContain(apiKey);
  });

  it.each([
    ['a page of a proxy', 502, '<h1>Bad Gateway</h1>'],
    ['nothing', 500, ''],
    ['JSON of another server', 403, '{"code":403}'],
    ['null', 404, 'null'],
  ])('that is %s has neither code nor data', async (_what, status, body) => {
    const { url } = await stub((_request, response) => {
      response.writeHead(status, { 'x-request-id': 'r-1', 'content-length': body.length }).end(body);
    });
    const error = await failureOf(dataOf(createGatehouseClient({ baseUrl: url }).GET('/health/live')));
    expect(error).toMatchObject({ status, requestId: 'r-1', message: String(status) });
    expect([error.code, hasCode(error, 'INTERNAL_ERROR')]).toEqual([undefined, false]);
  });
});
