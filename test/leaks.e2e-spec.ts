import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { LeakAction, LeakedKind } from '../src/leaks/leak-options.js';
import { LeakReportsService } from '../src/leaks/leak-reports.service.js';
import { LeakedKeysService } from '../src/leaks/leaked-keys.service.js';
import { createChecksummedKey } from '../src/key-store/key-format.js';
import { type Agents, agentsOf, by, verdictOf } from './support/agents.js';
import { createPersonalKey, type Gatehouse, startGatehouse } from './support/gatehouse.js';
import type { Json } from './support/json.js';
import { startReplica } from './support/second-replica.js';

const path = '/api/v1/leaks';
const place = 'https://github.com/octo/notes/blob/main/.env';
/** So that the tests take less time than it takes to report. */
const setDelay = (gatehouse: Gatehouse, answerEveryMs: number) =>
  Object.assign(gatehouse.app.get(LeakReportsService), { answerEveryMs });
const accepted = { message: 'The report was received. A key that exists is dealt with.' };

let strict: Gatehouse;
let mild: Gatehouse;
let addresses = 0;
let people = 0;

beforeAll(async () => {
  strict = await startGatehouse({ trustProxy: true });
  mild = await startGatehouse({
    trustProxy: true,
    leakPolicy: {
      personal: 'disable',
      access: 'notify',
      service: 'disable',
      tool: 'notify',
      admin: 'revoke',
    },
  });
  for (const gatehouse of [strict, mild]) setDelay(gatehouse, 5);
});
afterAll(() => Promise.all([strict.close(), mild.close()]));
afterEach(() => {
  jest.restoreAllMocks();
});

const address = () => `198.51.${(addresses += 1)}.7`;
const report = (gatehouse: Gatehouse, body: unknown, ip = address()) =>
  gatehouse.send('POST', path, { headers: { 'x-forwarded-for': ip }, body });
const person = () => `finder-${(people += 1)}@example.com`;
const createAccessKey = async (agents: Agents, caller: Record<string, string>) =>
  (await agents.ask('POST', '/api/v1/me/api-keys', caller, { name: 'Laptop', scopes: ['files:read'] })).body;
const keyOf: Record<
  LeakedKind,
  (agents: Agents, gatehouse: Gatehouse) => Promise<{ id: string; key: string }>
> = {
  personal: (_, gatehouse) => createPersonalKey(gatehouse, person()),
  access: (agents, gatehouse) => createAccessKey(agents, gatehouse.bearer(person())),
  service: (agents) => agents.serviceKey(),
  tool: (agents) => agents.issue(),
  admin: async (agents, { adminKey }) => {
    const settings = { name: 'second admin', role: 'admin' };
    return (await agents.ask('POST', '/api/v1/admin/api-keys', by(adminKey), settings)).body;
  },
};
const leaksOf = (agents: Agents, subjectId: string) => agents.events({ subjectId, type: 'leaked' });
const withoutTime = ({ type, details, ip, actor }: Json) => ({ type, details, ip, actor: actor.type });

