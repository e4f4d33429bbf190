import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mintApiKey } from '../support/api-keys.js';
import { sendText } from '../support/example-nginx.js';
import { freePort } from '../support/free-port.js';
import { type Gatehouse, issueToolKey, startGatehouse } from '../support/gatehouse.js';
import { printed, recipes, type RunningProxy } from '../support/proxies.js';

const issuer = 'https://id.example.com';
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** A good token of this many characters, such as those of providers that put groups and roles into it. */
function tokenOf(length: number): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const head = encode({ alg: 'ES256', typ: 'JWT' });
  const claims = { iss: issuer, aud: 'api', sub: 'ada', exp: Math.floor(Date.now() / 1000) + 3_600 };
  const rest = length - head.length - 2 - 86;
  const fill = Math.floor((rest * 3) / 4) - JSON.stringify({ ...claims, groups: '' }).length;
  const signed = `${head}.${encode({ ...claims, groups: 'x'.repeat(Math.max(fill, 0)) })}`;
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

interface Told {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let gatehouse: Gatehouse;
let application: Server;
const asked: Told[] = [];
const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

beforeAll(async () => {
  const issuers = [{ issuer, audience: 'api', publicKey: publicKey.export({ format: 'jwk' }) }];
  gatehouse = await startGatehouse({ issuers, trustProxy: '127.0.0.1' });
  application = createServer({ maxHeaderSize: 65_536 }, async (request, response) => {
    let body = '';
    for await (const piece of request.setEncoding('utf8')) body += piece;
    const { method = '', url = '', headers } = request;
    asked.push({ method, url, headers, body });
    response.setHeader('Access-Control-Allow-Origin', '*').end('the application');
  });
  application.listen(0, '127.0.0.1');
  await once(application, 'listening');
});
afterAll(async () => {
  application.close();
  application.closeAllConnections();
  await gatehouse.close();
});

describe.each(recipes)('docs/forward-auth.md: $name', ({ name, isInstalled, start }) => {
  if (!isInstalled) {
    it.skip(`(skipped: ${name} is not installed)`, () => {});
    return;
  }

  let port: number;
  let proxy: RunningProxy;

  beforeAll(async () => {
    port = await freePort();
    const gate = portOf(gatehouse.app.getHttpServer());
    proxy = await start({ proxy: port, gatehouse: gate, application: portOf(application) });
  });
  afterAll(() => proxy.stop());

  const statusOf = async (...sent: Parameters<typeof sendText>) => (await sendText(...sent)).status;

  /** What the application was told; fails for a request that does not reach it. */
  async function told(method: string, headers: Record<string, string>, body = ''): Promise<Told> {
    asked.length = 0;
    expect(await sendText(port, method, '/a/b?c=d', headers, body)).toMatchObject({
      status: 200,
      body: 'the application',
    });
    expect(asked).toHaveLength(1);
    return asked[0] as Told;
  }

  it('passes a request on as it was, with who sends it and without the credential', async () => {
    const key = await mintApiKey(gatehouse, { scopes: ['files:write', 'notes:*'] });
    const { headers, ...request } = await told('PUT', { 'X-API-Key': key, 'X-Note': 'n' }, 'a body');
    expect(request).toEqual({ method: 'PUT', url: '/a/b?c=d', body: 'a body' });
    expect(headers).toMatchObject({
      'x-gatehouse-owner': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'x-gatehouse-key': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'x-gatehouse-scopes': 'files:write notes:*',
      'x-note': 'n',
    });
    for (const name of ['X-API-Key', 'X-Makima-API-Key', 'Authorization']) {
      const value = name === 'Authorization' ? `Bearer ${key}` : key;
      expect(JSON.stringify((await told('PUT', { [name]: value })).headers)).not.toContain(key);
    }
    const tool = await issueToolKey(gatehouse);
    for (const header of ['X-Tool-Key', 'X-Makima-Tool-Key'])
      expect(JSON.stringify((await told('PUT', { [header]: tool.key })).headers)).not.toContain(tool.key);
  });

  it('ignores identity headers of clients in any spelling', async () => {
    const forged = Object.fromEntries(
      ['Owner', 'User', 'Key', 'Scopes'].flatMap((what) =>
        ['X-Gatehouse-', 'x_gatehouse_', 'X-GATEHOUSE_', 'X_Gatehouse-'].map((head) => [
          head + what,
          'forged',
        ]),
      ),
    );
    const key = await mintApiKey(gatehouse, { scopes: ['files:read'] });
    // A service key has no user: our header is empty, and a client's own must not stay in its place.
    for (const Connection of ['close', 'close, x-gatehouse-user, x-gatehouse-owner']) {
      const { headers } = await told('GET', { 'X-API-Key': key, ...forged, Connection });
      expect(JSON.stringify(headers)).not.toContain('forged');
      expect(headers['x-gatehouse-user'] ?? '').toBe('');
      expect(headers['x-gatehouse-scopes']).toBe('files:read');
      expect(headers['x-gatehouse-owner']).toMatch(/^[0-9a-f-]{36}$/);
    }
    const person = await told('GET', { Authorization: `Bearer ${tokenOf(500)}`, ...forged });
    expect(JSON.stringify(person.headers)).not.toContain('forged');
    expect(person.headers['x-gatehouse-user']).toMatch(/^[0-9a-f-]{36}$/);
    expect(person.headers['x-gatehouse-key'] ?? '').toBe('');
  });

  it('asks for what the method needs', async () => {
    const reader = { 'X-API-Key': await mintApiKey(gatehouse, { scopes: ['files:read'] }) };
    for (const method of ['GET', 'HEAD']) expect(await statusOf(port, method, '/', reader)).toBe(200);
    asked.length = 0;
    for (const method of ['PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS'])
      expect([method, await statusOf(port, method, '/?scopes=files:read', reader, 'x')]).toEqual([
        method,
        403,
      ]);
    expect(asked).toEqual([]);
  });

  it('passes on why a request is rejected', async () => {
    const settings = {
      scopes: ['files:read'] as `${string}:${string}`[],
      rateLimit: { limit: 1, windowSeconds: 60 },
    };
    const limited = { 'X-API-Key': await mintApiKey(gatehouse, settings) };
    asked.length = 0;
    const challenged = { 'www-authenticate': expect.stringContaining('Bearer realm="gatehouse"') };
    expect(await sendText(port, 'GET', '/')).toMatchObject({ status: 401, headers: challenged });
    const bad = { 'X-API-Key': 'bad' };
    expect(await sendText(port, 'GET', '/', bad)).toMatchObject({ status: 401, headers: challenged });
    expect(await statusOf(port, 'GET', `/?api_key=${limited['X-API-Key']}`)).toBe(401);
    expect(asked).toEqual([]);
    expect(await statusOf(port, 'GET', '/', limited)).toBe(200);
    const rejected = await sendText(port, 'GET', '/', limited);
    expect([rejected.status, rejected.headers['retry-after']]).toEqual([429, expect.stringMatching(/^\d+$/)]);
  });

  it('takes a credential that is sent twice for a bad one', async () => {
    const key = await mintApiKey(gatehouse, { scopes: ['files:read'] });
    expect(await statusOf(port, 'GET', '/', { 'X-API-Key': key, 'X-Makima-API-Key': key })).toBe(401);
    const both = { 'X-API-Key': [key, key] } as unknown as Record<string, string>;
    expect(await statusOf(port, 'GET', '/', both)).toBe(401);
  });

  it.each([8_000, 12_000, 15_600])('has room for a token of %i characters', async (length) => {
    const headers = { Authorization: `Bearer ${tokenOf(length)}` };
    expect(headers.Authorization.length).toBeGreaterThan(length - 10);
    const direct = await gatehouse.send('GET', '/api/v1/auth/check?scopes=files:write', { headers });
    expect(direct.status).toBe(204);
    expect(await statusOf(port, 'PUT', '/', headers, 'x')).toBe(200);
  });

  it('has room for the scopes of any key', async () => {
    const most = Array.from(
      { length: 99 },
      (_, index) => `r${'x'.repeat(55)}${index}:${'a'.repeat(55)}` as const,
    );
    const key = await mintApiKey(gatehouse, { scopes: [...most, 'files:read'] });
    expect((await told('GET', { 'X-API-Key': key })).headers['x-gatehouse-scopes']).toContain(most[98]);
  });

  it('passes the address of the client to Gatehouse, and ignores the client’s own headers', async () => {
    const statusFrom = async (allowedIps: string[]) => {
      const key = await mintApiKey(gatehouse, { scopes: ['files:read'], allowedIps });
      return statusOf(port, 'GET', '/', { 'X-API-Key': key, 'X-Forwarded-For': '198.51.100.9' });
    };
    expect([await statusFrom(['127.0.0.1/32']), await statusFrom(['198.51.100.9/32'])]).toEqual([200, 401]);
  });
});

it('removes what a client says of our headers before Caddy asks, as newer ones keep it where our answer is empty', () => {
  const lines = printed('caddyfile')
    .split('\n')
    .map((line) => line.trim());
  const steps = [
    'route {',
    'request_header -X-Gatehouse-*',
    'request_header -*_*',
    'forward_auth 127.0.0.1:3000 {',
  ];
  expect(lines.filter((line) => steps.includes(line))).toEqual(steps);
});

describe.each(recipes)('docs/forward-auth.md: $name without Gatehouse', ({ name, isInstalled, start }) => {
  if (!isInstalled) {
    it.skip(`(skipped: ${name} is not installed)`, () => {});
    return;
  }

  it('rejects every request', async () => {
    let status = 500;
    const gate = createServer((_request, response) => response.writeHead(status, { location: '/' }).end());
    gate.listen(0, '127.0.0.1');
    await once(gate, 'listening');
    const port = await freePort();
    const proxy = await start({ proxy: port, gatehouse: portOf(gate), application: portOf(application) });
    asked.length = 0;
    try {
      for (status of [500, 503, 400, 404, 302, 301, 304])
        expect([status, (await sendText(port, 'GET', '/')).body]).not.toContain('the application');
      gate.close();
      gate.closeAllConnections();
      expect((await sendText(port, 'GET', '/')).status).toBeGreaterThanOrEqual(500);
      expect(asked).toEqual([]);
    } finally {
      await proxy.stop();
      gate.close();
    }
  });
});
