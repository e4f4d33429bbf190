import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Database } from '../src/database/database.js';
import { AuthError } from '../src/principal/auth-error.js';
import type { Scope } from '../src/principal/scopes.js';
import { Retention } from '../src/server/retention.js';
import { Clock } from '../src/support/clock.js';
import { KeyUsage } from '../src/usage/key-usage.js';
import { KeyScopeUse, ScopeUseStore } from '../src/usage/scope-use.store.js';
import { ScopeUses } from '../src/usage/scope-uses.js';
import { createPersonalKey, type Gatehouse, issueToolKey, startGatehouse } from './support/gatehouse.js';
import { startReplica } from './support/second-replica.js';

const path = '/api/v1/api-keys';
const day = 86_400;
let gatehouse: Gatehouse;
let people = 0;

beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse.close());

type Headers = Record<string, string>;
const newUser = () => gatehouse.bearer(`user-${(people += 1)}@example.com`, 400 * day) as Headers;
const admin = () => ({ 'x-api-key': gatehouse.adminKey });

interface Made {
  readonly id: string;
  readonly key: string;
}

async function create(headers: Headers, fields: object = { scopes: ['*:*'] }): Promise<Made> {
  const { body } = await gatehouse.send('POST', path, { headers, body: { name: 'CI', ...fields } });
  return body;
}

/** Asks, as another service of the owner, whether the key may do that. */
async function verify(headers: Headers, key: string, scopes: readonly string[], further: object = {}) {
  const { body } = await gatehouse.send('POST', `${path}/verify`, {
    headers,
    body: { key, scopes, ...further },
  });
  return body.code as string;
}

async function usedBy(headers: Headers, { id }: Pick<Made, 'id'>, at = path) {
  const { body } = await gatehouse.send('GET', `${at}/${id}`, { headers });
  const scopes = (body.scopesUsed as { scope: string; lastUsedAt: string }[]).map(({ scope }) => scope);
  return {
    scopes,
    isComplete: body.scopesUsedComplete as boolean,
    since: body.scopesUsedSince as string | null,
  };
}

const scopesUsedBy = async (headers: Headers, made: Pick<Made, 'id'>) => (await usedBy(headers, made)).scopes;
const flush = () => gatehouse.app.get(KeyUsage).flush();
const database = () => gatehouse.app.get(Database);
const rowsOf = (keyId: string) => database().read((manager) => manager.findBy(KeyScopeUse, { keyId }));
const manyScopes = (from: number, count: number) =>
  Array.from({ length: count }, (_unused, n) => `area-${from + n}:read` as Scope);
const needs = (uses: ScopeUses, keyId: string, scopes: readonly Scope[]) =>
  uses.note({ source: { type: 'api_key', keyId }, actorChain: [] } as never, scopes);
const anotherUses = () => new ScopeUses(gatehouse.app.get(ScopeUseStore), gatehouse.app.get(Clock));

