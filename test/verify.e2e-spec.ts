import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../src/database/database.js';
import { KeyMint } from '../src/key-store/key-mint.js';
import { mintApiKey } from './support/api-keys.js';
import { createPersonalKey, type Gatehouse, issueToolKey, startGatehouse } from './support/gatehouse.js';

const path = '/api/v1/api-keys/verify';
let gatehouse: Gatehouse;
let verifier: Record<string, string>;

const verify = (body: object, headers = verifier) => gatehouse.send('POST', path, { headers, body });
const codeOf = async (body: object, headers?: Record<string, string>) =>
  (await verify(body, headers)).body.code;

beforeAll(async () => {
  gatehouse = await startGatehouse();
  verifier = { 'x-api-key': await mintApiKey(gatehouse, { scopes: ['api-keys:verify'] }) };
});
afterAll(() => gatehouse.close());

describe('POST /api/v1/api-keys/verify', () => {
  it('returns that a key is valid, and its public fields', async () => {
    const key = await mintApiKey(gatehouse, { name: 'good', scopes: ['files:*'], metadata: { a: 1 } });
    const { status, body, text } = await verify({ key, scopes: ['files:read'] });
    expect(status).toBe(200);
    expect(body).toMatchObject({ valid: true, code: 'VALID', missing: [], rateLimit: null });
    expect(body.key).toMatchObject({
      name: 'good',
      scopes: ['files:*'],
      metadata: { a: 1 },
      status: 'active',
    });
    expect(text).not.toContain(key.slice(16));
    expect(text).not.toMatch(/hash/i);
  });

  it.each<[string, () => Promise<string> | string, string]>([
    ['nothing like a key', () => 'no key', 'MALFORMED'],
    ['a wrong checksum', () => `mk_live_${'0'.repeat(49)}`, 'CHECKSUM_FAILED'],
    ['an unknown key', () => gatehouse.app.get(KeyMint).mintApiKey('live').key, 'NOT_FOUND'],
    ['a revoked key', () => mintApiKey(gatehouse, { revokedAt: new Date() }), 'REVOKED'],
    ['a disabled key', () => mintApiKey(gatehouse, { enabled: false }), 'DISABLED'],
    ['an expired key', () => mintApiKey(gatehouse, { expiresAt: new Date(0) }), 'EXPIRED'],
  ])('says why it is not: %s', async (_what, make, code) => {
    const { body } = await verify({ key: await make() });
    expect([body.valid, body.code]).toEqual([false, code]);
  });

  it('returns that a tool key is valid, its task, and its actor chain', async () => {
    const child = { taskId: 'task-9', attempt: 2, scopes: ['files:read'] };
    const { id: parentId, key: parent } = await issueToolKey(gatehouse, { taskId: 'task-9', attempt: 2 });
    const { id, key } = await issueToolKey(gatehouse, child, { 'x-tool-key': parent });
    const headers = gatehouse.bearer() as Record<string, string>;
    const me = (await gatehouse.send('GET', '/api/v1/auth/me', { headers })).body;
    const { body, text } = await verify({ key, scopes: ['files:read'] }, headers);
    expect(body).toMatchObject({
      valid: true,
      code: 'VALID',
      key: null,
      toolKey: { id, parentId, ownerId: me.ownerId, depth: 2, ...child },
      actorChain: [
        { type: 'user', id: me.userId },
        { type: 'tool_key', id: parentId },
        { type: 'tool_key', id },
      ],
    });
    expect(text).not.toContain(key.slice(11));
    await gatehouse.send('DELETE', `/api/v1/tool-keys/${parentId}`, { headers });
    expect((await verify({ key }, headers)).body).toMatchObject({ code: 'PARENT_REVOKED', toolKey: { id } });
    expect((await verify({ key })).body).toMatchObject({ code: 'NOT_FOUND', toolKey: null, actorChain: [] });
  });

  it('answers again without the database for 5 s, and shows a change at once', async () => {
    const owner = gatehouse.bearer() as Record<string, string>;
    const made = await gatehouse.send('POST', '/api/v1/api-keys', { headers: owner, body: { name: 'old' } });
    const ask = () => verify({ key: made.body.key, consume: false }, owner);
    await ask();
    let reads = 0;
    gatehouse.app.get(Database).calls.subscribe(() => (reads += 1));
    const readsFor = async (work: () => Promise<unknown>) => {
      reads = 0;
      await work();
      return reads;
    };
    expect(await readsFor(() => Promise.all([ask(), ask(), ask()]))).toBe(0);
    gatehouse.pass(5);
    expect(await readsFor(ask)).toBeGreaterThan(0);
    const one = `/api/v1/api-keys/${made.body.id}`;
    await gatehouse.send('PATCH', one, { headers: owner, body: { name: 'new' } });
    expect((await ask()).body.key.name).toBe('new');
    await gatehouse.send('DELETE', one, { headers: owner });
    expect((await ask()).body).toMatchObject({ code: 'REVOKED', key: { status: 'revoked' } });
  });

  it('uses the calls of a tool key, unless told to count nothing', async () => {
    const headers = gatehouse.bearer() as Record<string, string>;
    const { key } = await issueToolKey(gatehouse, { maxCalls: 1 });
    const codes = [];
    for (const consume of [false, true, false, true])
      codes.push((await verify({ key, consume }, headers)).body.code);
    expect(codes).toEqual(['VALID', 'VALID', 'BUDGET_EXCEEDED', 'BUDGET_EXCEEDED']);
  });

  it('names the missing scopes', async () => {
    const key = await mintApiKey(gatehouse, { scopes: ['files:read'] });
    const { body } = await verify({ key, scopes: ['files:read', 'files:write'] });
    expect(body).toMatchObject({ valid: false, code: 'INSUFFICIENT_SCOPE', missing: ['files:write'] });
  });

  it('checks the given address, not that of the calling service', async () => {
    const key = await mintApiKey(gatehouse, { allowedIps: ['203.0.113.0/24'] });
    for (const ip of ['203.0.113.9', '203.0.113.9:51234', '[::ffff:203.0.113.9]:443'])
      expect(await codeOf({ key, ip })).toBe('VALID');
    expect(await codeOf({ key, ip: '198.51.100.1' })).toBe('IP_NOT_ALLOWED');
    expect(await codeOf({ key })).toBe('IP_NOT_ALLOWED');
  });

  it('charges the limit exactly, or not at all if asked not to', async () => {
    const key = await mintApiKey(gatehouse, { rateLimit: { limit: 10, windowSeconds: 60 } });
    for (let turn = 0; turn < 5; turn += 1) {
      expect((await verify({ key, consume: false })).body.rateLimit.remaining).toBe(10);
    }
    const verdicts = await Promise.all(Array.from({ length: 30 }, () => codeOf({ key })));
    expect(verdicts.filter((code) => code === 'VALID')).toHaveLength(10);
    expect(verdicts.filter((code) => code === 'RATE_LIMITED')).toHaveLength(20);
    expect(await codeOf({ key, consume: false })).toBe('RATE_LIMITED');
  });

  it('does not charge the limit of a key that is rejected for its scopes', async () => {
    const key = await mintApiKey(gatehouse, { scopes: [], rateLimit: { limit: 1, windowSeconds: 60 } });
    for (let turn = 0; turn < 3; turn += 1)
      expect(await codeOf({ key, scopes: ['a:b'] })).toBe('INSUFFICIENT_SCOPE');
    expect(await codeOf({ key })).toBe('VALID');
  });

  it('hides a key of another owner from everyone but an admin', async () => {
    const { key } = await createPersonalKey(gatehouse, 'other@example.com');
    expect((await verify({ key })).body).toEqual({
      valid: false,
      code: 'NOT_FOUND',
      ownerId: null,
      key: null,
      toolKey: null,
      actorChain: [],
      missing: [],
      rateLimit: null,
    });
    expect(await codeOf({ key }, { 'x-api-key': gatehouse.adminKey })).toBe('VALID');
    await gatehouse.send('DELETE', '/api/v1/auth/api-keys', {
      headers: gatehouse.bearer('other@example.com'),
    });
    expect(await codeOf({ key })).toBe('NOT_FOUND');
  });

  it('is for holders of api-keys:verify', async () => {
    const others: Record<string, string>[] = [
      { 'x-api-key': await mintApiKey(gatehouse, { scopes: ['api-keys:read'] }) },
      { 'x-tool-key': (await issueToolKey(gatehouse)).key },
    ];
    for (const headers of others) expect((await verify({ key: 'x' }, headers)).status).toBe(403);
    expect((await gatehouse.send('POST', path, { body: { key: 'x' } })).status).toBe(401);
  });

  it.each<[object, string]>([
    [{}, 'key'],
    [{ key: '' }, 'key'],
    [{ key: 'x'.repeat(513) }, 'key'],
    [{ key: 'x', scopes: ['x'] }, 'scopes.0'],
    [{ key: 'x', ip: '999.1.1.1' }, 'ip'],
    [{ key: 'x', consume: 'no' }, 'consume'],
    [{ key: 'x', more: 1 }, 'more'],
  ])('rejects %j', async (body, wrong) => {
    const answer = await verify(body);
    expect([answer.status, answer.body.details[0].path]).toEqual([400, wrong]);
  });
});

