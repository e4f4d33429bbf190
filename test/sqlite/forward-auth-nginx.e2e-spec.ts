import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
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
  it('lets nobody pass when Gatehouse is gone, has a fault, or makes no sense', async () => {
    let asked = 0;
    const application = createServer((_request, response) => response.end(String((asked += 1))));
    let answer = { status: 503, headers: { 'Retry-After': '5' } as Record<string, string> };
    const gatehouse = createServer((_request, response) =>
      response.writeHead(answer.status, answer.headers).end(),
    );
    for (const server of [application, gatehouse]) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    }
    const portOf = (server: typeof application) => String((server.address() as AddressInfo).port);
    const port = await freePort();
    const conf = await readFile(join(nginxExample, 'nginx.conf'), 'utf8');
    const http = /http \{\n([^]*)\n\}/.exec(conf)?.[1] ?? '';
    const proxy = await Nginx.start(
      http
        .replace('127.0.0.1:8080', `127.0.0.1:${port}`)
        .replace('127.0.0.1:8081', `127.0.0.1:${portOf(application)}`)
        .replace('127.0.0.1:3000', `127.0.0.1:${portOf(gatehouse)}`),
      port,
    );
    try {
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
    } finally {
      await proxy.remove();
      gatehouse.close();
      application.close();
    }
  });
});
