import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { nginxExample, sendText } from '../support/example-nginx.js';
import { freePort } from '../support/free-port.js';
import { hasNginx, Nginx, withNginx } from '../support/nginx.js';

const root = join(import.meta.dirname, '../..');

describe('docs/forward-auth.md', () => {
  it('shows what is in the file that is tested', async () => {
    const lines = (text: string) => text.split('\n').map((line) => line.trim());
    const page = await readFile(join(root, 'docs/forward-auth.md'), 'utf8');
    const file = lines(await readFile(join(nginxExample, 'nginx.conf'), 'utf8'));
    const blocks = [...page.matchAll(/```nginx\n([^]*?)```/g)].map(([, text = '']) => lines(text));
    expect(blocks).toHaveLength(2);
    expect(blocks.flat().filter((line) => !file.includes(line))).toEqual([]);
  });
});

(hasNginx ? describe : describe.skip)(withNginx('examples/nginx-forward-auth/nginx.conf'), () => {
  let asked = 0;
  let questions = 0;
  let connections = 0;
  let answer = { status: 204, headers: {} as Record<string, string> };
  let port: number;
  let proxy: Nginx;
  const application = createServer((_request, response) =>
    response.setHeader('Access-Control-Allow-Origin', '*').end(String((asked += 1))),
  );
  const gatehouse = createServer((_request, response) => {
    questions += 1;
    response.writeHead(answer.status, answer.headers).end();
  }).on('connection', () => (connections += 1));

  beforeAll(async () => {
    for (const server of [application, gatehouse]) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    }
    const portOf = (server: typeof application) => String((server.address() as AddressInfo).port);
    port = await freePort();
    const conf = await readFile(join(nginxExample, 'nginx.conf'), 'utf8');
    const http = /http \{\n([^]*)\n\}/.exec(conf)?.[1] ?? '';
    proxy = await Nginx.start(
      http
        .replace('127.0.0.1:8080', `127.0.0.1:${port}`)
        .replace('127.0.0.1:8081', `127.0.0.1:${portOf(application)}`)
        .replace('127.0.0.1:3000', `127.0.0.1:${portOf(gatehouse)}`),
      port,
    );
  });
  afterAll(async () => {
    await proxy.remove();
    gatehouse.close();
    application.close();
  });

  const page = { Origin: 'https://app.example.com' };
  const corsOf = ({ headers }: { headers: Record<string, string | undefined> }) =>
    ['origin', 'methods', 'headers'].map((what) => headers[`access-control-allow-${what}`]);
  const cors = [
    page.Origin,
    'GET, HEAD, POST, PUT, PATCH, DELETE',
    'Authorization, Content-Type, X-API-Key, X-Owner-Id',
  ];
  const nothing = [undefined, undefined, undefined];
  const preflight = {
    'Access-Control-Request-Method': 'PUT',
    'Access-Control-Request-Headers': 'authorization',
  };

  it('answers a preflight, which has no credentials, without Gatehouse', async () => {
    answer = { status: 401, headers: {} };
    asked = questions = 0;
    const allowed = await sendText(port, 'OPTIONS', '/a', { ...page, ...preflight });
    expect([allowed.status, corsOf(allowed), allowed.headers.vary]).toEqual([204, cors, 'Origin']);
    const foreign = { Origin: 'https://app.example.com.evil.example', ...preflight };
    const rejected = await sendText(port, 'OPTIONS', '/a', foreign);
    expect([rejected.status, corsOf(rejected)]).toEqual([204, nothing]);
    expect([asked, questions]).toEqual([0, 0]);
    expect((await sendText(port, 'OPTIONS', '/a', page)).status).toBe(401);
    expect((await sendText(port, 'PUT', '/a', { ...page, ...preflight })).status).toBe(401);
    expect([asked, questions]).toEqual([0, 2]);
  });

  it('lets an allowed page read every answer, its own rejections too, and no other page', async () => {
    const headers = { 'WWW-Authenticate': 'Bearer realm="gatehouse"', 'Retry-After': '5' };
    for (const [status, seen] of [
      [204, 200],
      [401, 401],
      [403, 403],
      [429, 429],
      [503, 503],
    ] as const) {
      answer = { status, headers };
      const read = await sendText(port, 'GET', '/', page);
      expect([read.status, corsOf(read)]).toEqual([seen, cors]);
      expect(read.headers['access-control-expose-headers']).toBe('Retry-After, WWW-Authenticate');
      for (const foreign of [{ Origin: 'https://evil.example' }, { Origin: 'null' }, {}] as Record<
        string,
        string
      >[])
        expect([status, corsOf(await sendText(port, 'GET', '/', foreign))]).toEqual([status, nothing]);
    }
  });

  it('asks many questions on one connection', async () => {
    answer = { status: 204, headers: {} };
    await sendText(port, 'GET', '/');
    connections = 0;
    for (let turn = 0; turn < 10; turn += 1) await sendText(port, 'GET', '/');
    expect(connections).toBe(0);
  });

  it('rejects every request when Gatehouse is gone, fails, or sends an invalid response', async () => {
    asked = 0;
    answer = { status: 503, headers: { 'Retry-After': '5' } };
    expect(await sendText(port, 'GET', '/')).toMatchObject({
      status: 503,
      headers: { 'retry-after': '5' },
    });
    for (const [status, seen] of [
      [500, 503],
      [302, 503],
      [404, 503],
      [400, 503],
    ] as const) {
      answer = { status, headers: { location: '/' } };
      expect([status, (await sendText(port, 'GET', '/')).status]).toEqual([status, seen]);
    }
    gatehouse.close();
    gatehouse.closeAllConnections();
    expect((await sendText(port, 'GET', '/')).status).toBe(503);
    expect(asked).toBe(0);
  });
});
