import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSite, type Site } from '../support/process-site.js';
import type { GatehouseProcess } from '../support/spawn-gatehouse.js';

let site: Site;
let server: GatehouseProcess;

beforeAll(async () => {
  site = await createSite();
  server = await site.start();
});
afterAll(async () => {
  await server.stop();
  await site.remove();
});

/** Sends the path as it is, which `fetch` would tidy up. */
function get(
  path: string,
  headers: Record<string, string> = {},
  { method = 'GET', url = server.url } = {},
): Promise<{ status: number; text: string; headers: IncomingHttpHeaders }> {
  return new Promise((resolve, reject) => {
    request(url, { method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, text, headers: response.headers });
      });
    })
      .on('error', reject)
      .end();
  });
}

describe('Swagger UI', () => {
  it('is served whole, and keeps credentials over a reload', async () => {
    const page = await get('/docs');
    expect(page.status).toBe(200);
    expect(page.text).toContain('<title>Gatehouse</title>');
    const files = [...page.text.matchAll(/(?:src|href)="\.?\/?([^"]+\.(?:js|css))"/g)].map(
      ([, file]) => file,
    );
    expect(files.length).toBeGreaterThanOrEqual(4);
    for (const file of files) expect((await get(`/${file}`.replace('/docs/docs', '/docs'))).status).toBe(200);
    expect((await get('/docs/swagger-ui-init.js')).text).toContain('"persistAuthorization": true');
  });

  it('has its document at /docs-json', async () => {
    expect(JSON.parse((await get('/docs-json')).text).openapi).toBe('3.1.0');
  });

  it('does not serve the document as YAML', async () => {
    expect((await get('/docs-yaml')).status).toBe(404);
  });

  it.each(['/docs', '/docs/', '/docs-json', '/docs/swagger-ui-init.js', '/docs/swagger-ui-bundle.js'])(
    'answers 304 to a client that has it: %s',
    async (path) => {
      const { headers } = await get(path);
      const etag = String(headers.etag);
      expect(etag).toMatch(/^"[\w-]{43}"$/);
      expect(headers['cache-control']).toMatch(/^(?:no-cache|public, max-age=3600)$/);
      for (const condition of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const again = await get(path, { 'if-none-match': condition });
        expect([condition, again.status, again.text]).toEqual([condition, 304, '']);
        expect(again.headers.etag).toBe(etag);
      }
      for (const condition of ['"other"', etag.slice(1, -1), '']) {
        expect((await get(path, { 'if-none-match': condition })).status).toBe(200);
      }
    },
  );

  it('answers HEAD without a body', async () => {
    const head = await get('/docs-json', {}, { method: 'HEAD' });
    const { text } = await get('/docs-json');
    expect([head.status, head.text, head.headers['content-length']]).toEqual([
      200,
      '',
      String(Buffer.byteLength(text)),
    ]);
  });

  it('is disabled by DOCS=false', async () => {
    const closed = await site.start({ DOCS: 'false' });
    for (const path of ['/docs', '/docs/', '/docs-json', '/docs-yaml', '/docs/swagger-ui-bundle.js'])
      expect((await get(path, {}, { url: closed.url })).status).toBe(404);
    expect(closed.stdout).not.toContain('/docs');
    await closed.stop();
  });
});

it.each<[string, string, Record<string, string>]>([
  ['a NUL', '/docs/%00', {}],
  ['a way out', '/docs/../../package.json', {}],
  ['an encoded way out', '/docs/..%2f..%2fpackage.json', {}],
  ['a long name', `/docs/${'a'.repeat(5_000)}`, {}],
  ['a range that is not there', '/docs/swagger-ui.css', { range: 'bytes=9999999999-' }],
  ['a condition', '/docs/swagger-ui.css', { 'if-match': '"x"' }],
  ['an odd condition', '/docs/swagger-ui.css', { 'if-none-match': '\u00e9' }],
  ['half an escape', '/%', {}],
  ['nothing between slashes', '//', {}],
  ['a deep path', `/${'a/'.repeat(2_000)}`, {}],
])('an odd request is not a server error: %s', async (_what, path, headers) => {
  const { status, text } = await get(path, headers);
  expect(status).toBeLessThan(500);
  if (status >= 400)
    expect(JSON.parse(text)).toMatchObject({ code: expect.any(String), requestId: expect.any(String) });
  expect(server.stdout + server.stderr).not.toContain('INTERNAL_ERROR');
});

it('connections that have sent nothing, or half their headers, do not hold up the shutdown', async () => {
  const other = await createSite();
  const stopped = await other.start();
  const { port, hostname } = new URL(stopped.url);
  for (const bytes of ['', 'GET / HTTP/1.1\r\nHost: x\r\n']) {
    const socket = connect(Number(port), hostname).on('error', () => {});
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write(bytes);
  }
  await get('/health/live');
  const before = performance.now();
  stopped.signal('SIGTERM');
  const { code } = await stopped.ended;
  // It would be cut after 30 s.
  expect([code, performance.now() - before < 25_000]).toEqual([0, true]);
  await other.remove();
});
