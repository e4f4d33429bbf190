import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createChecksummedKey } from '../src/key-store/key-format.js';
import { type Agents, agentsOf, by, verdictOf } from './support/agents.js';
import { type Gatehouse, startGatehouse } from './support/gatehouse.js';
import { type LocalServer, startLocalServer } from './support/local-server.js';

const path = '/api/v1/leaks/github';
const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const first = pair();
const later = pair();
const json = 'application/json';
const url = 'https://github.com/octo/notes/blob/12345600b9cbe38a219f39a9941c9319b600c002/.env';

/** The keys that GitHub publishes at the moment, by their ids; `null` while it does not answer. */
let published: Record<string, KeyObject> | null = { first: first.publicKey };
let fetches = 0;
let keys: LocalServer;
let gatehouse: Gatehouse;
let agents: Agents;

beforeAll(async () => {
  keys = await startLocalServer((_request, response) => {
    fetches += 1;
    if (published === null) return response.writeHead(500).end();
    const list = Object.entries(published).map(([id, key]) => ({
      key_identifier: id,
      key: key.export({ type: 'spki', format: 'pem' }),
      is_current: true,
    }));
    return response.end(JSON.stringify({ public_keys: list }));
  });
  gatehouse = await startGatehouse({ leakGithubKeysUrl: `${keys.url}/meta/public_keys/secret_scanning` });
  agents = agentsOf(gatehouse);
});
afterAll(async () => {
  await gatehouse.close();
  await keys.close();
});
beforeEach(() => {
  published = { first: first.publicKey };
});

const signed = (body: string, { keyId = 'first', key = first.privateKey } = {}) => ({
  'content-type': json,
  'github-public-key-identifier': keyId,
  'github-public-key-signature': sign('sha256', Buffer.from(body), key).toString('base64'),
});
const post = (body: string, headers: Record<string, string | string[]> = signed(body), at = gatehouse) =>
  at.send('POST', path, { headers, body });
const match = (token: unknown, more: object = {}) => ({
  token,
  type: 'gatehouse_api_key',
  url,
  source: 'content',
  ...more,
});
const leaksOf = (subjectId: string) => agents.events({ subjectId, type: 'leaked' });

it('takes 3,000 matches at once, each token once, and says nothing of them', async () => {
  const made = await Promise.all(
    Array.from({ length: 6 }, (_, index) => (index < 4 ? agents.serviceKey() : agents.issue())),
  );
  const unknown = Array.from({ length: 2_994 }, (_, index) =>
    match(createChecksummedKey(index % 3 === 0 ? 'tk_' : 'mk_live_').key),
  );
  const all = [...unknown, ...made.map(({ key }) => match(key)), match(made[0]?.key, { source: 'commit' })];
  const { status, body } = await post(JSON.stringify(all));
  expect([status, body]).toEqual([
    202,
    { message: 'The report was received. A key that exists is dealt with.' },
  ]);
  for (const { id, key } of made) {
    expect(verdictOf(await agents.me(by(key)))).toMatch(/^401 /);
    const [leak, ...others] = await leaksOf(id);
    expect(leak.details).toMatchObject({ action: 'revoke', url, source: 'github', place: 'content' });
    expect([leak.actor.type, others.length]).toEqual(['system', 0]);
  }
  expect((await post(JSON.stringify(all))).status).toBe(202);
  expect(await leaksOf(made[0]?.id ?? '')).toHaveLength(1);
});

it('is not stopped by what is no match', async () => {
  const { id, key } = await agents.serviceKey();
  const odd = [null, 5, 'x', [], {}, match(5), match('with a space'), match(''), { type: 'x' }];
  const body = JSON.stringify([...odd, match(key, { url: 'javascript:alert(1)', source: 'x'.repeat(60) })]);
  const poisoned = body.replace('[', '[{"__proto__":{"token":"x","url":5},"constructor":{"prototype":{}}},');
  expect((await post(poisoned)).status).toBe(202);
  const [leak] = await leaksOf(id);
  expect(leak.details).toMatchObject({ url: null, source: 'github' });
  expect(leak.details.place).toBeUndefined();
  expect(({} as { token?: string }).token).toBeUndefined();
});

