import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { AuditTrail } from '../src/audit/audit-trail.js';
import { KeyUsage } from '../src/usage/key-usage.js';
import { createPersonalKey, type Gatehouse, issueToolKey, startGatehouse } from './support/gatehouse.js';

const path = '/api/v1/auth/api-keys';
let gatehouse: Gatehouse;
let people = 0;
const newUser = () => gatehouse.bearer(`person-${(people += 1)}@example.com`);

beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse.close());

describe('POST /api/v1/auth/api-keys', () => {
  it('makes a key, shows it once and answers no-store', async () => {
    const created = await gatehouse.send('POST', path, { headers: newUser(), body: { name: 'laptop' } });
    expect(created.status).toBe(201);
    expect(Object.keys(created.body)).toEqual(['id', 'key', 'prefix', 'name', 'createdAt']);
    expect(created.body.key).toMatch(/^mk_live_[0-9A-Za-z]{49}$/);
    expect(created.body.prefix).toBe(created.body.key.slice(0, 16));
    expect(created.body.name).toBe('laptop');
    expect(new Date(created.body.createdAt).toISOString()).toBe(created.body.createdAt);
    expect(created.headers['cache-control']).toBe('no-store');
  });

  it.each([
    ['no body', undefined],
    ['an empty JSON body', ''],
    ['an empty object', {}],
  ])('accepts %s', async (_what, body) => {
    const headers = { ...newUser(), ...(body === '' ? { 'content-type': 'application/json' } : {}) };
    const created = await gatehouse.send('POST', path, { headers, body });
    expect(created.status).toBe(201);
    expect(created.body.name).toBe('Personal key');
  });

  it('answers 409 KEY_EXISTS to a second one', async () => {
    const headers = newUser();
    await gatehouse.send('POST', path, { headers });
    const second = await gatehouse.send('POST', path, { headers });
    expect([second.status, second.body.code]).toEqual([409, 'KEY_EXISTS']);
  });

  it('makes exactly one when 50 requests race', async () => {
    const headers = newUser();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => gatehouse.send('POST', path, { headers })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status, body }) => status === 409 && body.code === 'KEY_EXISTS')).toHaveLength(
      49,
    );
  });

  it.each([
    ['a name of 101 characters', { name: 'x'.repeat(101) }, 'name'],
    ['an empty name', { name: '' }, 'name'],
    ['a number for a name', { name: 7 }, 'name'],
    ['null for a name', { name: null }, 'name'],
    ['a NUL in a name', { name: 'a\u0000b' }, 'name'],
    ['a line break in a name', { name: 'a\nb' }, 'name'],
    ['an unknown field', { nam: 'x' }, 'nam'],
    ['a list', [], 'body'],
    ['broken JSON', '{"name":', 'body'],
    ['__proto__', '{"__proto__":{"name":"x"}}', 'body'],
  ])('rejects %s with its path', async (_what, body, wrong) => {
    const answer = await gatehouse.send('POST', path, { headers: newUser(), body });
    expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(answer.body.details).toEqual([{ path: wrong, message: expect.any(String) }]);
  });

  it('accepts a name of 100 characters in any script', async () => {
    const name = 'ключ'.repeat(25);
    const created = await gatehouse.send('POST', path, { headers: newUser(), body: { name } });
    expect([created.status, created.body.name]).toEqual([201, name]);
  });

  it('stores nothing when the event cannot be written', async () => {
    const headers = newUser();
    await gatehouse.send('GET', path, { headers });
    const record = jest
      .spyOn(gatehouse.app.get(AuditTrail), 'record')
      .mockRejectedValue(new Error('no event'));
    const failed = await gatehouse.send('POST', path, { headers });
    record.mockRestore();
    expect([failed.status, failed.body.code]).toEqual([500, 'INTERNAL_ERROR']);
    expect(failed.text).not.toContain('no event');
    expect((await gatehouse.send('GET', path, { headers })).body.code).toBe('NO_KEY');
  });
});