describe('the scopes that a key has needed', () => {
  it('are those of the routes that admitted it', async () => {
    const headers = newUser();
    const made = await create(headers, { scopes: ['api-keys:read', 'files:read'] });
    const call = (method: string) =>
      gatehouse.send(method, path, { headers: { 'x-api-key': made.key }, body: { name: 'x' } });
    expect(await usedBy(headers, made)).toEqual({ scopes: [], isComplete: true, since: null });
    expect((await call('POST')).status).toBe(403);
    expect((await call('GET')).status).toBe(200);
    const used = { scopes: ['api-keys:read'], isComplete: true, since: expect.any(String) };
    expect(await usedBy(headers, made)).toEqual(used);
    await flush();
    expect(await usedBy(headers, made)).toEqual(used);
  });

  it('are also those that verify and forward auth grant, and no others', async () => {
    const headers = newUser();
    const made = await create(headers, { scopes: ['*:read'] });
    expect(await verify(headers, made.key, ['files:read', 'files:write'])).toBe('INSUFFICIENT_SCOPE');
    expect(await verify(headers, made.key, ['files:read'], { consume: false })).toBe('VALID');
    const check = (scopes: string) =>
      gatehouse.send('GET', `/api/v1/auth/check?scopes=${scopes}`, { headers: { 'x-api-key': made.key } });
    expect((await check('mail:read,mail:write')).status).toBe(403);
    expect(await scopesUsedBy(headers, made)).toEqual([]);
    expect((await check('mail:read')).status).toBe(204);
    expect(await verify(headers, made.key, ['*:read', 'files:read'])).toBe('VALID');
    expect(await scopesUsedBy(headers, made)).toEqual(['*:read', 'files:read', 'mail:read']);
  });

  it('are all those of a role that a route requires', async () => {
    const { body } = await gatehouse.send('POST', '/api/v1/admin/api-keys', {
      headers: admin(),
      body: { name: 'ops', role: 'admin' },
    });
    await gatehouse.send('GET', '/api/v1/admin/owners', { headers: { 'x-api-key': body.key } });
    const { scopes } = await usedBy(admin(), body, '/api/v1/admin/api-keys');
    expect(scopes).toEqual(['*:*', 'admin:*', 'api-keys:write']);
  });

  it('include those of an admin who verifies the key of another owner', async () => {
    const { body } = await gatehouse.send('POST', '/api/v1/admin/api-keys', {
      headers: admin(),
      body: { name: 'gate', role: 'admin' },
    });
    const { key } = await create(newUser());
    expect(await verify({ 'x-api-key': body.key }, key, ['files:read'])).toBe('VALID');
    const { scopes } = await usedBy(admin(), body, '/api/v1/admin/api-keys');
    expect(scopes).toEqual(['*:*', 'admin:*', 'api-keys:verify', 'api-keys:write']);
  });

  it('include what a token is asked for', async () => {
    const headers = newUser();
    const made = await create(headers, { scopes: ['files:read', 'mail:read'] });
    const body = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      audience: 'https://files.example',
    };
    const asked = { headers: { 'x-api-key': made.key }, body: { ...body, scope: 'files:read' } };
    expect((await gatehouse.send('POST', '/api/v1/auth/token', asked)).status).toBe(200);
    expect(await scopesUsedBy(headers, made)).toEqual(['files:read']);
  });

  it('include what its tool keys need', async () => {
    const headers = newUser();
    const made = await create(headers, { scopes: ['tool-keys:issue', '*:read'] });
    const parent = await issueToolKey(gatehouse, {}, { 'x-api-key': made.key });
    const child = await issueToolKey(gatehouse, { scopes: ['mail:*'] }, { 'x-tool-key': parent.key });
    expect(child.key).toBeUndefined();
    expect(await scopesUsedBy(headers, made)).toEqual(['tool-keys:issue']);
    expect(await verify(headers, parent.key, ['files:read'])).toBe('VALID');
    await issueToolKey(gatehouse, { scopes: ['mail:read'] }, { 'x-tool-key': parent.key });
    expect(await scopesUsedBy(headers, made)).toEqual(['files:read', 'mail:read', 'tool-keys:issue']);
  });

  it('are written once an hour each, and show when they were needed last', async () => {
    const headers = newUser();
    const made = await create(headers);
    const add = jest.spyOn(gatehouse.app.get(ScopeUseStore), 'add');
    const writes = () =>
      add.mock.calls.flatMap(([uses]) => uses).filter(({ keyId }) => keyId === made.id).length;
    const use = async () => {
      await verify(headers, made.key, ['files:read', 'mail:read']);
      await flush();
    };
    await use();
    await use();
    gatehouse.pass(3_599);
    await use();
    expect(writes()).toBe(2);
    const started = (await rowsOf(made.id)).map(({ firstUsedAt }) => firstUsedAt.getTime());
    gatehouse.pass(1);
    await use();
    expect(writes()).toBe(4);
    for (const { firstUsedAt, lastUsedAt } of await rowsOf(made.id)) {
      expect(started).toContain(firstUsedAt.getTime());
      expect(lastUsedAt.getTime() - firstUsedAt.getTime()).toBe(3_600_000);
    }
    add.mockRestore();
  });

  it('are kept while the database cannot write, and no request fails', async () => {
    const headers = newUser();
    const made = await create(headers);
    const write = jest.spyOn(database(), 'write').mockRejectedValue(new AuthError('DB_UNAVAILABLE'));
    expect(await verify(headers, made.key, ['files:read'])).toBe('VALID');
    await flush();
    write.mockRestore();
    expect(await rowsOf(made.id)).toEqual([]);
    expect(await scopesUsedBy(headers, made)).toEqual(['files:read']);
    await flush();
    expect(await rowsOf(made.id)).toHaveLength(2);
  });

  it('are at most 64, and incomplete beyond', async () => {
    const headers = newUser();
    const made = await create(headers);
    expect(await verify(headers, made.key, manyScopes(0, 64))).toBe('VALID');
    expect(await usedBy(headers, made)).toMatchObject({ isComplete: true, scopes: { length: 64 } });
    await verify(headers, made.key, manyScopes(64, 100));
    expect(await usedBy(headers, made)).toMatchObject({ isComplete: false, scopes: { length: 64 } });
    await flush();
    gatehouse.pass(3_600);
    await verify(headers, made.key, manyScopes(200, 100));
    await flush();
    expect(await usedBy(headers, made)).toMatchObject({ isComplete: false, scopes: { length: 64 } });
    // Those, one for the key itself, and one for all others.
    expect(await rowsOf(made.id)).toHaveLength(66);
  });

  it('are at most 64 when several processes write at once', async () => {
    const { id } = await create(newUser());
    const processes = [0, 1, 2, 3].map(anotherUses);
    for (const [at, uses] of processes.entries()) needs(uses, id, manyScopes(at * 40, 40));
    await Promise.all(processes.map((uses) => uses.flush()));
    expect(await rowsOf(id)).toHaveLength(66);
  });

  it('hold no credential', async () => {
    const headers = newUser();
    const made = await create(headers);
    expect(await verify(headers, made.key, [`files:${made.key}`])).toBe('VALID');
    await flush();
    expect(await usedBy(headers, made)).toMatchObject({ isComplete: false, scopes: [] });
    expect(JSON.stringify(await rowsOf(made.id))).not.toContain(made.key);
  });

  it('of ever new keys take a bounded amount of memory', () => {
    const uses = anotherUses();
    const { noted } = uses as unknown as { noted: Map<string, unknown> };
    for (let n = 0; n < 120_000; n += 1) needs(uses, `key-${n}`, ['files:read']);
    expect(noted.size).toBeLessThanOrEqual(100_000);
    const { pending } = uses as unknown as { pending: { size: number } };
    expect(pending.size).toBe(10_000);
  });

  it('are forgotten after 90 days without use', async () => {
    const headers = newUser();
    const made = await create(headers);
    await verify(headers, made.key, ['files:read']);
    await flush();
    gatehouse.pass(60 * day);
    await verify(headers, made.key, ['mail:read']);
    await flush();
    gatehouse.pass(30 * day - 1);
    await gatehouse.app.get(Retention).run();
    expect(await scopesUsedBy(headers, made)).toEqual(['files:read', 'mail:read']);
    gatehouse.pass(2);
    expect(await scopesUsedBy(headers, made)).toEqual(['mail:read']);
    await gatehouse.app.get(Retention).run();
    expect((await rowsOf(made.id)).map(({ scope }) => scope).sort()).toEqual(['', 'mail:read']);
  });
});

