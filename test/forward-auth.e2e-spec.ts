import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mintApiKey } from './support/api-keys.js';
import { type Gatehouse, startGatehouse } from './support/gatehouse.js';

/** nginx is not everywhere: where there is none, there is nothing to try. */
const hasNginx = spawnSync('nginx', ['-v']).error === undefined;

async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

(hasNginx ? describe : describe.skip)('docs/nginx.conf in a real nginx', () => {
  let gatehouse: Gatehouse;
  let application: Server;
  let nginx: ChildProcess;
  let folder: string;
  let base: string;
  let seen: IncomingHttpHeaders[];

  beforeAll(async () => {
    gatehouse = await startGatehouse({ trustProxy: '127.0.0.1' });
    seen = [];
    application = createServer((request, response) => {
      seen.push(request.headers);
      response.end('the application');
    });
    await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve));
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-nginx-'));
    const port = await freePort();
    const shipped = await readFile(join(import.meta.dirname, '..', 'docs', 'nginx.conf'), 'utf8');
    const configuration = shipped
      .replace('127.0.0.1:8080', `127.0.0.1:${port}`)
      .replace('127.0.0.1:8081', `127.0.0.1:${(application.address() as AddressInfo).port}`)
      .replace(
        '127.0.0.1:3000',
        `127.0.0.1:${(gatehouse.app.getHttpServer().address() as AddressInfo).port}`,
      );
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    );
    const own = `daemon off; pid ${folder}/pid; error_log ${folder}/error.log;\n`;
    await writeFile(
      join(folder, 'nginx.conf'),
      own + configuration.replace('http {', `http {\naccess_log off; ${temporary.join(' ')}`),
    );
    nginx = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'inherit' });
    base = `http://127.0.0.1:${port}`;
    for (let turn = 0; turn < 50; turn += 1) {
      if (await fetch(base).catch(() => undefined)) break;
      await sleep(100);
    }
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => nginx.once('exit', resolve));
    nginx.kill('SIGTERM');
    await ended;
    application.close();
    await gatehouse.close();
    await rm(folder, { recursive: true });
  });

  const get = (headers: Record<string, string> = {}) => fetch(`${base}/anything`, { headers });

  it('lets a good key pass, and tells the application whose it is', async () => {
    const key = await mintApiKey(gatehouse, { scopes: ['files:*'] });
    const answer = await get({
      'x-api-key': key,
      'x-gatehouse-owner': 'forged',
      'x-gatehouse-user': 'forged',
    });
    expect([answer.status, await answer.text()]).toEqual([200, 'the application']);
    expect(seen.at(-1)).toMatchObject({
      'x-gatehouse-owner': '00000000-0000-7000-8000-000000000001',
      'x-gatehouse-scopes': 'files:*',
    });
    expect(JSON.stringify(seen.at(-1))).not.toContain('forged');
  });

  it('refuses all others before the application', async () => {
    const before = seen.length;
    expect((await get()).status).toBe(401);
    expect((await get({ 'x-api-key': 'bad' })).status).toBe(401);
    expect((await get({ 'x-api-key': await mintApiKey(gatehouse, { scopes: ['notes:read'] }) })).status).toBe(
      403,
    );
    expect(seen.length).toBe(before);
  });

  it('passes on that a limit is used up', async () => {
    const headers = {
      'x-api-key': await mintApiKey(gatehouse, {
        scopes: ['files:read'],
        rateLimit: { limit: 1, windowSeconds: 60 },
      }),
    };
    expect((await get(headers)).status).toBe(200);
    expect((await get(headers)).status).toBe(429);
  });

  it('lets nobody pass while Gatehouse is gone', async () => {
    const key = await mintApiKey(gatehouse, { scopes: ['files:read'] });
    await new Promise<void>((resolve) => {
      gatehouse.app.getHttpServer().close(() => resolve());
      gatehouse.app.getHttpServer().closeAllConnections();
    });
    const before = seen.length;
    expect((await get({ 'x-api-key': key })).status).toBe(503);
    expect(seen.length).toBe(before);
  });
});
