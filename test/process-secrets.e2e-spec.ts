import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { KeyMint } from '../src/key-store/key-mint.js';
import { sendTo } from './support/process-http.js';
import { createSite, type Site } from './support/process-site.js';
import { openSocket } from './support/process-socket.js';
import { type Api, floodWith, type FloodRequest } from './support/secret-flood.js';
import { everythingStored, leakIn } from './support/secrets-search.js';
import type { GatehouseProcess } from './support/spawn-gatehouse.js';

declare const databaseKind: 'sqlite' | 'postgres';

const mint = new KeyMint();
let site: Site;

afterEach(() => site.remove());

/** The whole answer as it came, headers included. */
function ask({ url }: GatehouseProcess, agent: Agent, sent: FloodRequest): Promise<string> {
  const payload = sent.text ?? (sent.body === undefined ? undefined : JSON.stringify(sent.body));
  const length = String(Buffer.byteLength(payload ?? ''));
  // Node frames no body of a DELETE by itself.
  const json = payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': length };
  return new Promise((resolve, reject) => {
    const options = { method: sent.method, agent, path: sent.path, headers: { ...json, ...sent.headers } };
    const outgoing = request(url, options, (incoming) => {
      let text = `${incoming.statusCode} ${incoming.rawHeaders.join('\n')}\n\n`;
      incoming.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      incoming.on('error', reject).on('end', () => resolve(text));
    });
    outgoing.on('error', reject).end(payload);
  });
}

/** A token that no key has signed. */
function forgedJwt(): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const claims = { iss: 'gatehouse', aud: 'gatehouse', sub: randomBytes(16).toString('hex'), exp: 4e9 };
  return `${encode({ alg: 'ES256', typ: 'JWT' })}.${encode(claims)}.${randomBytes(64).toString('base64url')}`;
}

const credentialHeaders = (secret: string): Record<string, string>[] => [
  { authorization: `Bearer ${secret}` },
  { authorization: secret },
  { authorization: `Basic ${Buffer.from(`user:${secret}`).toString('base64')}` },
  { 'x-api-key': secret },
  { 'x-makima-api-key': secret },
  { 'x-tool-key': secret },
  { 'x-makima-tool-key': secret },
];

type Format = [kind: string, env: Record<string, string>, line: RegExp];

/** Neither has to do with the other: each kind of log is looked at on one kind of database. */
const formats: Record<typeof databaseKind, Format> = {
  postgres: [
    'JSON',
    { NODE_ENV: 'production', BUILTIN_ISSUER: 'true' },
    /^\{"time":"[^"]+Z","level":"\w+".*\}$/,
  ],
  sqlite: ['text', {}, /^(?:\d\d:\d\d:\d\d (?:FATAL|ERROR|WARN |LOG {2}|DEBUG) | {4})/],
};

describe.each([formats[databaseKind]])('a server that logs %s', (_kind, env, line) => {
  it('is flooded with live-shaped keys in every field, and none is in any log, error or table', async () => {
    site = await createSite({ ...env, LOG_LEVEL: 'debug', TRUST_PROXY: 'true', TMPDIR: '/tmp' });
    const server = await site.start();
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const ada = site.bearer();
    const admin = { 'x-api-key': await site.adminKey() };
    const { body: personal } = await sendTo(server, 'POST', '/api/v1/auth/api-keys', { headers: ada });
    const service = { headers: ada, body: { name: 'CI' } };
    const { body: serviceKey } = await sendTo(server, 'POST', '/api/v1/api-keys', service);
    const fields = { headers: ada, body: { taskId: 'task-1' } };
    const { body: toolKey } = await sendTo(server, 'POST', '/api/v1/tool-keys', fields);
    const secrets = new Map<string, string>([
      ['an unknown key', mint.mintApiKey('live').key],
      ['a tool key', toolKey.key],
      ['a forged JWT', forgedJwt()],
      ['a personal key', personal.key],
      ['an unknown tool key', mint.mintToolKey().key],
      ['a service key', serviceKey.key],
      ['an unknown key for tests', mint.mintApiKey('test').key],
      ['the admin key', admin['x-api-key']],
      ['the JWT of a person', ada.authorization.slice('Bearer '.length)],
    ]);
    const { body: api } = await sendTo(server, 'GET', '/docs-json');
    const known = { id: serviceKey.id as string, taskId: 'task-1' };

    const answers: string[] = [];
    let waiting: Promise<void>[] = [];
    const note = (text: string) => {
      // The one answer that may show a key is the one that made it.
      const made = /^201 [^]*"key":"([^"]+)"/.exec(text)?.[1];
      if (made !== undefined) secrets.set(`a key made on the way, ${secrets.size}`, made);
      answers.push(made === undefined ? text : text.replace(made, ''));
    };
    const send = async (sent: FloodRequest) => {
      waiting.push(ask(server, agent, sent).then(note));
      if (waiting.length < 100) return;
      await Promise.all(waiting);
      waiting = [];
    };
    const planted = Array.from(secrets.values());
    // The first use of a key becomes an event; of the others only samples do.
    const userAgent = `ci/${planted[0]}`;
    await send({
      method: 'GET',
      path: '/api/v1/auth/me',
      headers: { 'x-tool-key': toolKey.key, 'user-agent': userAgent },
    });
    for (const [index, secret] of planted.entries()) {
      let turn = 0;
      const bearers = [admin, ada, {}];
      for (const sent of floodWith(secret, api as Api, known, index)) {
        const own = bearers[(turn += 1) % 10 === 0 ? 2 : turn % 2];
        await send({ ...sent, headers: { ...sent.headers, ...own } });
      }
      for (const headers of credentialHeaders(secret)) {
        await send({ method: 'GET', path: '/api/v1/auth/me', headers });
        await send({ method: 'GET', path: `/${secret}/${secret}`, headers });
        await send({ method: 'POST', path: '/api/v1/tool-keys', headers, body: { taskId: secret } });
        await send({
          method: 'POST',
          path: '/api/v1/api-keys/verify',
          headers: admin,
          body: { key: secret },
        });
      }
      await send({ method: 'GET', path: `/%ZZ${secret}` });
      for (const garbage of [`${secret}\r\n\r\n`, `GET /${secret} HTTP/9\r\nX-API-Key: ${secret}\r\n\r\n`]) {
        const socket = await openSocket(server);
        socket.write(garbage);
        answers.push((await socket.closed).text);
      }
    }
    await Promise.all(waiting);
    agent.destroy();
    const { stdout, stderr } = await server.stop();
    expect(answers.length).toBeGreaterThan(2_000);
    expect(leakIn(stdout, secrets)).toBeUndefined();
    expect(leakIn(stderr, secrets)).toBeUndefined();
    for (const answer of answers) {
      const leak = leakIn(answer, secrets);
      if (leak !== undefined) throw new Error(`An answer tells ${leak}`);
    }
    const stored = await everythingStored(site.databaseUrl, join(site.folder, 'data'));
    expect(leakIn(stored, secrets)).toBeUndefined();

    // The search above saw something, and nothing of what was sent has broken the format.
    expect(stored).toContain('mk_live_[redacted]');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(answers.length);
    expect(lines.filter((one) => !line.test(one))).toEqual([]);
    expect(stdout).toContain('[redacted]');
    const faults = answers.filter((answer) => answer.startsWith('500'));
    expect(faults).toEqual([]);
  });
});