describe('POST /api/v1/api-keys/:id/narrow', () => {
  const narrow = (headers: Headers, { id }: Pick<Made, 'id'>, body?: object, at = path) =>
    gatehouse.send('POST', `${at}/${id}/narrow`, { headers, body });

  /** A key that has needed these scopes for a week. */
  async function seasoned(headers: Headers, needed: readonly string[], fields?: object): Promise<Made> {
    const made = await create(headers, fields);
    await verify(headers, made.key, needed);
    gatehouse.pass(7 * day);
    return made;
  }

  it('leaves a key what it has needed, with an event, in place of its role', async () => {
    const headers = newUser();
    const made = await seasoned(headers, ['files:read', 'mail:write'], { role: 'write_agent' });
    const { status, body } = await narrow(headers, made);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: made.id, role: null, scopes: ['files:read', 'mail:write'] });
    expect(await verify(headers, made.key, ['files:read'])).toBe('VALID');
    expect(await verify(headers, made.key, ['files:write'])).toBe('INSUFFICIENT_SCOPE');
    const { body: trail } = await gatehouse.send('GET', `${path}/${made.id}/events`, { headers });
    expect(trail.events[0]).toMatchObject({
      type: 'narrowed',
      details: {
        before: { role: 'write_agent', scopes: ['*:read', '*:write'] },
        after: { scopes: ['files:read', 'mail:write'] },
      },
    });
    expect((await narrow(headers, made)).body.scopes).toEqual(['files:read', 'mail:write']);
    const { body: again } = await gatehouse.send('GET', `${path}/${made.id}/events`, { headers });
    expect(again.events.filter(({ type }: { type: string }) => type === 'narrowed')).toHaveLength(1);
  });

  it('counts what the key that it replaced has needed', async () => {
    const headers = newUser();
    const made = await seasoned(headers, ['files:read']);
    const { body: next } = await gatehouse.send('POST', `${path}/${made.id}/rotate`, { headers });
    await verify(headers, next.key, ['mail:read', 'files:read']);
    expect(await scopesUsedBy(headers, next)).toEqual(['files:read', 'mail:read']);
    expect((await narrow(headers, next)).body.scopes).toEqual(['files:read', 'mail:read']);
  });

  it('keeps what it is told to keep, and leaves what it is told to leave', async () => {
    const headers = newUser();
    const made = await seasoned(headers, ['files:read']);
    const { body } = await narrow(headers, made, { keep: ['mail:*'] });
    expect(body.scopes).toEqual(['files:read', 'mail:*']);
    const unused = await create(headers, { scopes: ['*:read'] });
    expect((await narrow(headers, unused, { scopes: ['mail:read'] })).body.scopes).toEqual(['mail:read']);
  });

  it.each([
    ['has needed no scope', [], 7 * day, 'NOT_USED'],
    ['has needed scopes for less than a week', ['files:read'], 7 * day - 1, 'USED_TOO_BRIEFLY'],
    ['has needed too many scopes', manyScopes(0, 65), 7 * day, 'TOO_MANY_SCOPES'],
  ])('rejects a key that %s, and changes nothing', async (_, needed, seconds, reason) => {
    const headers = newUser();
    const made = await create(headers);
    await verify(headers, made.key, needed);
    gatehouse.pass(seconds);
    const { status, body } = await narrow(headers, made);
    expect([status, body.code, body.details]).toEqual([409, 'NOT_NARROWABLE', { reason }]);
    expect(await verify(headers, made.key, ['any:thing'])).toBe('VALID');
  });

  it('rejects a key whose needs it does not hold any more, rather than leave it nothing', async () => {
    const headers = newUser();
    const made = await seasoned(headers, ['files:read']);
    await gatehouse.send('PATCH', `${path}/${made.id}`, { headers, body: { scopes: ['mail:read'] } });
    expect((await narrow(headers, made)).body.details).toEqual({ reason: 'NOT_USED' });
  });

  it.each([
    [{ scopes: ['files:read', 'mail:read'] }, 'scopes.1'],
    [{ scopes: ['files:*'] }, 'scopes.0'],
    [{ keep: ['*:*'] }, 'keep.0'],
    [{ scopes: [] }, 'scopes'],
    [{ scopes: ['files:read'], keep: ['files:read'] }, 'keep'],
    [{ scopes: ['files'] }, 'scopes.0'],
    [{ role: 'admin' }, 'role'],
    [{ scopes: manyScopes(0, 101) }, 'scopes'],
  ])('rejects %j at %s', async (asked, where) => {
    const headers = newUser();
    const made = await seasoned(headers, ['files:read'], { scopes: ['files:read', 'files:write'] });
    const { status, body } = await narrow(headers, made, asked);
    expect([status, body.code, body.details[0].path]).toEqual([400, 'VALIDATION_FAILED', where]);
  });

  it('is for those who manage the key, and for no personal and no ended key', async () => {
    const headers = newUser();
    const made = await seasoned(headers, ['files:read']);
    const reader = await create(headers, { scopes: ['api-keys:read'] });
    expect((await narrow({ 'x-api-key': reader.key }, made)).status).toBe(403);
    expect((await narrow(newUser(), made)).status).toBe(404);
    const everywhere = '/api/v1/admin/api-keys';
    const personal = await createPersonalKey(gatehouse, `person-${people}@example.com`);
    const ofPerson = await narrow(admin(), personal, { scopes: ['files:read'] }, everywhere);
    expect([ofPerson.status, ofPerson.body.details[0].path]).toEqual([400, 'scopes']);
    expect((await narrow(admin(), made, undefined, everywhere)).body.scopes).toEqual(['files:read']);
    await gatehouse.send('DELETE', `${path}/${made.id}`, { headers });
    expect((await narrow(headers, made)).body.code).toBe('KEY_ENDED');
  });

  it('needs no right to what it leaves: it makes nothing stronger', async () => {
    const headers = newUser();
    const made = await seasoned(headers, ['files:read']);
    const manager = await create(headers, { scopes: ['api-keys:write'] });
    expect((await narrow({ 'x-api-key': manager.key }, made)).status).toBe(200);
  });

  it('takes the scopes from tool keys of the key at once', async () => {
    const headers = newUser();
    const scopes = ['tool-keys:issue', 'files:read', 'files:write'];
    const made = await seasoned(headers, ['files:read'], { scopes });
    const tool = await issueToolKey(gatehouse, {}, { 'x-api-key': made.key });
    expect(await verify(headers, tool.key, ['files:write'], { consume: false })).toBe('VALID');
    await narrow(headers, made);
    expect(await verify(headers, tool.key, ['files:write'])).toBe('INSUFFICIENT_SCOPE');
    expect(await verify(headers, tool.key, ['files:read'])).toBe('VALID');
  });

  it('narrows an access key for its person, and shows what it has needed', async () => {
    const headers = newUser();
    const mine = '/api/v1/me/api-keys';
    const body = { name: 'laptop', scopes: ['files:*', 'mail:read'] };
    const { body: made } = await gatehouse.send('POST', mine, { headers, body });
    await verify(headers, made.key, ['files:read']);
    gatehouse.pass(7 * day);
    expect((await usedBy(headers, made, mine)).scopes).toEqual(['files:read']);
    expect((await narrow(newUser(), made, undefined, mine)).status).toBe(404);
    expect((await narrow(headers, made, { scopes: ['notes:read'] }, mine)).body.details[0].path).toBe(
      'scopes.0',
    );
    expect((await narrow(headers, made, undefined, mine)).body.scopes).toEqual(['files:read']);
    expect(await verify(headers, made.key, ['mail:read'])).toBe('INSUFFICIENT_SCOPE');
    const { body: list } = await gatehouse.send('GET', mine, { headers });
    expect(list.keys).toMatchObject([{ id: made.id, usage24h: { INSUFFICIENT_SCOPE: 1 } }]);
    const usage = await gatehouse.send('GET', '/api/v1/usage?groupBy=key', { headers });
    expect(usage.body.groups).toMatchObject([
      { id: made.id, name: 'laptop', total: { INSUFFICIENT_SCOPE: 1, VALID: 1 } },
    ]);
  });

  it('never widens a key, also not when others change it meanwhile', async () => {
    const headers = newUser();
    for (let turn = 0; turn < 5; turn += 1) {
      const made = await seasoned(headers, ['files:read', 'mail:read']);
      const body = { scopes: ['files:read'] };
      await Promise.all([
        narrow(headers, made),
        gatehouse.send('PATCH', `${path}/${made.id}`, { headers, body }),
        narrow(headers, made, { scopes: ['mail:read', 'files:read'] }),
      ]);
      expect(await verify(headers, made.key, ['mail:read'])).toBe('INSUFFICIENT_SCOPE');
    }
  });

  it('reaches other replicas before it answers that they have dropped the key', async () => {
    const headers = newUser();
    const replica = await startReplica(gatehouse);
    const made = await seasoned(headers, ['files:read']);
    const check = (scopes: string) =>
      replica.send('GET', `/api/v1/auth/check?scopes=${scopes}`, { headers: { 'x-api-key': made.key } });
    expect((await check('mail:read')).status).toBe(204);
    const { status } = await gatehouse.send('POST', `${path}/${made.id}/narrow?wait=true`, { headers });
    expect(status).toBe(200);
    expect((await check('mail:read')).status).toBe(403);
    expect((await check('files:read')).status).toBe(204);
    await replica.close();
  });
});