describe('GET /api/v1/auth/api-keys', () => {
  it('shows the active key without the key', async () => {
    const headers = newUser();
    const created = await gatehouse.send('POST', path, { headers, body: { name: 'daemon' } });
    const shown = await gatehouse.send('GET', path, { headers });
    const { id, prefix, createdAt } = created.body;
    expect(shown.body).toEqual({ id, prefix, name: 'daemon', lastUsedAt: null, createdAt });
    expect(shown.status).toBe(200);
  });

  it('answers 404 NO_KEY without one', async () => {
    const answer = await gatehouse.send('GET', path, { headers: newUser() });
    expect([answer.status, answer.body.code]).toEqual([404, 'NO_KEY']);
  });

  it('shows when the key was last used', async () => {
    const headers = newUser();
    const { key } = (await gatehouse.send('POST', path, { headers })).body;
    await gatehouse.send('GET', '/api/v1/auth/me', { headers: { 'x-api-key': key } });
    await gatehouse.app.get(KeyUsage).flush();
    const { lastUsedAt } = (await gatehouse.send('GET', path, { headers })).body;
    expect(Date.parse(lastUsedAt)).toBe(gatehouse.now());
  });
});

describe('POST /api/v1/auth/api-keys/refresh', () => {
  it('replaces the key, keeps its name, and ends the old one before it answers', async () => {
    const headers = newUser();
    const old = (await gatehouse.send('POST', path, { headers, body: { name: 'daemon' } })).body;
    expect(
      (await gatehouse.send('GET', '/api/v1/auth/me', { headers: { 'x-api-key': old.key } })).status,
    ).toBe(200);
    const refreshed = await gatehouse.send('POST', `${path}/refresh`, { headers });
    expect(refreshed.status).toBe(200);
    expect(Object.keys(refreshed.body)).toEqual([
      'id',
      'key',
      'prefix',
      'name',
      'createdAt',
      'previousKeyRevoked',
    ]);
    expect(refreshed.body).toMatchObject({ name: 'daemon', previousKeyRevoked: true });
    expect(refreshed.headers['cache-control']).toBe('no-store');
    expect(
      (await gatehouse.send('GET', '/api/v1/auth/me', { headers: { 'x-api-key': old.key } })).status,
    ).toBe(401);
    const now = await gatehouse.send('GET', '/api/v1/auth/me', {
      headers: { 'x-api-key': refreshed.body.key },
    });
    expect(now.body.source.keyId).toBe(refreshed.body.id);
  });

  it('makes the first key where there is none', async () => {
    const refreshed = await gatehouse.send('POST', `${path}/refresh`, {
      headers: newUser(),
      body: { name: 'new' },
    });
    expect([refreshed.status, refreshed.body.name, refreshed.body.previousKeyRevoked]).toEqual([
      200,
      'new',
      false,
    ]);
  });

  it('leaves exactly one active key when 50 requests race', async () => {
    const headers = newUser();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => gatehouse.send('POST', `${path}/refresh`, { headers })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
    const alive = await Promise.all(
      answers.map(({ body }) =>
        gatehouse.send('GET', '/api/v1/auth/me', { headers: { 'x-api-key': body.key } }),
      ),
    );
    expect(alive.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => !body.previousKeyRevoked)).toHaveLength(1);
  });

  it('lets one key make only one successor, however many requests race with it', async () => {
    const { key } = (await gatehouse.send('POST', path, { headers: newUser() })).body;
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        gatehouse.send('POST', `${path}/refresh`, { headers: { 'x-api-key': key } }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(
      answers.filter(({ status, body }) => status === 401 && body.code === 'INVALID_API_KEY'),
    ).toHaveLength(19);
  });
});

describe('DELETE /api/v1/auth/api-keys', () => {
  it('ends the key permanently, before it responds', async () => {
    const headers = newUser();
    const { key, prefix } = (await gatehouse.send('POST', path, { headers })).body;
    await gatehouse.send('GET', '/api/v1/auth/me', { headers: { 'x-api-key': key } });
    const revoked = await gatehouse.send('DELETE', path, { headers });
    expect(revoked.body).toEqual({ message: expect.any(String), revokedKeyPrefix: prefix });
    expect(revoked.status).toBe(200);
    expect((await gatehouse.send('GET', '/api/v1/auth/me', { headers: { 'x-api-key': key } })).status).toBe(
      401,
    );
    const again = await gatehouse.send('DELETE', path, { headers });
    expect([again.status, again.body.code]).toEqual([404, 'NO_KEY']);
  });

  it('never lets the key pass again while it is used and revoked at once', async () => {
    const headers = newUser();
    const { key } = (await gatehouse.send('POST', path, { headers })).body;
    let revoked = false;
    const late: number[] = [];
    const use = async () => {
      for (let turn = 0; turn < 40; turn += 1) {
        const after = revoked;
        const { status } = await gatehouse.send('GET', '/api/v1/auth/me', { headers: { 'x-api-key': key } });
        if (after) late.push(status);
      }
    };
    const users = [use(), use(), use(), use()];
    await gatehouse.send('DELETE', path, { headers });
    revoked = true;
    await Promise.all(users);
    expect(late.length).toBeGreaterThan(0);
    expect(late.every((status) => status === 401)).toBe(true);
  });
});

