import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Database } from '../src/database/database.js';
import { MetricsServer } from '../src/server/metrics/metrics.server.js';
import { createPersonalKey, type Gatehouse, issueToolKey, startGatehouse } from './support/gatehouse.js';
import { Clock } from '../src/support/clock.js';
import { eventually } from './support/eventually.js';
import { labelNames, scrape, type Scrape } from './support/scrape.js';

declare const databaseKind: 'sqlite' | 'postgres';

let gatehouse: Gatehouse;
let url: string;

beforeAll(async () => {
  const metrics = { port: 0, host: '127.0.0.1' };
  gatehouse = await startGatehouse({ metrics, failuresPerMinute: 30 });
  url = await gatehouse.app.get(MetricsServer).listen(metrics);
});
afterAll(() => gatehouse.close());

const me = '/api/v1/auth/me';
const requests = 'gatehouse_http_requests_total';
const decisions = 'gatehouse_decisions_total';
const known = { route: me, method: 'GET', status: '200' };

const toolKey = (outcome: string) => labels({ credential: 'tool_key', outcome });

/** By how much each series of a metric goes up; a request is counted a little after its answer has come. */
async function rise(
  name: string,
  cause: () => Promise<unknown>,
  total: number,
): Promise<Record<string, number>> {
  const before = (await scrape(url)).valuesOf(name);
  await cause();
  for (let attempt = 0; ; attempt++) {
    const after = (await scrape(url)).valuesOf(name);
    const up = Object.entries(after)
      .map(([labels, value]) => [labels, value - (before[labels] ?? 0)] as const)
      .filter(([, more]) => more !== 0);
    const sum = up.reduce((all, [, more]) => all + more, 0);
    if (sum >= total || attempt === 1_000) return Object.fromEntries(up);
    await sleep(20);
  }
}

/** Resolves when the service hears of a change of its own; on SQLite it hears of those of others alone. */
async function heardOf(table: string): Promise<void> {
  if (databaseKind === 'sqlite') return;
  await new Promise<void>((resolve) => {
    gatehouse.app.get(Database).onChange((change) => change?.table === table && resolve());
  });
}

/** Nothing is cached from the time that a test lets pass to the next heartbeat. */
async function hasHeartbeat(): Promise<void> {
  const { app } = gatehouse;
  const [database, ticks] = [app.get(Database), app.get(Clock).ticks()];
  await eventually(() => {
    expect(database.leaseEndsAt).toBeGreaterThan(ticks);
    expect(database.syncedAt).toBeGreaterThanOrEqual(ticks);
  });
}

const labels = (all: Record<string, string>) =>
  Object.entries(all)
    .map(([name, value]) => `${name}="${value}"`)
    .sort()
    .join(',');

async function times(count: number, act: () => Promise<unknown>): Promise<void> {
  for (let index = 0; index < count; index++) await act();
}

it('counts requests by route, method and status, exactly', async () => {
  const { id } = await createPersonalKey(gatehouse, 'requests@example.com');
  const headers = gatehouse.bearer('requests@example.com');
  const cause = async () => {
    await times(3, () => gatehouse.send('GET', me, { headers }));
    await times(2, () => gatehouse.send('GET', me));
    await gatehouse.send('HEAD', me, { headers });
    await gatehouse.send('GET', `/api/v1/tool-keys/${id}`, { headers });
  };
  expect(await rise(requests, cause, 7)).toEqual({
    [labels(known)]: 3,
    [labels({ ...known, status: '401' })]: 2,
    [labels({ ...known, method: 'HEAD' })]: 1,
    [labels({ route: '/api/v1/tool-keys/:id', method: 'GET', status: '404' })]: 1,
  });
});

it('times each request that it counts', async () => {
  const up = await rise(
    'gatehouse_http_request_duration_seconds_count',
    () => times(4, () => gatehouse.send('GET', me)),
    4,
  );
  expect(up).toEqual({ [labels({ route: me, method: 'GET' })]: 4 });
});