describe('stores nothing of a body', () => {
  let id: string;
  let body: string;
  beforeAll(async () => {
    const made = await agents.serviceKey();
    ({ id } = made);
    body = JSON.stringify([match(made.key)]);
  });

  it.each<[string, () => Record<string, string | string[]>]>([
    ['without a signature', () => ({ 'content-type': json })],
    ['without the id of a key', () => ({ ...signed(body), 'github-public-key-identifier': '' })],
    ['with the id of a key that is not published', () => signed(body, { keyId: 'unknown' })],
    ['with an id that is no id', () => signed(body, { keyId: '__proto__ or constructor' })],
    ['with the signature of another key', () => signed(body, { key: later.privateKey })],
    ['with the signature of another body', () => signed(`${body} `)],
    ['with a signature that is no base64', () => ({ ...signed(body), 'github-public-key-signature': '%%%' })],
    ['with an empty signature', () => ({ ...signed(body), 'github-public-key-signature': '' })],
    [
      'with two signatures',
      () => {
        const { 'github-public-key-signature': one, ...others } = signed(body);
        return { ...others, 'github-public-key-signature': [one, one] };
      },
    ],
    ['with two ids', () => ({ ...signed(body), 'github-public-key-identifier': ['first', 'first'] })],
  ])('%s: 403', async (_what, headers) => {
    expect(verdictOf(await post(body, headers()))).toBe('403 FORBIDDEN');
    expect(await leaksOf(id)).toEqual([]);
  });

  it.each<[string, string, () => string, string]>([
    ['of another type', '415 UNSUPPORTED_MEDIA_TYPE', () => body, 'text/plain'],
    ['in another encoding', '415 UNSUPPORTED_MEDIA_TYPE', () => body, 'application/json; charset=utf-16'],
    ['of more than 5 MiB', '413 PAYLOAD_TOO_LARGE', () => body.padEnd(5_300_000), json],
    ['with 50,001 entries', '413 PAYLOAD_TOO_LARGE', () => `[${'{},'.repeat(50_000)}${body.slice(1)}`, json],
    ['that is no JSON', '400 VALIDATION_FAILED', () => `${body}]`, json],
    ['that is no list', '400 VALIDATION_FAILED', () => body.slice(1, -1), json],
  ])('%s: %s', async (_what, verdict, bodyOf, type) => {
    const sent = bodyOf();
    const headers = { ...signed(sent), 'content-type': type };
    expect(verdictOf(await post(sent, headers))).toBe(verdict);
    expect(await leaksOf(id)).toEqual([]);
  });
});

it('takes signed reports while unsigned ones flood it', async () => {
  const { id, key } = await agents.serviceKey();
  const body = JSON.stringify([match(key)]);
  const flood = Array.from({ length: 300 }, () => post(body, signed(body, { key: later.privateKey })));
  expect((await post(body)).status).toBe(202);
  expect(new Set((await Promise.all(flood)).map(({ status }) => status))).toEqual(new Set([403]));
  expect(await leaksOf(id)).toHaveLength(1);
});

it('fetches keys for an id that it does not know, once in 30 s', async () => {
  gatehouse.pass(31);
  const before = fetches;
  const byLater = { keyId: 'later', key: later.privateKey };
  expect((await post('[]', signed('[]', byLater))).status).toBe(403);
  published = { later: later.publicKey };
  expect((await post('[]', signed('[]', byLater))).status).toBe(403);
  expect(fetches - before).toBe(1);
  gatehouse.pass(31);
  expect((await post('[]', signed('[]', byLater))).status).toBe(202);
  expect((await post('[]')).status).toBe(403);
  expect(fetches - before).toBe(2);
});

it('answers 503 while it has no keys of GitHub', async () => {
  published = null;
  const { dataDir, databaseUrl } = gatehouse.configuration;
  const other = await startGatehouse({ dataDir, databaseUrl, leakGithubKeysUrl: keys.url });
  const answer = await post('[]', undefined, other);
  expect([verdictOf(answer), Number(answer.headers['retry-after'])]).toEqual([
    '503 AUTH_UNAVAILABLE',
    expect.any(Number),
  ]);
  await other.close();
});

it('is not there without the URL of the keys', async () => {
  const { dataDir, databaseUrl } = gatehouse.configuration;
  const other = await startGatehouse({ dataDir, databaseUrl });
  expect(verdictOf(await post('[]', undefined, other))).toBe('404 NOT_FOUND');
  await other.close();
});