describe('GET /api/v1/auth/check', () => {
  const check = (headers: Record<string, string>, query = '') =>
    gatehouse.send('GET', `/api/v1/auth/check${query}`, { headers });

  it('answers 204 and names the caller for a proxy', async () => {
    const key = await mintApiKey(gatehouse, { scopes: ['files:read', 'notes:*'] });
    const { status, headers, text } = await check({ 'x-api-key': key }, '?scopes=files:read,notes:write');
    expect([status, text]).toEqual([204, '']);
    expect(headers).toMatchObject({
      'x-gatehouse-owner': '00000000-0000-7000-8000-000000000001',
      'x-gatehouse-user': '',
      'x-gatehouse-key': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'x-gatehouse-scopes': 'files:read notes:*',
    });
    const person = await check(gatehouse.bearer());
    expect(person.headers['x-gatehouse-user']).toMatch(/^[0-9a-f-]{36}$/);
    expect((await check({ 'x-tool-key': (await issueToolKey(gatehouse)).key })).status).toBe(204);
  });

  it('answers 401 and 403', async () => {
    const headers = { 'x-api-key': await mintApiKey(gatehouse, { scopes: ['files:read'] }) };
    expect((await check({})).status).toBe(401);
    expect((await check({ 'x-api-key': 'bad' })).status).toBe(401);
    const rejected = await check(headers, '?scopes=files:read%20files:write');
    expect([rejected.status, rejected.body.details.missing]).toEqual([403, ['files:write']]);
  });

  it.each(['?scopes=', '?scopes=files', '?scopes=files:read,', '?scopes=a:b&scopes=c:d'])(
    'rejects %s, which would be an open gate',
    async (query) => expect((await check({ 'x-api-key': gatehouse.adminKey }, query)).status).toBe(400),
  );

  it('does not charge the limit of a key that lacks a scope', async () => {
    const headers = {
      'x-api-key': await mintApiKey(gatehouse, { rateLimit: { limit: 1, windowSeconds: 60 } }),
    };
    for (let turn = 0; turn < 3; turn += 1) expect((await check(headers, '?scopes=a:b')).status).toBe(403);
    expect((await check(headers)).status).toBe(204);
    expect((await check(headers)).status).toBe(429);
  });
});