describe('a report of a key ends in what the policy says for its kind', () => {
  it.each<[keyof typeof keyOf, LeakAction, 'by default' | 'as configured']>([
    ['personal', 'revoke', 'by default'],
    ['access', 'revoke', 'by default'],
    ['service', 'revoke', 'by default'],
    ['tool', 'revoke', 'by default'],
    ['admin', 'notify', 'by default'],
    ['personal', 'disable', 'as configured'],
    ['access', 'notify', 'as configured'],
    ['service', 'disable', 'as configured'],
    ['tool', 'notify', 'as configured'],
    ['admin', 'revoke', 'as configured'],
  ])('%s: %s, %s', async (kind, action, how) => {
    const lines: string[] = [];
    for (const level of ['warn', 'error'] as const)
      jest.spyOn(Logger.prototype, level).mockImplementation((line) => void lines.push(`${level} ${line}`));
    const gatehouse = how === 'by default' ? strict : mild;
    const agents = agentsOf(gatehouse);
    const { id, key } = await keyOf[kind](agents, gatehouse);
    expect(verdictOf(await agents.me(by(key)))).toBe('200');
    const ip = address();
    const { status, body } = await report(gatehouse, { token: key, url: place }, ip);
    expect([status, body]).toEqual([202, accepted]);
    const isValid = action === 'notify';
    expect(verdictOf(await agents.me(by(key)))).toMatch(isValid ? /^200$/ : /^401 INVALID_(API|TOOL)_KEY$/);
    const change = { revoke: ['revoked'], disable: ['disabled'], notify: [] }[action];
    const events = (await agents.events({ subjectId: id })).filter(
      ({ type }) => !['created', 'issued', 'used', 'refused'].includes(type),
    );
    expect(events.map(({ type }) => type).sort()).toEqual(['leaked', ...change].sort());
    const leaked = events.find(({ type }) => type === 'leaked');
    expect(withoutTime(leaked)).toMatchObject({ type: 'leaked', ip, actor: 'system' });
    expect(leaked.details).toMatchObject({ action, url: place, source: 'report' });
    expect(leaked.details.alarm).toBe(kind === 'admin' ? true : undefined);
    expect(JSON.stringify(events)).not.toContain(key.slice(20));
    const said = lines.filter((line) => !line.includes(' Rejected: '));
    expect(said).toEqual([expect.stringContaining(`${kind === 'admin' ? 'error' : 'warn'} The `)]);
    expect(said[0]).toContain(`${id} of owner `);
    expect(said[0]).toContain(place);
  });

  it('with the keys below it', async () => {
    const agents = agentsOf(strict);
    const service = await agents.serviceKey();
    const line = await agents.issueLine(by(service.key), 2);
    await report(strict, { token: line[1]?.key });
    expect(await agents.verdicts(line)).toEqual(['200', '401 INVALID_TOOL_KEY']);
    await report(strict, { token: service.key });
    expect(await agents.verdicts(line)).toEqual(['401 INVALID_TOOL_KEY', '401 INVALID_TOOL_KEY']);
  });

  it('also if it is disabled, so that it is not enabled again', async () => {
    const agents = agentsOf(strict);
    const { id, key } = await agents.serviceKey();
    const change = (enabled: boolean) =>
      agents.ask('PATCH', `/api/v1/api-keys/${id}`, strict.bearer(), { enabled });
    await change(false);
    await report(strict, { token: key });
    expect(verdictOf(await change(true))).toBe('409 KEY_ENDED');
  });
});

it('tells nothing of a key: the answer is the same, after the same time, and no other key changes', async () => {
  const agents = agentsOf(strict);
  const [live, revoked, other] = [
    await agents.serviceKey(),
    await agents.serviceKey(),
    await agents.serviceKey(),
  ];
  await agents.ask('DELETE', `/api/v1/api-keys/${revoked.id}`, strict.bearer());
  const jwt = strict.bearer().authorization.slice('Bearer '.length);
  const tokens = [
    live.key,
    revoked.key,
    createChecksummedKey('mk_live_').key,
    createChecksummedKey('tk_').key,
    `${other.key.slice(0, -1)}?`,
    other.key.slice(0, 20),
    `${other.key} `.trim().toUpperCase(),
    'ghp_of_another_service',
    'x',
    randomBytes(6_000).toString('base64url'),
    jwt,
  ];
  const before = strict.app.get(LeakedKeysService).counts.of('report ignored');
  setDelay(strict, 500);
  const answers = await Promise.all(
    tokens.map(async (token) => {
      const began = performance.now();
      const { status, body, headers } = await report(strict, { token });
      const { date: _date, 'x-request-id': _id, ...others } = headers;
      return { status, body, others, isAfterTheDelay: performance.now() - began >= 490 };
    }),
  );
  setDelay(strict, 5);
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0]).toMatchObject({ status: 202, body: accepted, isAfterTheDelay: true });
  expect(await agents.verdict(by(other.key))).toBe('200');
  expect(verdictOf(await agents.me({ authorization: `Bearer ${jwt}` }))).toBe('200');
  expect(strict.app.get(LeakedKeysService).counts.of('report ignored') - before).toBe(4);
  expect(await leaksOf(agents, revoked.id)).toEqual([]);
});