it('counts one decision for each credential, by what became of it', async () => {
  const person = gatehouse.bearer('decisions@example.com');
  const { key } = await createPersonalKey(gatehouse, 'decisions@example.com');
  const tool = await issueToolKey(gatehouse, { scopes: ['files:read'] }, person);
  const { body: service } = await gatehouse.send('POST', '/api/v1/api-keys', {
    headers: person,
    body: { name: 'narrow', scopes: ['a:read'] },
  });
  const apiKey = { 'x-api-key': key };
  const send = (headers: Record<string, string | string[]>, path = me) =>
    gatehouse.send('GET', path, { headers });
  const unknown = `${key.slice(0, -6)}AAAAAA`;
  const cause = async () => {
    await times(5, () => send(person));
    await times(4, () => send(apiKey));
    await times(3, () => send({ 'x-tool-key': tool.key }));
    await times(2, () => send({}));
    await send({ 'x-api-key': 'mk_live_nonsense' });
    await send({ 'x-api-key': unknown });
    await send({ authorization: 'Bearer a.b.c' });
    await send({ 'x-tool-key': 'nonsense', ...apiKey });
    await send({ 'x-tool-key': tool.key }, '/api/v1/auth/api-keys');
    await send({ 'x-api-key': service.key }, '/api/v1/tool-keys');
    await send(apiKey, '/api/v1/admin/audit-events');
  };
  expect(await rise(decisions, cause, 22)).toEqual({
    [labels({ credential: 'jwt', outcome: 'VALID' })]: 5,
    [labels({ credential: 'jwt', outcome: 'INVALID_TOKEN' })]: 1,
    [labels({ credential: 'api_key', outcome: 'VALID' })]: 5,
    [labels({ credential: 'api_key', outcome: 'MALFORMED' })]: 1,
    [labels({ credential: 'api_key', outcome: 'CHECKSUM_FAILED' })]: 1,
    [labels({ credential: 'api_key', outcome: 'FORBIDDEN' })]: 1,
    [labels({ credential: 'tool_key', outcome: 'VALID' })]: 3,
    [labels({ credential: 'tool_key', outcome: 'MALFORMED' })]: 1,
    [labels({ credential: 'tool_key', outcome: 'FORBIDDEN' })]: 1,
    [labels({ credential: 'api_key', outcome: 'INSUFFICIENT_SCOPE' })]: 1,
    [labels({ credential: 'none', outcome: 'MISSING_TOKEN' })]: 2,
  });
});

it('distinguishes a key over its limit from an address over its own', async () => {
  const { body: made } = await gatehouse.send('POST', '/api/v1/api-keys', {
    headers: gatehouse.bearer('limit@example.com'),
    body: { name: 'limited', scopes: ['a:read'], rateLimit: { limit: 2, windowSeconds: 3600 } },
  });
  const cause = async () => {
    await times(5, () => gatehouse.send('GET', me, { headers: { 'x-api-key': made.key } }));
    let sent = 0;
    const nonsense = () => `tk_live_nonsense_${(sent += 1)}`;
    await times(40, () => gatehouse.send('GET', me, { headers: { 'x-tool-key': nonsense() } }));
  };
  const up = await rise(decisions, cause, 45);
  gatehouse.pass(61);
  const { [toolKey('MALFORMED')]: bad = 0, [toolKey('ADDRESS_LIMITED')]: limited = 0, ...ofKey } = up;
  expect(ofKey).toEqual({
    [labels({ credential: 'api_key', outcome: 'VALID' })]: 2,
    [labels({ credential: 'api_key', outcome: 'RATE_LIMITED' })]: 3,
  });
  expect([bad + limited, bad > 0, limited > 0]).toEqual([40, true, true]);
});

it('counts what the verify endpoint was asked', async () => {
  const headers = { 'x-api-key': gatehouse.adminKey };
  const { key } = await createPersonalKey(gatehouse, 'verdicts@example.com');
  const ask = (asked: string) =>
    gatehouse.send('POST', '/api/v1/api-keys/verify', { headers, body: { key: asked } });
  const cause = async () => {
    await times(2, () => ask(key));
    await ask('mk_live_nonsense');
  };
  expect(await rise('gatehouse_verdicts_total', cause, 3)).toEqual({
    [labels({ credential: 'api_key', outcome: 'VALID' })]: 2,
    [labels({ credential: 'api_key', outcome: 'MALFORMED' })]: 1,
  });
});

it('has one series for all unknown paths', async () => {
  const cause = () =>
    times(500, async () => {
      const path = `/${Math.random().toString(36).slice(2)}/"}%0a{x="${Math.random()}`;
      await gatehouse.send('GET', encodeURI(path));
    });
  expect(await rise(requests, cause, 500)).toEqual({
    [labels({ route: 'unmatched', method: 'GET', status: '404' })]: 500,
  });
});