describe('who may manage personal keys', () => {
  it('is the user with the key itself', async () => {
    const { key } = await createPersonalKey(gatehouse, 'itself@example.com');
    const shown = await gatehouse.send('GET', path, { headers: { authorization: `Bearer ${key}` } });
    expect(shown.status).toBe(200);
  });

  it.each(['GET', 'POST', 'DELETE'])('is not an agent: %s with a tool key is 403', async (method) => {
    const { key } = await issueToolKey(gatehouse);
    const answer = await gatehouse.send(method, path, { headers: { 'x-tool-key': key } });
    expect([answer.status, answer.body.code]).toEqual([403, 'FORBIDDEN']);
  });

  it('is not a service key, which has no user', async () => {
    const answer = await gatehouse.send('POST', path, { headers: { 'x-api-key': gatehouse.adminKey } });
    expect([answer.status, answer.body.code]).toEqual([403, 'FORBIDDEN']);
  });

  it('is anonymous without a credential', async () => {
    const answer = await gatehouse.send('POST', path);
    expect([answer.status, answer.body.code]).toEqual([401, 'MISSING_TOKEN']);
  });
});

describe('GET /api/v1/auth/api-keys/events', () => {
  it('shows a user what was done with its keys, by whom and from where', async () => {
    const headers = { ...newUser(), 'user-agent': 'my-cli/1.0' };
    const created = await gatehouse.send('POST', path, { headers, body: { name: 'laptop' } });
    await gatehouse.send('POST', `${path}/refresh`, { headers });
    await gatehouse.send('DELETE', path, { headers });
    const { events } = (await gatehouse.send('GET', `${path}/events`, { headers })).body;
    expect(events.map(({ type }: { type: string }) => type)).toEqual([
      'revoked',
      'refreshed',
      'revoked',
      'created',
      'created',
    ]);
    const { id: userId } = events[3].actor.chain[0];
    expect(events[3]).toEqual({
      id: expect.any(String),
      time: expect.any(String),
      type: 'created',
      subject: { type: 'api_key', id: created.body.id },
      ownerId: expect.any(String),
      actor: { type: 'jwt', chain: [{ type: 'user', id: userId }] },
      ip: '127.0.0.1',
      userAgent: 'my-cli/1.0',
      requestId: created.headers['x-request-id'],
      traceparent: null,
      details: { prefix: created.body.prefix, name: 'laptop' },
    });
    expect(events[4].subject).toEqual({ type: 'user', id: userId });
  });

  it('never holds a key', async () => {
    const headers = newUser();
    const { key } = (await gatehouse.send('POST', path, { headers })).body;
    const { text } = await gatehouse.send('GET', `${path}/events`, { headers });
    expect(text).not.toContain(key.slice(17));
  });

  it('hides those of other users', async () => {
    const other = await gatehouse.send('GET', `${path}/events`, { headers: newUser() });
    expect(other.body.events).toHaveLength(1);
  });

  it('gives pages that join without a gap', async () => {
    const headers = newUser();
    for (let turn = 0; turn < 4; turn += 1) await gatehouse.send('POST', `${path}/refresh`, { headers });
    const all = (await gatehouse.send('GET', `${path}/events`, { headers })).body.events;
    const joined = [];
    let cursor = '';
    do {
      const { body } = await gatehouse.send('GET', `${path}/events?limit=3${cursor}`, { headers });
      joined.push(...body.events);
      cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`;
    } while (cursor !== '');
    expect(joined).toEqual(all);
    expect(all).toHaveLength(8);
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'cursor=x', 'offset=1'])('rejects ?%s', async (query) => {
    const answer = await gatehouse.send('GET', `${path}/events?${query}`, { headers: newUser() });
    expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(answer.body.details[0].path).toBe(query.split('=')[0]);
  });
});
