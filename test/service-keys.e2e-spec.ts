import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { AuditTrail } from '../src/audit/audit-trail.js';
import { KeyUsage } from '../src/usage/key-usage.js';
import { mintApiKey } from './support/api-keys.js';
import { createPersonalKey, type Gatehouse, issueToolKey, startGatehouse } from './support/gatehouse.js';

const path = '/api/v1/api-keys';
let gatehouse: Gatehouse;
let people = 0;
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const newUser = () => gatehouse.bearer(`manager-${(people += 1)}@example.com`) as Record<string, string>;
const withKey = (key: string) => ({ 'x-api-key': key });
const create = (headers: Record<string, string>, fields: object = {}) =>
  gatehouse.send('POST', path, { headers, body: { name: 'CI', ...fields } });
const me = (key: string) => gatehouse.send('GET', '/api/v1/auth/me', { headers: withKey(key) });
const soon = (seconds: number) => new Date(gatehouse.now() + seconds * 1000).toISOString();

beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse.close());

describe('POST /api/v1/api-keys', () => {
  it('makes a key with every setting and shows it once', async () => {
    const settings = {
      name: 'CI',
      environment: 'test',
      role: 'read_only',
      scopes: ['files:read', 'files:write'],
      rateLimit: { limit: 100, windowSeconds: 60 },
      expiresAt: soon(3600),
      allowedIps: ['127.0.0.0/8', '2001:db8::/32'],
      metadata: { team: 'build', tags: ['a', { b: null }] },
      enabled: true,
    };
    const headers = newUser();
    const created = await gatehouse.send('POST', path, { headers, body: settings });
    expect(created.status).toBe(201);
    expect(created.headers['cache-control']).toBe('no-store');
    expect(created.body).toMatchObject({
      ...settings,
      kind: 'service',
      status: 'active',
      previous: null,
      lastUsedAt: null,
    });
    expect(created.body.key).toMatch(/^mk_test_[0-9A-Za-z]{49}$/);
    const { key, ...rest } = created.body;
    const shown = await gatehouse.send('GET', `${path}/${created.body.id}`, { headers });
    expect(shown.body).toMatchObject(rest);
    expect(shown.text).not.toContain(key.slice(16));
    expect(JSON.stringify(created.body)).not.toMatch(/hash/i);
    const user = (await me(key)).body;
    expect(user).toMatchObject({
      userId: null,
      ownerId: created.body.ownerId,
      scopes: settings.scopes,
      environment: 'test',
    });
  });

  it('makes a key with a hundred scopes of 200 characters', async () => {
    const scopes = Array.from({ length: 100 }, (_, index) => `files:${String(index).padEnd(194, 'X')}`);
    const { status, body } = await create(newUser(), { scopes });
    expect([status, body.scopes]).toEqual([201, scopes]);
    expect((await me(body.key)).body.scopes).toEqual(scopes);
  });

  it.each(['members:read', 'members:*', 'trust-rules:write', 'trust-rules:a:b'])(
    'gives no key %s by what *:* covers',
    async (scope) => {
      const { status, body } = await create(newUser(), { scopes: ['*:*', scope] });
      expect([status, body.code, body.details.missing]).toEqual([403, 'INSUFFICIENT_SCOPE', [scope]]);
    },
  );

  it('makes a key that can do nothing where neither role nor scopes are given', async () => {
    const { body } = await create(newUser());
    expect((await me(body.key)).body).toMatchObject({ role: null, scopes: [], environment: 'live' });
  });

  it.each<[string, object, string]>([
    ['an expiry in the past', { expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
    ['an expiry that is no time', { expiresAt: 'tomorrow' }, 'expiresAt'],
    ['a scope of one part', { scopes: ['files'] }, 'scopes.0'],
    ['a scope of nine parts', { scopes: ['a:b:c:d:e:f:g:h:i'] }, 'scopes.0'],
    ['a scope of 201 characters', { scopes: [`files:${'x'.repeat(195)}`] }, 'scopes.0'],
    ['a scope that ends in a line break', { scopes: ['files:read\n'] }, 'scopes.0'],
    ['a scope that is a list', { scopes: [['files:read']] }, 'scopes.0'],
    ['a scope with a key in it', { scopes: [`files:mk_live_${'4fzQ81Xa'.repeat(6)}`] }, 'scopes'],
    ['101 scopes', { scopes: Array.from({ length: 101 }, (_unused, turn) => `files:a${turn}`) }, 'scopes'],
    ['999.1.1.1/33', { allowedIps: ['999.1.1.1/33'] }, 'allowedIps.0'],
    ['an empty list of addresses', { allowedIps: [] }, 'allowedIps'],
    ['metadata of 9 KiB', { metadata: { pad: 'x'.repeat(9 * 1024) } }, 'metadata'],
    ['metadata 33 levels deep', { metadata: { a: JSON.parse(nested(32)) } }, 'metadata'],
    ['metadata that is a list', { metadata: [] }, 'metadata'],
    ['a limit of 0', { rateLimit: { limit: 0, windowSeconds: 60 } }, 'rateLimit.limit'],
    ['a window of 0', { rateLimit: { limit: 1, windowSeconds: 0 } }, 'rateLimit.windowSeconds'],
    ['an unknown role', { role: 'root' }, 'role'],
    ['an unknown environment', { environment: 'prod' }, 'environment'],
    ['no name', { name: undefined }, 'name'],
    ['an owner', { ownerId: '00000000-0000-7000-8000-000000000001' }, 'ownerId'],
  ])('rejects %s', async (_what, fields, wrong) => {
    const headers = newUser();
    const answer = await create(headers, fields);
    expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(answer.body.details[0].path).toBe(wrong);
    expect((await gatehouse.send('GET', path, { headers })).body.keys).toEqual([]);
  });

  it.each([
    ['metadata 6,000 levels deep', `{"name":"x","metadata":{"a":${nested(6_000)}}}`],
    ['an unknown field 30,000 levels deep', `{"name":"x","a":${nested(30_000)}}`],
    ['30,000 values', `{"name":"x","scopes":[${'1,'.repeat(30_000)}1]}`],
  ])('rejects %s at a small price', async (_what, body) => {
    const answer = await gatehouse.send('POST', path, { headers: newUser(), body });
    expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(answer.body.details).toMatchObject([
      { path: 'body', message: expect.stringMatching(/at most \d+/) },
    ]);
  });

  it.each([
    ['__proto__', '{"__proto__":{"role":"admin"}}'],
    ['__proto__ below', '{"a":[{"__proto__":{}}]}'],
    ['__proto__ in escapes', String.raw`{"\u005f_proto__":1}`],
    ['constructor.prototype', '{"constructor":{"prototype":{}}}'],
    ['constructor.prototype below', '{"a":{"b":[{"constructor":{"prototype":null}}]}}'],
  ])('rejects metadata with %s, and says why', async (_what, metadata) => {
    const body = `{"name":"x","metadata":${metadata}}`;
    const answer = await gatehouse.send('POST', path, { headers: newUser(), body });
    expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(answer.body.details).toEqual([
      { path: 'body', message: 'must not name __proto__ or constructor.prototype' },
    ]);
  });

  it.each([
    '{"constructor":{"a":1}}',
    '{"constructor":null,"prototype":{}}',
    '{"a":{"constructor":"x","toString":1,"hasOwnProperty":[]}}',
  ])('keeps metadata %s as it is', async (metadata) => {
    const headers = newUser();
    const { status, body } = await gatehouse.send('POST', path, {
      headers,
      body: `{"name":"x","metadata":${metadata}}`,
    });
    expect([status, body.metadata]).toEqual([201, JSON.parse(metadata)]);
    expect((await gatehouse.send('GET', `${path}/${body.id}`, { headers })).body.metadata).toEqual(
      JSON.parse(metadata),
    );
  });

  it.each<[string, object, object, string, string]>([
    [
      'a scope above its own',
      { scopes: ['api-keys:write', 'files:read'] },
      { scopes: ['files:write'] },
      'INSUFFICIENT_SCOPE',
      'scopes',
    ],
    [
      'a role above its own',
      { scopes: ['api-keys:write', '*:read'] },
      { role: 'write_agent' },
      'INSUFFICIENT_SCOPE',
      'role',
    ],
    ['admin', { scopes: ['api-keys:write', '*:*'] }, { role: 'admin' }, 'INSUFFICIENT_SCOPE', 'role'],
    [
      'the platform',
      { scopes: ['api-keys:write', '*:*'] },
      { scopes: ['admin:*'] },
      'INSUFFICIENT_SCOPE',
      'scopes',
    ],
  ])('rejects a key that grants %s', async (_what, held, fields, code, wrong) => {
    const answer = await create(withKey(await mintApiKey(gatehouse, held)), fields);
    expect([answer.status, answer.body.code]).toEqual([403, code]);
    expect(answer.body.details).toMatchObject({ path: wrong, missing: expect.any(Array) });
  });

  it('rejects a key that would outlive its maker, or be live where its maker is for tests', async () => {
    const mortal = await mintApiKey(gatehouse, {
      scopes: ['api-keys:write'],
      expiresAt: new Date(gatehouse.now() + 60_000),
    });
    for (const fields of [{}, { expiresAt: soon(120) }]) {
      const answer = await create(withKey(mortal), fields);
      expect([answer.status, answer.body.code, answer.body.details[0].path]).toEqual([
        403,
        'FORBIDDEN',
        'expiresAt',
      ]);
    }
    expect((await create(withKey(mortal), { expiresAt: soon(30) })).status).toBe(201);
    const test = await mintApiKey(gatehouse, { scopes: ['api-keys:write'], environment: 'test' });
    expect((await create(withKey(test))).body.details[0].path).toBe('environment');
  });

  it('does not grant a person the role of admin', async () => {
    const answer = await create(newUser(), { role: 'admin' });
    expect([answer.status, answer.body.code]).toEqual([403, 'INSUFFICIENT_SCOPE']);
  });

  it('is closed to a personal key, to a tool key, and to a key without api-keys:write', async () => {
    const { key } = await createPersonalKey(gatehouse, `closed-${people}@example.com`);
    expect((await create(withKey(key))).body.code).toBe('INSUFFICIENT_SCOPE');
    expect((await create({ 'x-tool-key': (await issueToolKey(gatehouse)).key })).body.code).toBe('FORBIDDEN');
    expect((await create(withKey(await mintApiKey(gatehouse, { role: 'write_agent' })))).body.code).toBe(
      'INSUFFICIENT_SCOPE',
    );
  });

  it('stores nothing when the event cannot be written', async () => {
    const headers = newUser();
    await gatehouse.send('GET', path, { headers });
    const record = jest
      .spyOn(gatehouse.app.get(AuditTrail), 'record')
      .mockRejectedValue(new Error('no event'));
    const failed = await create(headers);
    record.mockRestore();
    expect(failed.status).toBe(500);
    expect((await gatehouse.send('GET', path, { headers })).body.keys).toEqual([]);
  });
});

describe('GET /api/v1/api-keys', () => {
  it('gives pages in one order, while keys are added', async () => {
    const headers = newUser();
    for (let turn = 0; turn < 7; turn += 1) await create(headers, { name: `key ${turn}` });
    const names: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: { body: { keys: { name: string }[]; nextCursor: string | null } } = await gatehouse.send(
        'GET',
        `${path}?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`,
        { headers },
      );
      names.push(...page.body.keys.map(({ name }) => name));
      cursor = page.body.nextCursor;
      await create(headers, { name: 'added meanwhile' });
    }
    expect(names).toEqual([6, 5, 4, 3, 2, 1, 0].map((turn) => `key ${turn}`));
  });

  it.each(['by its owner', 'by an admin'])(
    'gives pages of at most 256 KiB, without a gap, %s',
    async (by) => {
      const headers = newUser();
      const metadata = { pad: 'x'.repeat(8_000) };
      const made: { id: string; ownerId: string }[] = [];
      for (let turn = 0; turn < 40; turn += 1) made.push((await create(headers, { metadata })).body);
      const [list, reader] =
        by === 'by an admin'
          ? [`/api/v1/admin/api-keys?ownerId=${made[0]?.ownerId}&limit=100`, withKey(gatehouse.adminKey)]
          : [`${path}?limit=100`, headers];
      const first = await gatehouse.send('GET', list, { headers: reader });
      expect(first.text.length).toBeLessThan(257 * 1024);
      expect(first.body.keys.length).toBeGreaterThan(25);
      const rest = await gatehouse.send('GET', `${list}&cursor=${first.body.nextCursor}`, {
        headers: reader,
      });
      const ids = [...first.body.keys, ...rest.body.keys].map(({ id }: { id: string }) => id);
      expect([ids, rest.body.nextCursor]).toEqual([made.map(({ id }) => id).toReversed(), null]);
    },
  );

  it('is narrowed by environment and status', async () => {
    const headers = newUser();
    const live = (await create(headers, { name: 'live' })).body;
    await create(headers, { name: 'test', environment: 'test' });
    const off = (await create(headers, { name: 'off' })).body;
    await gatehouse.send('PATCH', `${path}/${off.id}`, { headers, body: { enabled: false } });
    const gone = (await create(headers, { name: 'gone' })).body;
    await gatehouse.send('DELETE', `${path}/${gone.id}`, { headers });
    const namesOf = async (query: string) =>
      (await gatehouse.send('GET', `${path}?${query}`, { headers })).body.keys.map(
        ({ name }: { name: string }) => name,
      );
    expect(await namesOf('status=active')).toEqual(['test', 'live']);
    expect(await namesOf('status=disabled')).toEqual(['off']);
    expect(await namesOf('status=revoked')).toEqual(['gone']);
    expect(await namesOf('status=expired')).toEqual([]);
    expect(await namesOf('environment=test')).toEqual(['test']);
    expect(await namesOf('environment=live&status=active')).toEqual([live.name]);
  });

  it('shows no personal key and nothing of another owner', async () => {
    const headers = newUser();
    await gatehouse.send('POST', '/api/v1/auth/api-keys', { headers });
    await create(newUser());
    expect((await gatehouse.send('GET', path, { headers })).body).toEqual({ keys: [], nextCursor: null });
  });

  it('rejects a cursor that was tampered with, or belongs to another list', async () => {
    const headers = newUser();
    for (let turn = 0; turn < 3; turn += 1) await create(headers);
    const { nextCursor } = (await gatehouse.send('GET', `${path}?limit=2`, { headers })).body;
    const other = newUser();
    const changed = `${nextCursor.startsWith('A') ? 'B' : 'A'}${nextCursor.slice(1)}`;
    for (const [query, who] of [
      [`cursor=${changed}`, headers],
      [`cursor=${nextCursor}=`, headers],
      ['cursor=x', headers],
      [`cursor=${nextCursor}&status=active`, headers],
      [`cursor=${nextCursor}`, other],
    ] as const) {
      const answer = await gatehouse.send('GET', `${path}?${query}`, { headers: who });
      expect([answer.status, answer.body.details?.[0].path]).toEqual([400, 'cursor']);
    }
  });
});

describe('another owner’s key', () => {
  it.each<[string, string, object | undefined]>([
    ['GET', '', undefined],
    ['PATCH', '', { name: 'mine' }],
    ['POST', '/rotate', undefined],
    ['DELETE', '', undefined],
    ['GET', '/events', undefined],
  ])('is 404 for %s %s, as is one that is not there', async (method, suffix, body) => {
    const { id, key } = (await create(newUser())).body;
    const stranger = newUser();
    for (const target of [id, '00000000-0000-7000-8000-00000000dead', 'nothing', '%00']) {
      const answer = await gatehouse.send(method, `${path}/${target}${suffix}`, { headers: stranger, body });
      expect([answer.status, answer.body.code]).toEqual([404, 'NOT_FOUND']);
    }
    expect((await me(key)).status).toBe(200);
  });
});

describe('PATCH /api/v1/api-keys/:id', () => {
  it('switches a key off and on, at once, with an event for each', async () => {
    const headers = newUser();
    const { id, key } = (await create(headers)).body;
    expect((await me(key)).status).toBe(200);
    const off = await gatehouse.send('PATCH', `${path}/${id}`, { headers, body: { enabled: false } });
    expect([off.status, off.body.status]).toEqual([200, 'disabled']);
    expect((await me(key)).status).toBe(401);
    await gatehouse.send('PATCH', `${path}/${id}`, { headers, body: { enabled: true, name: 'again' } });
    expect((await me(key)).status).toBe(200);
    const { events } = (await gatehouse.send('GET', `${path}/${id}/events`, { headers })).body;
    const types = events.map(({ type }: { type: string }) => type).filter((type: string) => type !== 'used');
    expect(types).toEqual(['updated', 'enabled', 'disabled', 'created']);
  });

  it('changes nothing when it is asked for nothing', async () => {
    const headers = newUser();
    const { id } = (await create(headers)).body;
    const answer = await gatehouse.send('PATCH', `${path}/${id}`, { headers, body: {} });
    expect([answer.status, answer.body.name]).toEqual([200, 'CI']);
  });

  it('changes what a key may do with the next request', async () => {
    const headers = newUser();
    const { id, key } = (await create(headers, { scopes: ['files:read'] })).body;
    expect((await me(key)).body.scopes).toEqual(['files:read']);
    await gatehouse.send('PATCH', `${path}/${id}`, { headers, body: { scopes: null, role: 'read_only' } });
    expect((await me(key)).body).toMatchObject({ role: 'read_only', scopes: ['*:read'] });
  });

  it.each(['id', 'hash', 'ownerId', 'prefix', 'key', 'environment', 'kind'])(
    'rejects a change of %s',
    async (field) => {
      const headers = newUser();
      const { id } = (await create(headers)).body;
      const answer = await gatehouse.send('PATCH', `${path}/${id}`, { headers, body: { [field]: 'x' } });
      expect([answer.status, answer.body.details[0].path]).toEqual([400, field]);
    },
  );

  it('does not let a key make another, or itself, stronger', async () => {
    const self = await mintApiKey(gatehouse, { scopes: ['api-keys:write', 'files:read'] });
    const { keyId } = (await me(self)).body.source;
    const answer = await gatehouse.send('PATCH', `${path}/${keyId}`, {
      headers: withKey(self),
      body: { scopes: ['api-keys:write', '*:*'] },
    });
    expect([answer.status, answer.body.code]).toEqual([403, 'INSUFFICIENT_SCOPE']);
  });

  it('does not let a weaker key hide a stronger scope in a switch-off', async () => {
    const target = await mintApiKey(gatehouse, { scopes: ['files:read'] });
    const { keyId } = (await me(target)).body.source;
    const weak = withKey(await mintApiKey(gatehouse, { scopes: ['api-keys:write', 'files:read'] }));
    const answer = await gatehouse.send('PATCH', `${path}/${keyId}`, {
      headers: weak,
      body: { enabled: false, scopes: ['*:*'] },
    });
    expect([answer.status, answer.body.code]).toEqual([403, 'INSUFFICIENT_SCOPE']);
  });

  it('lets a weaker key switch a stronger one off, and not on again', async () => {
    const strong = await mintApiKey(gatehouse, { scopes: ['files:*', 'notes:*'] });
    const { keyId } = (await me(strong)).body.source;
    const weak = withKey(await mintApiKey(gatehouse, { scopes: ['api-keys:write'] }));
    const patch = (enabled: boolean) =>
      gatehouse.send('PATCH', `${path}/${keyId}`, { headers: weak, body: { enabled } });
    expect((await patch(false)).status).toBe(200);
    expect((await patch(true)).status).toBe(403);
  });

  it('does not let a weaker key rename a stronger one, and lets it rename one within its own rights', async () => {
    const headers = newUser();
    const write = withKey((await create(headers, { scopes: ['api-keys:write', 'files:read'] })).body.key);
    const strong = (await create(headers, { name: 'deploy', scopes: ['files:*'] })).body.id;
    const weak = (await create(headers, { name: 'backup', scopes: ['files:read'] })).body.id;
    const patch = (id: string, body: object, by: Record<string, string> = write) =>
      gatehouse.send('PATCH', `${path}/${id}`, { headers: by, body });
    for (const body of [
      { name: 'unused' },
      { metadata: { team: 'x' } },
      { enabled: false, name: 'unused' },
    ]) {
      const { status, body: answer } = await patch(strong, body);
      expect([status, answer.code, answer.details.missing]).toEqual([403, 'INSUFFICIENT_SCOPE', ['files:*']]);
      expect((await patch(weak, body)).body).toMatchObject(body);
      expect((await patch(strong, body, headers)).status).toBe(200);
    }
    expect((await patch(strong, { name: 'narrowed', scopes: ['files:read'] })).status).toBe(200);
  });
});

describe('POST /api/v1/api-keys/:id/rotate', () => {
  const settings = {
    scopes: ['files:read'],
    rateLimit: { limit: 1000, windowSeconds: 60 },
    allowedIps: ['127.0.0.1'],
    metadata: { a: 1 },
  };

  it('ends the old key at once, and keeps every setting', async () => {
    const headers = newUser();
    const old = (await create(headers, { ...settings, name: 'rotated' })).body;
    await me(old.key);
    await gatehouse.app.get(KeyUsage).flush();
    const rotated = await gatehouse.send('POST', `${path}/${old.id}/rotate`, { headers });
    expect(rotated.status).toBe(201);
    expect(rotated.headers['cache-control']).toBe('no-store');
    expect(rotated.body).toMatchObject({
      ...settings,
      name: 'rotated',
      environment: 'live',
      replacesId: old.id,
    });
    expect(rotated.body.previous).toMatchObject({
      id: old.id,
      status: 'revoked',
      lastUsedAt: expect.any(String),
    });
    expect((await me(old.key)).status).toBe(401);
    expect((await me(rotated.body.key)).status).toBe(200);
    const shown = (await gatehouse.send('GET', `${path}/${old.id}`, { headers })).body;
    expect(shown).toMatchObject({ replacedById: rotated.body.id, status: 'revoked' });
  });

  it('lets both work in the overlap, and only the new one after it', async () => {
    const other = await startGatehouse();
    const headers = other.bearer();
    const send = (key: string) => other.send('GET', '/api/v1/auth/me', { headers: withKey(key) });
    const old = (await other.send('POST', path, { headers, body: { name: 'x' } })).body;
    const rotated = (
      await other.send('POST', `${path}/${old.id}/rotate`, { headers, body: { overlapSeconds: 60 } })
    ).body;
    expect([(await send(old.key)).status, (await send(rotated.key)).status]).toEqual([200, 200]);
    other.pass(61);
    expect([(await send(old.key)).status, (await send(rotated.key)).status]).toEqual([401, 200]);
    other.pass(-86_400);
    await other.close();
  });

  it('never lets the old key outlive its own expiry', async () => {
    const headers = newUser();
    const expiresAt = soon(100);
    const old = (await create(headers, { expiresAt })).body;
    const rotated = (
      await gatehouse.send('POST', `${path}/${old.id}/rotate`, { headers, body: { overlapSeconds: 604_800 } })
    ).body;
    expect(rotated.expiresAt).toBe(expiresAt);
    expect(rotated.previous.expiresAt).toBe(expiresAt);
  });

  it.each([-1, 604_801, 0.5, '60'])('rejects an overlap of %p', async (overlapSeconds) => {
    const headers = newUser();
    const { id } = (await create(headers)).body;
    const answer = await gatehouse.send('POST', `${path}/${id}/rotate`, {
      headers,
      body: { overlapSeconds },
    });
    expect([answer.status, answer.body.details[0].path]).toEqual([400, 'overlapSeconds']);
  });

  it('rejects a key that was revoked, has expired, or was replaced', async () => {
    const headers = newUser();
    const rotate = (id: string, body?: object) =>
      gatehouse.send('POST', `${path}/${id}/rotate`, { headers, body });
    const revoked = (await create(headers)).body;
    await gatehouse.send('DELETE', `${path}/${revoked.id}`, { headers });
    expect((await rotate(revoked.id)).body.code).toBe('KEY_ENDED');
    const replaced = (await create(headers)).body;
    await rotate(replaced.id, { overlapSeconds: 60 });
    expect((await rotate(replaced.id)).body.code).toBe('KEY_ENDED');
    const expired = (await create(headers, { expiresAt: soon(1) })).body;
    gatehouse.pass(1);
    expect((await rotate(expired.id)).body.code).toBe('KEY_ENDED');
  });

  it('makes one successor when 20 requests race', async () => {
    const headers = newUser();
    const { id } = (await create(headers)).body;
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => gatehouse.send('POST', `${path}/${id}/rotate`, { headers })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.code === 'KEY_ENDED')).toHaveLength(19);
  });

  it('does not hand the secret of a stronger key to a weaker one', async () => {
    const strong = await mintApiKey(gatehouse, { scopes: ['files:*'] });
    const { keyId } = (await me(strong)).body.source;
    const weak = withKey(await mintApiKey(gatehouse, { scopes: ['api-keys:write'] }));
    const answer = await gatehouse.send('POST', `${path}/${keyId}/rotate`, { headers: weak });
    expect([answer.status, answer.body.code]).toEqual([403, 'INSUFFICIENT_SCOPE']);
    expect((await me(strong)).status).toBe(200);
  });
});

