import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createGatehouseClient, dataOf, type GatehouseClient } from '../../src/client/index.js';
import { BuiltinIssuer } from '../../src/issuer/builtin-issuer.js';
import {
  nginxExample,
  type RunningNginxExample,
  sendText,
  startNginxExample,
} from '../support/example-nginx.js';
import { hasNginx, withNginx } from '../support/nginx.js';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);
const hasTools = await run('sh', ['-c', 'command -v curl && command -v jq']).then(
  () => true,
  () => false,
);

type Headers = Record<string, string>;

(hasNginx ? describe : describe.skip)(withNginx('examples/nginx-forward-auth'), () => {
  let running: RunningNginxExample;
  let nginx: number;
  let gatehouse: GatehouseClient;
  let token: string;

  beforeAll(async () => {
    running = await startNginxExample();
    nginx = running.ports.nginx;
    token = BuiltinIssuer.open(join(running.folder, 'data')).tokenFor('ada@example.com', 3600);
    gatehouse = createGatehouseClient({
      baseUrl: `http://127.0.0.1:${running.ports.gatehouse}`,
      credential: { token },
    });
  });
  afterAll(async () => {
    expect(await running.stop()).toEqual({ code: 0, left: ['data'] });
  });

  const keyWith = async (settings: {
    scopes: string[];
    rateLimit?: { limit: number; windowSeconds: number };
  }) => dataOf(gatehouse.POST('/api/v1/api-keys', { body: { name: 'test', ...settings } }));
  const statusOf = async (...parameters: Parameters<typeof sendText>) =>
    (await sendText(...parameters)).status;
  const whoami = async (headers: Headers) =>
    JSON.parse((await sendText(nginx, 'GET', '/whoami', headers)).body) as Headers;

  it('is started by one command', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    expect(scripts['example:nginx-forward-auth']).toMatch(
      / && node examples\/nginx-forward-auth\/start\.js$/,
    );
  });

  it('passes the caller to the application', async () => {
    const { key = '', id, ownerId } = await keyWith({ scopes: ['files:read'] });
    expect(await whoami({ 'X-API-Key': key })).toMatchObject({
      'x-gatehouse-owner': ownerId,
      'x-gatehouse-key': id,
      'x-gatehouse-scopes': 'files:read',
    });
    const { userId } = await dataOf(gatehouse.GET('/api/v1/auth/me'));
    const { key: toolKey = '' } = await dataOf(
      gatehouse.POST('/api/v1/tool-keys', { body: { taskId: 'tidy' } }),
    );
    expect(await whoami({ Authorization: `Bearer ${token}` })).toMatchObject({ 'x-gatehouse-user': userId });
    expect(await whoami({ 'X-Tool-Key': toolKey })).toMatchObject({ 'x-gatehouse-owner': ownerId });
  });

  it('passes on the owner that a request names, and admits only its own', async () => {
    const { ownerId } = await dataOf(gatehouse.GET('/api/v1/auth/me'));
    const person = { Authorization: `Bearer ${token}` };
    expect(await whoami({ ...person, 'X-Owner-Id': ownerId })).toMatchObject({
      'x-gatehouse-owner': ownerId,
    });
    expect(await statusOf(nginx, 'GET', '/whoami', { ...person, 'X-Owner-Id': 'another' })).toBe(403);
  });

  it('ignores identity headers of clients in any spelling', async () => {
    const { key = '', ownerId } = await keyWith({ scopes: ['files:read'] });
    const forged = Object.fromEntries(
      ['owner', 'user', 'key', 'scopes'].flatMap((name) => [
        [`X-Gatehouse-${name}`, 'forged'],
        [`x_gatehouse_${name}`, 'forged'],
        [`X-GATEHOUSE_${name}`, 'forged'],
      ]),
    );
    const told = await whoami({ 'X-API-Key': key, ...forged, Connection: 'close, x-gatehouse-owner' });
    expect(JSON.stringify(told)).not.toContain('forged');
    expect(told['x-gatehouse-owner']).toBe(ownerId);
    // A service key has no user, and an empty header is no header.
    expect(told).not.toHaveProperty('x-gatehouse-user');
    expect(await statusOf(nginx, 'GET', '/whoami', forged)).toBe(401);
  });

  it('passes the address of the client to Gatehouse, and ignores the client’s own headers', async () => {
    const settings = { name: 'test', scopes: ['files:read'] };
    const statusFrom = async (allowedIps: string[]) => {
      const { key = '' } = await dataOf(
        gatehouse.POST('/api/v1/api-keys', { body: { ...settings, allowedIps } }),
      );
      return statusOf(nginx, 'GET', '/whoami', { 'X-API-Key': key, 'X-Forwarded-For': '198.51.100.9' });
    };
    expect([await statusFrom(['127.0.0.1/32']), await statusFrom(['198.51.100.9/32'])]).toEqual([200, 401]);
  });

  it('keeps credentials from the application', async () => {
    const { key = '' } = await keyWith({ scopes: ['files:read'] });
    const { key: toolKey = '' } = await dataOf(
      gatehouse.POST('/api/v1/tool-keys', { body: { taskId: 'tidy' } }),
    );
    for (const headers of [
      { Authorization: `Bearer ${token}` },
      { Authorization: `Bearer ${key}` },
      { 'X-API-Key': key },
      { 'X-Makima-API-Key': key },
      { 'X-Tool-Key': toolKey },
      { 'X-Makima-Tool-Key': toolKey },
    ] as Headers[]) {
      const told = JSON.stringify(await whoami(headers));
      expect([key, toolKey, token].filter((secret) => told.includes(secret))).toEqual([]);
    }
  });

  it('asks for what the method needs', async () => {
    const { key = '' } = await keyWith({ scopes: ['files:read'] });
    const reader = { 'X-API-Key': key };
    const writer = { Authorization: `Bearer ${token}` };
    expect(await statusOf(nginx, 'PUT', '/a.txt', writer, 'first')).toBe(200);
    for (const method of ['PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS'])
      expect([method, await statusOf(nginx, method, '/a.txt', reader, 'x')]).toEqual([method, 403]);
    const override = { ...reader, 'X-HTTP-Method-Override': 'GET' };
    expect(await statusOf(nginx, 'DELETE', '/a.txt?scopes=files:read', override)).toBe(403);
    expect(await sendText(nginx, 'GET', '/a.txt', reader)).toMatchObject({ status: 200, body: '"first"' });
  });

  it('never shows the files of another owner', async () => {
    await sendText(nginx, 'PUT', '/b.txt', { Authorization: `Bearer ${token}` }, 'mine');
    const bob = BuiltinIssuer.open(join(running.folder, 'data')).tokenFor('bob@example.com', 3600);
    expect(await statusOf(nginx, 'GET', '/b.txt', { Authorization: `Bearer ${bob}` })).toBe(404);
  });

  it('rejects an invalid credential, and keeps its subrequest internal', async () => {
    for (const headers of [{}, { 'X-API-Key': 'bad' }, { Authorization: 'Bearer a.b.c' }] as Headers[])
      expect(await sendText(nginx, 'GET', '/a.txt', headers)).toMatchObject({
        status: 401,
        headers: { 'www-authenticate': expect.stringContaining('Bearer realm="gatehouse"') },
      });
    expect(await statusOf(nginx, 'GET', '/_gatehouse', { Authorization: `Bearer ${token}` })).toBe(404);
    const query = '/a.txt?api_key=';
    expect(await statusOf(nginx, 'GET', query + (await keyWith({ scopes: ['files:read'] })).key)).toBe(401);
  });

  it('ends with the key', async () => {
    const { key = '', id } = await keyWith({ scopes: ['files:read'] });
    expect(await statusOf(nginx, 'GET', '/whoami', { 'X-API-Key': key })).toBe(200);
    await dataOf(gatehouse.DELETE('/api/v1/api-keys/{id}', { params: { path: { id } } }));
    expect(await statusOf(nginx, 'GET', '/whoami', { 'X-API-Key': key })).toBe(401);
  });

  it('passes on that a limit is used up, and until when', async () => {
    const { key = '' } = await keyWith({
      scopes: ['files:read'],
      rateLimit: { limit: 1, windowSeconds: 60 },
    });
    expect(await statusOf(nginx, 'GET', '/whoami', { 'X-API-Key': key })).toBe(200);
    const rejected = await sendText(nginx, 'GET', '/whoami', { 'X-API-Key': key });
    expect([rejected.status, rejected.headers['retry-after']]).toEqual([429, expect.stringMatching(/^\d+$/)]);
  });

  (hasTools ? it : it.skip)('does what its README says', async () => {
    const page = await readFile(join(nginxExample, 'README.md'), 'utf8');
    const [, ...blocks] = [...page.matchAll(/```sh\n([^]*?)```/g)].map(([, text = '']) => text);
    const script = blocks
      .join('\necho\n')
      .replaceAll('npm run -s token --', `${process.execPath} ${join(root, 'dist/cli/token.js')}`)
      .replaceAll('127.0.0.1:3000', `127.0.0.1:${running.ports.gatehouse}`)
      .replaceAll('127.0.0.1:8080', `127.0.0.1:${nginx}`);
    const { stdout } = await run('sh', ['-ec', script], { cwd: running.folder });
    expect(stdout.replace(/\s/g, '')).toMatch(/^\{"stored":"\/notes\.txt"\}"first"403401\{.*files:read.*\}$/);
    expect(stdout).not.toContain('somebody-else');
  });
});