it('rejects a credential where it would be kept and shown: in names, metadata, reasons and task ids', async () => {
  site = await createSite({ LOG_LEVEL: 'debug' });
  const server = await site.start();
  const headers = { 'x-api-key': await site.adminKey() };
  const { body: made } = await sendTo(server, 'POST', '/api/v1/api-keys', { headers, body: { name: 'CI' } });
  const { key } = mint.mintApiKey('live');
  const [first, second] = [key.slice(0, 20), key.slice(20)];
  const base64 = Buffer.from(`ci:${key}`).toString('base64');
  const rejected: [string, string, object, string][] = [
    ['POST', '/api/v1/api-keys', { name: `was ${key}` }, 'name'],
    ['POST', '/api/v1/api-keys', { name: 'CI', metadata: { old: { key } } }, 'metadata'],
    ['PATCH', `/api/v1/api-keys/${made.id}`, { metadata: { [key]: 1 } }, 'metadata'],
    ['DELETE', `/api/v1/api-keys/${made.id}`, { reason: mint.mintToolKey().key }, 'reason'],
    ['POST', '/api/v1/tool-keys', { taskId: forgedJwt().slice(0, 190) }, 'taskId'],
    ['POST', '/api/v1/admin/owners', { name: key.replaceAll('_', '%5F') }, 'name'],
    ['POST', '/api/v1/admin/owners', { name: base64 }, 'name'],
    ['POST', '/api/v1/api-keys', { name: key.slice(8) }, 'name'],
    ['POST', '/api/v1/api-keys', { name: 'CI', metadata: { first, second } }, 'metadata'],
    ['POST', '/api/v1/api-keys', { name: 'CI', metadata: { [first]: second } }, 'metadata'],
    ['POST', '/api/v1/api-keys', { name: `CI ${first}`, metadata: { rest: second } }, 'metadata'],
    ['POST', '/api/v1/admin/api-keys', { name: first, metadata: { [second]: true } }, 'metadata'],
    ['PATCH', `/api/v1/api-keys/${made.id}`, { metadata: { first, more: [{ second }] } }, 'metadata'],
    ['POST', '/api/v1/tool-keys', { taskId: `${first}/${second}` }, 'taskId'],
  ];
  for (const [method, path, body, field] of rejected) {
    const framed = { ...headers, 'content-length': String(Buffer.byteLength(JSON.stringify(body))) };
    const answer = await sendTo(server, method, path, { headers: framed, body });
    expect([method, path, answer.status, answer.body.details]).toEqual([
      method,
      path,
      400,
      [{ path: field, message: 'must not hold a credential' }],
    ]);
  }
  const allowed = {
    name: `replaces ${made.prefix}`,
    metadata: { first, commit: 'a9f'.repeat(13), id: made.id },
  };
  const kept = await sendTo(server, 'POST', '/api/v1/api-keys', { headers, body: allowed });
  expect([kept.status, kept.body.metadata]).toEqual([201, allowed.metadata]);
  // A user agent is redacted, not rejected.
  const split = { ...headers, 'x-api-key': kept.body.key, 'user-agent': `ci/${first} (${second})` };
  expect((await sendTo(server, 'GET', `/api/v1/auth/${first}-${second}`, { headers: split })).status).toBe(
    404,
  );
  expect((await sendTo(server, 'GET', '/api/v1/auth/me', { headers: split })).status).toBe(200);
  const { stdout } = await server.stop();
  const stored = await everythingStored(site.databaseUrl, join(site.folder, 'data'));
  expect(stored).toContain('ci/mk_live_[redacted])');
  expect(stdout).toContain('/api/v1/auth/mk_live_[redacted]');
  for (const text of [stored, stdout]) expect(text).not.toContain(second);
});