describe('DELETE /api/v1/api-keys/:id', () => {
  it('ends a key permanently and once, with the reason', async () => {
    const headers = newUser();
    const { id, key } = (await create(headers)).body;
    await me(key);
    const revoked = await gatehouse.send('DELETE', `${path}/${id}`, {
      headers,
      body: { reason: 'left the company' },
    });
    expect(revoked.body).toMatchObject({ status: 'revoked', revokeReason: 'left the company' });
    expect((await me(key)).status).toBe(401);
    const again = await gatehouse.send('DELETE', `${path}/${id}`, { headers, body: { reason: 'other' } });
    expect(again.body).toEqual({
      ...revoked.body,
      lastUsedAt: again.body.lastUsedAt,
      lastUsedIp: again.body.lastUsedIp,
      lastUsedUserAgent: again.body.lastUsedUserAgent,
    });
    const { events } = (await gatehouse.send('GET', `${path}/${id}/events`, { headers })).body;
    expect(events.filter(({ type }: { type: string }) => type === 'revoked')).toHaveLength(1);
  });

  it.each<[string, string, object]>([
    ['PATCH', '', { enabled: true }],
    ['PATCH', '', { expiresAt: '2999-01-01T00:00:00Z' }],
    ['POST', '/rotate', {}],
  ])('is final: %s %s brings nothing back', async (method, suffix, body) => {
    const headers = newUser();
    const { id, key } = (await create(headers)).body;
    await gatehouse.send('DELETE', `${path}/${id}`, { headers });
    const answer = await gatehouse.send(method, `${path}/${id}${suffix}`, { headers, body });
    expect([answer.status, answer.body.code]).toEqual([409, 'KEY_ENDED']);
    expect((await me(key)).status).toBe(401);
  });

  it('ends the tool keys that the key issued', async () => {
    const headers = newUser();
    const { id, key } = (await create(headers, { scopes: ['tool-keys:issue'] })).body;
    const tool = await issueToolKey(gatehouse, {}, withKey(key));
    const status = async () =>
      (await gatehouse.send('GET', '/api/v1/auth/me', { headers: { 'x-tool-key': tool.key } })).status;
    expect(await status()).toBe(200);
    await gatehouse.send('DELETE', `${path}/${id}`, { headers });
    expect(await status()).toBe(401);
  });

  it('leaves no key behind that a key made while it was revoked', async () => {
    for (let round = 0; round < 5; round += 1) {
      const headers = newUser();
      const maker = (await create(headers, { scopes: ['api-keys:write'] })).body;
      const making = Array.from({ length: 10 }, () => create(withKey(maker.key)));
      const revoked = await gatehouse.send('DELETE', `${path}/${maker.id}`, { headers });
      const made = (await Promise.all(making)).filter(({ status }) => status === 201);
      const { revokedAt } = revoked.body;
      expect(made.every(({ body }) => body.createdAt <= revokedAt || body.createdAt === revokedAt)).toBe(
        true,
      );
      expect((await create(withKey(maker.key))).status).toBe(401);
    }
  });
});
