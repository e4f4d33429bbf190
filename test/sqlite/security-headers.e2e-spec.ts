import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Gatehouse, startGatehouse } from '../support/gatehouse.js';

/** What every answer that is data must carry, and nothing beside it that is meant for pages. */
const ofData = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
};
const ofPages = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
};
const neverSent = ['x-powered-by', 'server', 'x-xss-protection'];
const transport = 'strict-transport-security';

let gatehouse: Gatehouse;
let proxied: Gatehouse;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  proxied = await startGatehouse({ trustProxy: '127.0.0.1' });
});
afterAll(() => Promise.all([gatehouse.close(), proxied.close()]));

/** The status and headers of the answer to these bytes. */
async function answerTo(sent: string): Promise<{ status: number; headers: Record<string, string> }> {
  const socket = connect((gatehouse.app.getHttpServer().address() as AddressInfo).port, '127.0.0.1');
  socket.end(sent);
  const [head = ''] = (await text(socket)).split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => [line.split(':', 1)[0]?.toLowerCase(), line.replace(/^[^:]*: */, '')]);
  return { status: Number(first.split(' ')[1]), headers: Object.fromEntries(headers) };
}

const request = (line: string, ...headers: string[]) =>
  [`${line} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers, '', ''].join('\r\n');

describe('an answer of data', () => {
  it.each<[number, string, string]>([
    [200, 'of a route', request('GET /health/live')],
    [200, 'to HEAD', request('HEAD /health/live')],
    [401, 'without a credential', request('GET /api/v1/auth/me')],
    [401, 'to a bad key', request('GET /api/v1/auth/me', 'X-API-Key: bad')],
    [404, 'where there is nothing', request('GET /nothing')],
    [400, 'to a URL that cannot be read', request('GET /%zz')],
    [400, 'to a second Host', request('GET /health/live', 'Host: y')],
    [
      415,
      'to a body of another type',
      request('POST /api/v1/tool-keys', 'Content-Type: a/b', 'Content-Length: 0'),
    ],
    [400, 'to what is no request', 'nonsense\r\n\r\n'],
    [431, 'to headers that are too long', request('GET /health/live', `X-Long: ${'x'.repeat(20_000)}`)],
  ])('%i %s has the headers that mean something for it', async (expected, _what, sent) => {
    const { status, headers } = await answerTo(sent);
    expect(status).toBe(expected);
    expect(headers).toMatchObject(ofData);
    expect(headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
    const others = Object.keys(ofPages).filter((name) => !(name in ofData));
    expect(
      Object.keys(headers).filter((name) => [...others, ...neverSent, transport].includes(name)),
    ).toEqual([]);
  });
});

describe('a page and its files', () => {
  it.each(['/docs', '/docs/', '/docs-json', '/docs/swagger-ui-init.js', '/docs/swagger-ui.css'])(
    '%s has the full set',
    async (path) => {
      const { status, headers } = await gatehouse.send('GET', path);
      expect(status).toBe(200);
      expect(headers).toMatchObject(ofPages);
      expect(Object.keys(headers).filter((name) => neverSent.includes(name))).toEqual([]);
    },
  );

  it('has it also where the browser has the current one', async () => {
    const { headers } = await gatehouse.send('GET', '/docs');
    const again = await gatehouse.send('GET', '/docs', { headers: { 'if-none-match': headers.etag ?? '' } });
    expect(again.status).toBe(304);
    expect(again.headers).toMatchObject(ofPages);
  });
});

describe('Strict-Transport-Security', () => {
  const sentBy = async ({ send }: Gatehouse, path: string, headers = {}) =>
    (await send('GET', path, { headers })).headers[transport];
  const https = { 'x-forwarded-proto': 'https' };

  it.each(['/health/live', '/api/v1/auth/me', '/docs', '/nothing'])('is sent over TLS: %s', async (path) => {
    expect(await sentBy(proxied, path, https)).toBe('max-age=31536000; includeSubDomains');
  });

  it('is not sent without TLS, nor where a client only claims it', async () => {
    expect(await sentBy(proxied, '/health/live')).toBeUndefined();
    expect(await sentBy(proxied, '/health/live', { 'x-forwarded-proto': 'http' })).toBeUndefined();
    expect(await sentBy(gatehouse, '/health/live', https)).toBeUndefined();
  });
});