it.each<[string, unknown, string]>([
  ['nothing', undefined, '400 VALIDATION_FAILED'],
  ['no token', { url: place }, '400 VALIDATION_FAILED'],
  ['an empty token', { token: '' }, '400 VALIDATION_FAILED'],
  ['a token with a line end', { token: 'mk_live_x\n' }, '400 VALIDATION_FAILED'],
  ['a number', { token: 5 }, '400 VALIDATION_FAILED'],
  ['a list', [{ token: 'x' }], '400 VALIDATION_FAILED'],
  ['another field', { token: 'x', reason: 'y' }, '400 VALIDATION_FAILED'],
  ['a URL of another scheme', { token: 'x', url: 'javascript:alert(1)' }, '400 VALIDATION_FAILED'],
  ['a URL with a line end', { token: 'x', url: `${place}\nWARN forged` }, '400 VALIDATION_FAILED'],
  ['a URL of 501 characters', { token: 'x', url: place.padEnd(501, 'x') }, '400 VALIDATION_FAILED'],
  ['a prototype', '{"token":"x","__proto__":{"url":1}}', '400 VALIDATION_FAILED'],
  ['a body of 1 MB', { token: 'x'.repeat(1_000_000) }, '413 PAYLOAD_TOO_LARGE'],
])('rejects a report with %s', async (_what, body, verdict) => {
  expect(verdictOf(await report(strict, body))).toBe(verdict);
});

it('rejects a report that is no JSON', async () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  expect(verdictOf(await strict.send('POST', path, { headers, body: 'token=x' }))).toBe(
    '415 UNSUPPORTED_MEDIA_TYPE',
  );
});

it('rejects the 61st report of an address in a minute, and says when to come back', async () => {
  const ip = address();
  const answers = await Promise.all(Array.from({ length: 61 }, () => report(strict, { token: 'x' }, ip)));
  const [rejected, ...others] = answers.filter(({ status }) => status !== 202);
  expect([rejected?.status, rejected?.headers['retry-after'], others.length]).toEqual([429, '60', 0]);
});

it('keeps no credential of the URL', async () => {
  const agents = agentsOf(strict);
  const [one, two, neighbour] = [
    await agents.serviceKey(),
    await agents.serviceKey(),
    await agents.serviceKey(),
  ];
  await report(strict, { token: one.key, url: `https://paste.example.com/?q=${one.key}` });
  await report(strict, { token: two.key, url: `https://paste.example.com/?q=${neighbour.key}` });
  const [first, second] = [await leaksOf(agents, one.id), await leaksOf(agents, two.id)];
  expect(first[0].details.url).toBeNull();
  expect(second[0].details.url).toMatch(/^https:\/\/paste\.example\.com\/\?q=(mk_live_)?\[redacted\]$/);
});

it('records a leak that changes nothing once a day, whichever process hears of it', async () => {
  const agents = agentsOf(mild);
  const replica = await startReplica(mild);
  setDelay(replica, 5);
  const tool = await agents.issue(undefined, { ttlSeconds: 86_400 });
  const service = await agents.serviceKey();
  for (const gatehouse of [mild, mild, replica]) {
    await Promise.all([tool, service].map(({ key }) => report(gatehouse, { token: key })));
    expect(await leaksOf(agents, tool.id)).toHaveLength(1);
    expect(await leaksOf(agents, service.id)).toHaveLength(1);
  }
  mild.pass(86_401);
  await report(mild, { token: service.key });
  expect(await leaksOf(agents, service.id)).toHaveLength(2);
  await replica.close();
});

it('disables a key again that was enabled again', async () => {
  const agents = agentsOf(mild);
  const { id, key } = await agents.serviceKey();
  for (let time = 1; time <= 2; time += 1) {
    await report(mild, { token: key });
    expect(await agents.verdict(by(key))).toBe('401 INVALID_API_KEY');
    await agents.ask('PATCH', `/api/v1/api-keys/${id}`, mild.bearer(), { enabled: true });
    expect(await agents.verdict(by(key))).toBe('200');
  }
  expect(await agents.events({ subjectId: id, type: 'disabled' })).toHaveLength(2);
});

it('ends a key once, however many reports race', async () => {
  const agents = agentsOf(strict);
  const { id, key } = await agents.serviceKey();
  const answers = await Promise.all(Array.from({ length: 20 }, () => report(strict, { token: key })));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
  expect(await leaksOf(agents, id)).toHaveLength(1);
});

it('does not end a key by a secret that it no longer has', async () => {
  const agents = agentsOf(strict);
  const headers = { ...strict.bearer(), 'idempotency-key': 'lost-answer' };
  const create = async () =>
    (await strict.send('POST', '/api/v1/api-keys', { headers, body: { name: 'x', scopes: [] } })).body;
  const [first, second] = [await create(), await create()];
  expect([first.id, first.key === second.key]).toEqual([second.id, false]);
  await report(strict, { token: first.key });
  expect(await agents.verdict(by(second.key))).toBe('200');
});
