import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ISSUER = 'https://login.example.com/';

function tokenOf(sub: string): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const claims = { iss: ISSUER, aud: 'notes', sub, exp: Math.floor(Date.now() / 1000) + 600 };
  const signed = `${encode({ alg: 'ES256', kid: '1' })}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

test('a user, a program and an agent share the notes of one owner', async () => {
  const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: '1' }] };
  const issuer = createServer((_request, response) => response.end(JSON.stringify(jwks)));
  await once(issuer.listen(0, '127.0.0.1'), 'listening');
  const JWKS_URL = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/`;
  const folder = await mkdtemp(join(tmpdir(), 'notes-'));
  const DATABASE_URL = `sqlite:${folder}/notes.db`;

  const app = spawn(process.execPath, [join(import.meta.dirname, 'main.js')], {
    env: { PORT: '0', ISSUER, JWKS_URL, DATABASE_URL },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  let url: string | undefined;
  for await (const chunk of app.stdout) {
    said += String(chunk);
    url = /^listening on (\S+)/m.exec(said)?.[1];
    if (url !== undefined) break;
  }

  const ask = async (method: string, path: string, headers: Record<string, string>, body?: object) => {
    const json = { 'content-type': 'application/json', ...headers };
    return fetch(`${url}${path}`, { method, headers: json, body: body && JSON.stringify(body) });
  };
  const secretOf = async (answer: Response) => ((await answer.json()) as { key: string }).key;

  const person = { authorization: `Bearer ${tokenOf('ada')}` };
  assert.equal((await ask('POST', '/notes', person, { text: 'first' })).status, 201);

  const key = { name: 'nightly', scopes: ['notes:read', 'tool-keys:issue'] };
  const program = { 'x-api-key': await secretOf(await ask('POST', '/api/v1/api-keys', person, key)) };
  assert.deepEqual(await (await ask('GET', '/notes', program)).json(), ['first']);
  assert.equal((await ask('POST', '/notes', program, { text: 'no' })).status, 403);

  const task = { taskId: 'summary' };
  const agent = { 'x-tool-key': await secretOf(await ask('POST', '/api/v1/tool-keys', program, task)) };
  assert.deepEqual(await (await ask('GET', '/notes', agent)).json(), ['first']);

  const otherUser = { authorization: `Bearer ${tokenOf('bob')}` };
  assert.deepEqual(await (await ask('GET', '/notes', otherUser)).json(), []);
  assert.equal((await ask('GET', '/notes', {})).status, 401);

  app.kill('SIGTERM');
  await once(app, 'close');
  issuer.close();
  await rm(folder, { recursive: true });
});
