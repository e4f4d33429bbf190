import { request } from 'node:http';
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
function get(path: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    request(server.url, { path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
      );
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
])('an odd request is no fault of ours: %s', async (_what, path, headers) => {
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