it('has one series for all methods that are not common', async () => {
  const cause = async () => {
    for (const method of ['PROPFIND', 'PURGE', 'M-SEARCH', 'SUBSCRIBE']) await gatehouse.send(method, me);
  };
  const up = await rise(requests, cause, 4);
  expect(Object.keys(up).every((series) => series.includes('method="OTHER"'))).toBe(true);
  expect(Object.keys(up)).toHaveLength(1);
});

it('counts requests that cannot be routed or parsed', async () => {
  const { port } = gatehouse.app.getHttpServer().address() as { port: number };
  const nonsense = () =>
    new Promise<void>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'));
      socket
        .on('error', reject)
        .on('close', () => resolve())
        .resume();
    });
  const cause = async () => {
    await gatehouse.send('GET', '/%zz');
    await nonsense();
  };
  expect(await rise(requests, cause, 2)).toEqual({
    [labels({ route: 'unmatched', method: 'GET', status: '400' })]: 1,
    [labels({ route: 'unreadable', method: 'OTHER', status: '400' })]: 1,
  });
});

it('counts a request whose client hangs up as aborted', async () => {
  const { port } = gatehouse.app.getHttpServer().address() as { port: number };
  const cause = () =>
    new Promise<void>((resolve, reject) => {
      const head = `POST ${me} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{`;
      const socket = connect(port, '127.0.0.1', () =>
        socket.write(head, () => setTimeout(() => socket.destroy(), 50)),
      );
      socket.on('error', reject).on('close', () => resolve());
    });
  const up = await rise(requests, cause, 1);
  expect(up).toEqual({ [labels({ route: 'unmatched', method: 'POST', status: 'aborted' })]: 1 });
});

it('counts hits and misses of verified tokens', async () => {
  const headers = gatehouse.bearer('cache@example.com');
  const send = () => gatehouse.send('GET', me, { headers });
  const cause = () => times(3, send);
  await hasHeartbeat();
  // The first request creates the user, and what is known of users is dropped when that is heard of.
  const heard = heardOf('users');
  await send();
  await heard;
  await send();
  const series = labels({ cache: 'verified_jwts' });
  expect((await rise('gatehouse_cache_hits_total', cause, 3))[series]).toBe(3);
  const other = () => gatehouse.send('GET', me, { headers: gatehouse.bearer('other@example.com') });
  expect((await rise('gatehouse_cache_misses_total', other, 1))[series]).toBe(1);
  expect((await scrape(url)).valuesOf('gatehouse_cache_entries')[series]).toBeGreaterThan(1);
});

it('reports every cache', async () => {
  const { key } = await createPersonalKey(gatehouse, 'remembered@example.com');
  const tool = await issueToolKey(gatehouse, {}, gatehouse.bearer('remembered@example.com'));
  const cause = async () => {
    await times(3, () => gatehouse.send('GET', me, { headers: { 'x-api-key': key } }));
    await times(2, () => gatehouse.send('GET', me, { headers: { 'x-tool-key': tool.key } }));
  };
  const hits = await rise('gatehouse_cache_hits_total', cause, 1);
  expect(hits[labels({ cache: 'api_keys' })]).toBeGreaterThanOrEqual(2);
  expect(hits[labels({ cache: 'tool_keys' })]).toBeGreaterThanOrEqual(1);
  expect(hits[labels({ cache: 'accounts' })]).toBeGreaterThanOrEqual(3);
  expect(Object.keys((await scrape(url)).valuesOf('gatehouse_cache_entries')).sort()).toEqual(
    ['accounts', 'api_keys', 'tool_keys', 'verified_jwts'].map((cache) => labels({ cache })),
  );
});

it('times the database, and counts only its own faults', async () => {
  const database = gatehouse.app.get(Database);
  const cause = async () => {
    await database.read((manager) => manager.query('SELECT 1'));
    await database.write(async () => gatehouse.pass(0.02));
    await database.write(() => Promise.reject(new Error('ours'))).catch(() => undefined);
    const never = () => new Promise<never>(() => undefined);
    await database.write(never, { limitMs: 20 }).catch(() => undefined);
    await database.ping();
  };
  const before = await scrape(url);
  await cause();
  const after = await scrape(url);
  const more = (name: string, kind: string) =>
    (after.valuesOf(name)[`kind="${kind}"`] ?? NaN) - (before.valuesOf(name)[`kind="${kind}"`] ?? NaN);
  const count = 'gatehouse_database_duration_seconds_count';
  // At times something in the background asks too.
  expect(more(count, 'read')).toBeGreaterThanOrEqual(1);
  expect(more(count, 'write')).toBeGreaterThanOrEqual(3);
  expect(more(count, 'ping')).toBe(1);
  const faults = 'gatehouse_database_faults_total';
  expect([more(faults, 'read'), more(faults, 'write'), more(faults, 'ping')]).toEqual([0, 1, 0]);
  expect(more('gatehouse_database_duration_seconds_sum', 'write')).toBeGreaterThan(0.015);
});

