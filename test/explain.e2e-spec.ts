import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { agentsOf, type Agents, by, type Headers } from './support/agents.js';
import { mintApiKey } from './support/api-keys.js';
import { createPersonalKey, type Gatehouse, startGatehouse } from './support/gatehouse.js';
import type { Json } from './support/json.js';
import { KeyMint } from '../src/key-store/key-mint.js';

const path = '/api/v1/auth/explain';
const me = { method: 'GET', path: '/api/v1/auth/me' };
let gatehouse: Gatehouse;
let agents: Agents;
let admin: Headers;
let person: Headers;

const ask = (body: object, headers: Headers = admin) => gatehouse.send('POST', path, { headers, body });
const explain = async (body: object, headers?: Headers) => (await ask({ ...me, ...body }, headers)).body;
const check = (explained: Json, name: string) =>
  explained.checks.find((one: Json) => one.check === name) as Json;
const firstOf = (explained: Json) => explained.checks.find((one: Json) => one.first)?.check;

beforeAll(async () => {
  gatehouse = await startGatehouse({ failuresPerMinute: 3 });
  agents = agentsOf(gatehouse);
  admin = by(gatehouse.adminKey);
  person = gatehouse.bearer();
});
afterAll(() => gatehouse.close());

describe('POST /api/v1/auth/explain', () => {
  it('makes the checks in their order, and goes on after the first that fails', async () => {
    const key = await mintApiKey(gatehouse, { enabled: false, expiresAt: new Date(0), scopes: [] });
    const explained = await explain({ key, path: '/api/v1/api-keys', ip: '203.0.113.9' });
    expect(explained.checks.map((one: Json) => [one.check, one.outcome])).toEqual([
      ['route', 'pass'],
      ['format', 'pass'],
      ['checksum', 'pass'],
      ['known', 'pass'],
      ['revoked', 'pass'],
      ['enabled', 'fail'],
      ['expiry', 'fail'],
      ['owner', 'pass'],
      ['environment', 'pass'],
      ['ip', 'pass'],
      ['address', 'pass'],
      ['confinement', 'pass'],
      ['membership', 'pass'],
      ['guard', 'pass'],
      ['role', 'pass'],
      ['scopes', 'fail'],
      ['rate_limit', 'pass'],
      ['budget', 'pass'],
    ]);
    expect(firstOf(explained)).toBe('enabled');
    expect(explained.result).toEqual({
      admitted: false,
      as: null,
      status: 401,
      code: 'INVALID_API_KEY',
      outcome: 'DISABLED',
    });
    expect(check(explained, 'scopes').saw).toEqual({
      required: ['api-keys:read'],
      granted: [],
      missing: ['api-keys:read'],
    });
  });

  it('works by the id of a key, whose spelling is then not looked at', async () => {
    const { id } = await agents.serviceKey({ allowedIps: ['203.0.113.0/24'] });
    const explained = await explain({ keyId: id.toUpperCase(), ip: '198.51.100.1:51234' }, person);
    expect(['format', 'checksum'].map((name) => check(explained, name).outcome)).toEqual([
      'skipped',
      'skipped',
    ]);
    expect(explained.key).toMatchObject({ type: 'api_key', id, name: 'orchestrator' });
    expect(check(explained, 'ip')).toMatchObject({
      outcome: 'fail',
      first: true,
      saw: { ip: '198.51.100.1', allowedIps: ['203.0.113.0/24'] },
    });
    expect(explained.eventsUrl).toBe(`/api/v1/api-keys/${id}/events`);
    expect((await agents.ask('GET', explained.eventsUrl, person)).status).toBe(200);
  });

  it('shows when, by whom and why a key was revoked, and later rejections', async () => {
    const { id, key } = await agents.serviceKey();
    await agents.ask('DELETE', `/api/v1/api-keys/${id}`, person, { reason: 'leaked' });
    await gatehouse.send('GET', me.path, { headers: by(key) });
    await agents.events();
    const explained = await explain({ keyId: id }, person);
    const { userId } = (await agents.me(person)).body;
    expect(check(explained, 'revoked').saw).toMatchObject({
      reason: 'leaked',
      ending: { by: { type: 'jwt', chain: [{ type: 'user', id: userId }] }, details: { reason: 'leaked' } },
    });
    expect(explained.refusals).toMatchObject([{ type: 'refused', details: { reason: 'REVOKED' } }]);
    expect(explained.events.map(({ type }: Json) => type)).toEqual(['refused', 'revoked', 'created']);
    const before = await explain({ keyId: id, at: '2020-01-01T00:00:00Z' }, person);
    expect([before.refusals, before.events]).toEqual([[], []]);
    expect(before.result.outcome).toBe('REVOKED');
  });

  it('shows which key above a tool key was ended, and by whom', async () => {
    const line = await agents.issueLine(person, 3);
    await agents.revoke(line[1]!);
    const explained = await explain({ keyId: line[2]!.id }, person);
    expect([firstOf(explained), explained.result.outcome]).toEqual(['parents', 'PARENT_REVOKED']);
    expect(check(explained, 'parents').saw).toMatchObject({
      above: [line[0]!.id, line[1]!.id],
      ended: [{ id: line[1]!.id, reason: 'revoked', ending: { by: { type: 'jwt' } } }],
    });
    expect(explained.key).toMatchObject({ type: 'tool_key', id: line[2]!.id, name: null });
  });

  it('shows a later attempt, an ended task, and the API key at the origin', async () => {
    const fenced = await agents.issue(person);
    await agents.issue(person, { taskId: fenced.taskId, attempt: 7 });
    const byAttempt = check(await explain({ keyId: fenced.id }), 'task');
    expect(byAttempt).toMatchObject({
      first: true,
      saw: { attempt: 1, latestAttempt: 7, ending: { details: { reason: 'fenced', by: 7 } } },
    });
    const service = await agents.serviceKey();
    const fallen = await agents.issue(by(service.key));
    await agents.ask('DELETE', `/api/v1/api-keys/${service.id}`, person);
    expect(check(await explain({ keyId: fallen.id }), 'issuer_key')).toMatchObject({
      first: true,
      saw: { id: service.id, outcome: 'REVOKED', ending: { by: { type: 'jwt' } } },
    });
  });

  it('says that there is no such route, whatever the key', async () => {
    const key = await mintApiKey(gatehouse, { revokedAt: new Date() });
    const explained = await explain({ key, path: '/nowhere' });
    expect(firstOf(explained)).toBe('route');
    expect(explained.result).toMatchObject({ admitted: false, status: 404, code: 'NOT_FOUND' });
    expect(check(explained, 'revoked').outcome).toBe('fail');
    expect(check(explained, 'scopes').outcome).toBe('skipped');
  });

  it('charges, counts and records nothing', async () => {
    const rateLimit = { limit: 2, windowSeconds: 3_600 };
    const service = await agents.serviceKey({ rateLimit });
    const tool = await agents.issue(person, { maxCalls: 2 });
    const off = await agents.serviceKey({ enabled: false });
    const ids = [service.id, tool.id, off.id];
    const audit = async () =>
      (await agents.events()).filter(({ subject }: Json) => ids.includes(subject.id)).length;
    const before = await audit();
    for (let turn = 0; turn < 10; turn += 1)
      for (const key of [service.key, tool.key, off.key])
        await explain({ key, ip: '127.0.0.1', path: turn % 2 === 0 ? me.path : '/api/v1/admin/owners' });
    expect(await audit()).toBe(before);
    for (const { id } of [service, off]) {
      const { body } = await agents.ask('GET', `/api/v1/api-keys/${id}/usage`, person);
      expect(JSON.stringify(body)).not.toMatch(/VALID|DISABLED|SCOPE/);
      expect((await agents.ask('GET', `/api/v1/api-keys/${id}`, person)).body.lastUsedAt).toBeNull();
    }
    const used = await gatehouse.send('GET', me.path, { headers: by(service.key) });
    expect(used.headers.ratelimit).toMatch(/r=1;/);
    expect((await agents.self(tool)).body.remainingCalls).toBe(2);
    // Three bad ones are what the address has: were those counted, this would be a 429.
    expect(await agents.verdict(by(off.key))).toBe('401 INVALID_API_KEY');
  });

  it('foretells 429 for a bad key from an address that sent too many', async () => {
    const key = await mintApiKey(gatehouse, { enabled: false });
    for (let turn = 0; turn < 5; turn += 1) await agents.verdict(by(`mk_live_${turn}`));
    const explained = await explain({ key, ip: '127.0.0.1' });
    expect(explained.result).toMatchObject({ status: 429, code: 'RATE_LIMITED', outcome: 'ADDRESS_LIMITED' });
    expect(await agents.verdict(by(key))).toBe('429 RATE_LIMITED');
    expect((await explain({ key, ip: '203.0.113.9' })).result.code).toBe('INVALID_API_KEY');
    // Who else sends from there, and failed, is not for an owner to know.
    const { id } = await agents.serviceKey({ enabled: false });
    const told = await explain({ keyId: id, ip: '127.0.0.1' }, person);
    const toldElsewhere = await explain({ keyId: id, ip: '203.0.113.9' }, person);
    expect(told.result).toMatchObject({ status: 401, code: 'INVALID_API_KEY', outcome: 'DISABLED' });
    expect(told.result).toEqual(toldElsewhere.result);
    expect(check(told, 'address')).toEqual(check(toldElsewhere, 'address'));
    expect(check(told, 'address').outcome).toBe('skipped');
    const malformed = await explain({ key: 'mk_live_x', ip: '127.0.0.1' }, person);
    expect([malformed.result.status, check(malformed, 'address').outcome]).toEqual([401, 'skipped']);
    gatehouse.pass(61);
    person = gatehouse.bearer();
  });

  it('repeats no key, in an answer or in an error', async () => {
    const { key } = await agents.serviceKey();
    const answers = [
      await ask({ ...me, key }),
      await ask({ ...me, key: `${key.slice(0, -1)}!` }),
      await ask({ ...me, key, more: key }),
      await ask({ ...me, keyId: key }),
      await ask({ ...me, key, path: key, method: key, ip: key, at: key }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 400, 400, 400]);
    for (const { text } of answers) expect(text).not.toContain(key.slice(20));
  });

  it('is one 404 for an unknown key and for another owner’s, unless an admin asks', async () => {
    const other = await createPersonalKey(gatehouse, 'other@example.com');
    const tool = await agents.issue(gatehouse.bearer('other@example.com'));
    const { key } = gatehouse.app.get(KeyMint).mintApiKey('live');
    const asked = [
      { key },
      { keyId: '0197a3c2-5d1e-7b3a-9c4d-2f6e8a1b0c3d' },
      { key: other.key },
      { keyId: other.id },
      { key: tool.key },
      { keyId: tool.id },
    ];
    const bodies = [];
    for (const one of asked) {
      const { status, body } = await ask({ ...me, ...one }, person);
      bodies.push({ ...body, requestId: '', status });
    }
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
    expect(bodies[0]).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    const statuses = [];
    for (const one of asked) statuses.push((await ask({ ...me, ...one })).status);
    expect(statuses).toEqual([404, 404, 200, 200, 200, 200]);
  });

  it('is for users, and for keys with api-keys:read', async () => {
    const own = await agents.serviceKey({ scopes: ['api-keys:read'] });
    const poor = await agents.serviceKey({ scopes: ['files:read'] });
    const tool = await agents.issue(person);
    const verdicts = [];
    for (const headers of [person, by(own.key), by(poor.key), by(tool.key), {}])
      verdicts.push((await ask({ ...me, keyId: own.id }, headers)).status);
    expect(verdicts).toEqual([200, 200, 403, 403, 401]);
  });

  it('is 404 about a personal key for all but its user and admins, as GET is', async () => {
    const personal = await createPersonalKey(gatehouse, 'eve@example.com');
    const eve = gatehouse.bearer('eve@example.com');
    const { id, key } = (
      await agents.ask('POST', '/api/v1/api-keys', eve, { name: 'ci', scopes: ['api-keys:read'] })
    ).body;
    const bounded = gatehouse.bearer('eve@example.com', 3600, {
      client_id: 'planner',
      scope: 'api-keys:read',
    });
    const statuses = [];
    for (const headers of [eve, by(personal.key), admin, bounded, by(key)])
      for (const asked of [{ keyId: personal.id }, { key: personal.key }, { keyId: id }])
        statuses.push((await ask({ ...me, ...asked }, headers)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 200, 200, 200, 404, 404, 200, 404, 404, 200]);
  });

  it.each<[object, string]>([
    [{}, 'key'],
    [{ key: 'x', keyId: '0197a3c2-5d1e-7b3a-9c4d-2f6e8a1b0c3d' }, 'key'],
    [{ key: '' }, 'key'],
    [{ key: 'x'.repeat(513) }, 'key'],
    [{ keyId: 'x' }, 'keyId'],
    [{ key: 'x', method: 'get' }, 'method'],
    [{ key: 'x', method: 'BREW' }, 'method'],
    [{ key: 'x', path: 'api' }, 'path'],
    [{ key: 'x', path: '/a b' }, 'path'],
    [{ key: 'x', path: '/%zz' }, 'path'],
    [{ key: 'x', path: '/ä' }, 'path'],
    [{ key: 'x', path: `/${'x'.repeat(2_048)}` }, 'path'],
    [{ key: 'x', ip: '999.1.1.1' }, 'ip'],
    [{ key: 'x', at: 'yesterday' }, 'at'],
    [{ key: 'x', more: 1 }, 'more'],
  ])('rejects a bad question (%#)', async (body, wrong) => {
    const answer = await ask({ ...me, ...body });
    expect([answer.status, answer.body.details[0].path]).toEqual([400, wrong]);
  });
});