it('counts events of the audit trail, and rejections that are only counted there', async () => {
  const create = () => createPersonalKey(gatehouse, 'audit@example.com');
  const { body: person } = await gatehouse.send('GET', me, {
    headers: gatehouse.bearer('audit@example.com'),
  });
  expect(person.email).toBe('audit@example.com');
  // Rejections from before may be written now, too.
  expect(await rise('gatehouse_audit_events_total', create, 1)).toMatchObject({
    [labels({ type: 'created' })]: 1,
  });
  const tool = await issueToolKey(gatehouse, {}, gatehouse.bearer('audit@example.com'));
  const reject = () =>
    times(4, () => gatehouse.send('GET', '/api/v1/auth/api-keys', { headers: { 'x-tool-key': tool.key } }));
  expect(await rise('gatehouse_audit_refusals_total', reject, 4)).toEqual({
    [labels({ fate: 'sampled' })]: 1,
    [labels({ fate: 'counted' })]: 3,
  });
});

it('reports changes that other processes confirmed', async () => {
  const cause = () => Promise.resolve(gatehouse.app.get(Database).propagations.emit(0.25));
  expect(await rise('gatehouse_propagation_seconds_count', cause, 1)).toEqual({ '': 1 });
});

it('has the delay of the event loop, and what the limits of keys are counted in', async () => {
  const found = await scrape(url);
  expect(found.valuesOf('nodejs_eventloop_lag_p99_seconds')['']).toBeGreaterThan(0);
  expect(found.valuesOf('gatehouse_limiter_connected')).toEqual({ [labels({ kind: 'memory' })]: 0 });
});

it('names no key, user, owner, address or path, after traffic with all three credentials', async () => {
  const email = 'grace.hopper@example.com';
  const person = gatehouse.bearer(email);
  const made = await createPersonalKey(gatehouse, email);
  const tool = await issueToolKey(gatehouse, { taskId: 'secret-task' }, person);
  const { body } = await gatehouse.send('GET', me, { headers: person });
  await gatehouse.send('GET', me, { headers: { 'x-api-key': made.key, 'user-agent': 'curious-agent' } });
  await gatehouse.send('GET', `${me}?token=query-secret`, { headers: { 'x-tool-key': tool.key } });
  await gatehouse.send('GET', `/api/v1/tool-keys/${tool.id}`, { headers: person });
  await gatehouse.send('DELETE', '/api/v1/tasks/secret-task/tool-keys', { headers: person });
  const { text } = await scrape(url);
  const unfit = [
    email,
    'grace',
    made.id,
    made.key,
    made.prefix,
    tool.id,
    tool.key,
    body.userId,
    body.ownerId,
  ];
  unfit.push('secret-task', 'query-secret', 'curious-agent', person.authorization, gatehouse.adminKey);
  expect(unfit.filter((secret) => secret === undefined || text.includes(secret))).toEqual([]);
  expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
});

it('has only labels whose values are known beforehand', async () => {
  const found: Scrape = await scrape(url);
  const names = new Set(
    found.samples
      .filter(({ name }) => name.startsWith('gatehouse_'))
      .flatMap((sample) => Object.keys(sample.labels)),
  );
  expect([...names].filter((name) => !labelNames.includes(name))).toEqual([]);
});

it('serves nothing else on that port', async () => {
  const at = (path: string, method = 'GET') =>
    fetch(new URL(path, url), { method }).then(({ status }) => status);
  expect(
    await Promise.all([at('/'), at('/metrics/'), at('/health/live'), at(me), at('/metrics', 'POST')]),
  ).toEqual([404, 404, 404, 404, 404]);
  const answer = await fetch(url);
  expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
    'no-store',
  ]);
});

it('does not serve metrics on the main port', async () => {
  const answer = await gatehouse.send('GET', '/metrics');
  const unknown = await gatehouse.send('GET', '/no-such-thing');
  const told = ({ status, body, headers }: typeof answer) => [status, body.code, headers['www-authenticate']];
  expect(told(answer)).toEqual(told(unknown));
});
