import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v5 } from 'uuid';
import { Database } from '../src/database/database.js';
import { User } from '../src/identity/user.entity.js';
import { SigningKeyWatch } from '../src/issuer/signing-key-watch.js';
import { newSigningKeyPem } from '../src/issuer/signing-key-file.js';
import { type Gatehouse, startGatehouse } from './support/gatehouse.js';
import type { Json } from './support/json.js';
import { KeysProcess, spawnKeys } from './support/keys-cli.js';

declare const databaseKind: 'sqlite' | 'postgres';

let gatehouse: Gatehouse;
let cli: KeysProcess;

beforeAll(async () => {
  gatehouse = await startGatehouse();
  cli = KeysProcess.beside(gatehouse);
});

afterAll(async () => {
  cli.end();
  await gatehouse.close();
});

const keys = (...args: string[]) => cli.run(args);

/** The one JSON document that the command printed. */
async function keysJson<T = Record<string, string>>(args: string[], env = {}): Promise<T> {
  const { code, stdout, stderr } = await cli.run([...args, '--json'], env);
  if (code !== 0) throw new Error(`keys ${args[0]} ended with ${code}: ${stderr}${stdout}`);
  return JSON.parse(stdout) as T;
}

const statusWith = async (headers: Record<string, string>) =>
  (await gatehouse.send('GET', '/api/v1/auth/me', { headers })).status;
const statusOf = (key: string) => statusWith({ 'x-api-key': key });

/** Waits until the running server answers with this status. Its clock stands still, so only a change event causes that. */
async function becomes(key: string, status: number): Promise<void> {
  while ((await statusOf(key)) !== status) await sleep(20);
}

/** Creates a key over HTTP, which is faster than a process. */
async function aKey(
  name: string,
  settings: object = {},
): Promise<{ id: string; key: string; prefix: string }> {
  const headers = { 'x-api-key': gatehouse.adminKey };
  const { status, body } = await gatehouse.send('POST', '/api/v1/api-keys', {
    headers,
    body: { name, ...settings },
  });
  if (status !== 201) throw new Error(`Not made: ${status}`);
  return body;
}

async function file(name: string, text: string): Promise<string> {
  const path = join(gatehouse.configuration.dataDir, name);
  await writeFile(path, text);
  return path;
}

const digest = (key: string, encoding: 'hex' | 'base64' | 'base64url' = 'hex') =>
  createHash('sha256').update(key).digest(encoding);

/** Does not depend on the database, so it runs on one kind only. */
const isOnce = databaseKind === 'sqlite';
const [describeOnce, itOnce] = [isOnce ? describe : describe.skip, isOnce ? it : it.skip];

describe('a key on the command line', () => {
  it('is created: printed once, valid, and recorded as an action of the system', async () => {
    const settings = ['--scopes', 'files:read', '--rate-limit', '100/60', '--allowed-ips', '127.0.0.0/8'];
    const made = await keysJson(['create', '--name', 'made', ...settings]);
    await becomes(made.key ?? '', 200);
    const shown = await keys('show', 'made');
    expect(shown.stdout).toContain(made.prefix);
    expect(shown.stdout + shown.stderr).not.toContain(made.key);
    const headers = { 'x-api-key': gatehouse.adminKey };
    const { body } = await gatehouse.send('GET', `/api/v1/api-keys/${made.id}/events`, { headers });
    expect(body.events.at(-1)).toMatchObject({ type: 'created', actor: { type: 'system', chain: [] } });
  });

  it('is disabled and enabled by another process, also in the running server', async () => {
    const { key, prefix } = await aKey('switched');
    await becomes(key, 200);
    const disabled = await spawnKeys(gatehouse, 'disable', prefix, '--json');
    expect(disabled).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(disabled.stdout)).toMatchObject({ name: 'switched', status: 'disabled' });
    await becomes(key, 401);
    await keysJson(['enable', 'switched']);
    await becomes(key, 200);
  });

  it('is revoked by id, prefix or name, also in the running server', async () => {
    for (const by of ['id', 'prefix', 'name'] as const) {
      const name = `revoked by ${by}`;
      const made = { name, ...(await aKey(name)) };
      await becomes(made.key, 200);
      const ended = await keysJson(['revoke', made[by], '--reason', 'leaked']);
      expect(ended).toMatchObject({ id: made.id, status: 'revoked', revokeReason: 'leaked' });
      await becomes(made.key, 401);
    }
  });

  it('is replaced by a new key with rotate', async () => {
    const old = await aKey('rotated', { role: 'read_only' });
    const made = await keysJson(['rotate', 'rotated']);
    expect(made).toMatchObject({ name: 'rotated', role: 'read_only', replacesId: old.id });
    await becomes(made.key ?? '', 200);
    await becomes(old.key, 401);
    expect((await keysJson(['show', 'rotated'])).id).toBe(made.id);
  });

  it('shows its usage, and is narrowed', async () => {
    const { id, key } = await aKey('wide', { role: 'write_agent' });
    expect(await keysJson(['usage', id, '--bucket', 'day'])).toMatchObject({ bucket: 'day', total: {} });
    const early = await keys('narrow', 'wide');
    expect([early.code, early.stderr]).toEqual([1, expect.stringContaining('Name the scopes to leave it.')]);
    const narrowed = await keysJson(['narrow', 'wide', '--scopes', 'files:read, mail:read']);
    expect(narrowed).toMatchObject({ id, role: null, scopes: ['files:read', 'mail:read'] });
    await becomes(key, 200);
  });

  itOnce(
    'is listed in a table or as one JSON object per line, without the whole key or its hash',
    async () => {
      const table = await keys('list');
      const { stdout } = await keys('list', '--json', '--status', 'revoked');
      const listed = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, string>);
      expect(listed.every(({ status }) => status === 'revoked')).toBe(true);
      expect(listed.length).toBeGreaterThan(2);
      expect(table.stdout).toContain('made');
      expect(table.stdout + stdout).not.toMatch(/mk_live_\w{20}|[0-9a-f]{64}/);
      const narrowed = await keys('list', '--json', '--expires-before', '2000-01-01T00:00:00Z');
      expect(narrowed).toMatchObject({ code: 0, stdout: '' });
      const unused = await keys('list', '--json', '--unused-since', '2100-01-01T00:00:00Z');
      expect(unused.stdout).toContain('"name":"made"');
    },
  );
});

describeOnce('a command that fails', () => {
  it('exits with 1 for an unknown key, and does not repeat the reference', async () => {
    const { code, stdout, stderr } = await spawnKeys(gatehouse, 'revoke', 'mk_live_secretsecret');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).not.toContain('secret');
  });

  it('exits with 1 and lists the keys if several have the name', async () => {
    const made = [await aKey('duplicate'), await aKey('duplicate')];
    const { code, stderr } = await keys('revoke', 'duplicate');
    expect(code).toBe(1);
    for (const { id } of made) expect(stderr).toContain(id);
    for (const { key } of made) expect(await statusOf(key)).toBe(200);
  });

  it('exits with 2 for wrong usage', async () => {
    const bad = [
      ['bogus'],
      ['create'],
      ['create', '--name', 'x', '--scopes', 'nonsense'],
      ['create', '--name', 'x', '--expires-at', 'tomorrow'],
      ['create', '--name', 'x', '--rate-limit', '0/60'],
      ['create', '--name', 'x', '--role', 'root'],
      ['import', 'file', '--format', 'other'],
      ['list', '--unused-since', '90'],
    ];
    for (const args of bad) expect([args, (await keys(...args)).code]).toEqual([args, 2]);
    const spawned = await spawnKeys(gatehouse, 'bogus');
    expect(spawned).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('bogus') });
  });

  it('rejects an expiry in the past and an unknown owner', async () => {
    const past = await keys('create', '--name', 'x', '--expires-at', '2020-01-01T00:00:00Z');
    const owner = '01890000-0000-7000-8000-000000000000';
    const unknown = await keys('create', '--name', 'x', '--owner', owner);
    expect([past.code, unknown.code]).toEqual([2, 2]);
  });
});

describe('sign-out', () => {
  const aUser = async (email: string) => {
    const headers = gatehouse.bearer(email);
    const { body } = await gatehouse.send('GET', '/api/v1/auth/me', { headers });
    return { headers, userId: body.userId as string };
  };
  const becomesOf = async (headers: Record<string, string>, status: number) => {
    while ((await statusWith(headers)) !== status) await sleep(20);
  };
  const store = (change: (user: User) => Partial<User>, id: string) =>
    gatehouse.app.get(Database).write(async (manager) => {
      const user = await manager.findOneByOrFail(User, { id });
      await manager.insert(User, { ...user, ...change(user) });
    });

  it('ends the tokens of a user by id, e-mail or login, also in the running server', async () => {
    const other = await aUser('other@example.com');
    for (const by of ['id', 'email', 'login'] as const) {
      const email = `signed-out-by-${by}@example.com`;
      const { headers, userId } = await aUser(email);
      const { issuer, subject } = await gatehouse.app
        .get(Database)
        .read((manager) => manager.findOneByOrFail(User, { id: userId }));
      const user = {
        id: [userId.toUpperCase()],
        email: [email],
        login: ['--issuer', issuer, '--subject', subject],
      };
      const signedOut = await keysJson(['sign-out', ...user[by]]);
      expect(signedOut).toMatchObject({
        userId,
        email,
        issuer,
        subject,
        tokensValidFrom: expect.any(String),
      });
      await becomesOf(headers, 401);
    }
    expect(await statusWith(other.headers)).toBe(200);
  });

  it('rejects an unknown user, several with one e-mail, and half a login', async () => {
    const { userId } = await aUser('twice@example.com');
    const another = { id: v5('another', userId), subject: 'another' };
    await store(() => another, userId);
    const ambiguous = await keys('sign-out', 'twice@example.com');
    expect([ambiguous.code, ambiguous.stderr]).toEqual([1, expect.stringContaining(userId)]);
    expect(ambiguous.stderr).toContain(another.id);
    expect(await keys('sign-out', 'nobody@example.com')).toMatchObject({ code: 1 });
    for (const args of [
      [],
      ['--issuer', 'x'],
      ['--subject', 'x'],
      ['a@b.c', '--issuer', 'x', '--subject', 'y'],
    ])
      expect(await keys('sign-out', ...args)).toMatchObject({ code: 2, stdout: '' });
    expect(await statusWith(gatehouse.bearer('twice@example.com'))).toBe(200);
  });

  it('ends the tokens of all users of an issuer, which must be known', async () => {
    const { headers, userId } = await aUser('of-issuer@example.com');
    expect(await keys('sign-out-issuer', 'https://misspelled.example.com')).toMatchObject({ code: 1 });
    expect(await statusWith(headers)).toBe(200);
    const { issuer } = await gatehouse.app
      .get(Database)
      .read((manager) => manager.findOneByOrFail(User, { id: userId }));
    expect(await keysJson(['sign-out-issuer', issuer])).toMatchObject({ issuer });
    await becomesOf(headers, 401);
    gatehouse.pass(60);
    expect(await statusWith(gatehouse.bearer('of-issuer@example.com'))).toBe(200);
  });
});

describe('users', () => {
  const loggedIn = async (email: string) => {
    const headers = gatehouse.bearer(email);
    const { body } = await gatehouse.send('GET', '/api/v1/auth/me', { headers });
    return { headers, id: body.userId as string };
  };
  const untilStatus = async (headers: Record<string, string>, status: number) => {
    while ((await statusWith(headers)) !== status) await sleep(20);
  };

  it('lists those whose e-mail begins so, escapes control characters, and shows one', async () => {
    const { id } = await loggedIn('grace-one@example.com');
    const other = await loggedIn('grace-two@example.com');
    await gatehouse.app
      .get(Database)
      .write((manager) => manager.update(User, { id: other.id }, { email: 'grace\u001b[2J@example.com' }));
    const listed = await keys('users', 'list', '--search', 'GRACE');
    expect([listed.code, listed.stderr]).toEqual([0, '']);
    expect(listed.stdout).toMatch(
      /^ID[^\n]*\n[^\n]*grace\\u001b\[2J@example.com  active[^\n]*\n[^\n]*grace-one@/,
    );
    expect(listed.stdout).not.toContain('\u001b');
    const only = await keysJson(['users', 'list', '--search', 'grace-one@', '--status', 'active']);
    expect(only).toMatchObject({ id, email: 'grace-one@example.com', status: 'active' });
    expect((await keys('users', 'list', '--search', 'grace-one@', '--status', 'erased')).stdout).toMatch(
      /^ID.*\n$/,
    );
    expect(await keysJson(['users', 'show', 'grace-one@example.com'])).toMatchObject({
      id,
      apiKeys: 0,
      toolKeys: 0,
    });
  });

  it('disables, enables, ends the keys of and erases a user, which a running server sees', async () => {
    const { headers, id } = await loggedIn('leaver@example.com');
    const { key } = (await gatehouse.send('POST', '/api/v1/auth/api-keys', { headers })).body;
    expect(await keysJson(['users', 'disable', 'leaver@example.com'])).toMatchObject({
      id,
      status: 'disabled',
    });
    await untilStatus(headers, 401);
    expect(await keysJson(['users', 'enable', id])).toMatchObject({ id, status: 'active' });
    await untilStatus(headers, 200);
    const ended = await keysJson(['users', 'end-keys', id, '--reason', 'left']);
    expect(ended).toEqual({ userId: id, apiKeys: 1, toolKeys: 0 });
    await becomes(key, 401);
    expect(await keys('users', 'erase', 'leaver@example.com')).toMatchObject({ code: 2, stdout: '' });
    expect(await keysJson(['users', 'erase', id.toUpperCase()])).toMatchObject({
      id,
      email: null,
      status: 'erased',
    });
    await untilStatus(headers, 401);
    const enabled = await keys('users', 'enable', id);
    expect([enabled.code, enabled.stderr]).toEqual([1, expect.stringContaining('cannot be undone')]);
    const { body } = await gatehouse.send('GET', `/api/v1/admin/audit-events?subjectId=${id}`, {
      headers: { 'x-api-key': gatehouse.adminKey },
    });
    // The clocks of the server and of the commands differ here, and with them the order.
    const events = body.events.map(({ type, actor }: Json) => `${type} by ${actor.type}`);
    const bySystem = ['disabled', 'disabled', 'enabled', 'erased'].map((type) => `${type} by system`);
    expect(events.toSorted()).toEqual(['created by jwt', ...bySystem]);
  });

  it('exits with 1 for an unknown user, and with 2 for a wrong call', async () => {
    for (const command of ['show', 'disable', 'enable', 'end-keys'])
      expect(await keys('users', command, 'nobody@example.com')).toMatchObject({ code: 1, stdout: '' });
    expect(await keys('users', 'erase', '00000000-0000-0000-0000-000000000000')).toMatchObject({ code: 1 });
    for (const args of [
      ['disable'],
      ['erase'],
      ['show', 'a', 'b'],
      ['list', '--status', 'gone'],
      ['list', '--search', ''],
      ['end-keys', 'a', '--reason', ''],
      ['remove', 'a'],
    ])
      expect(await keys('users', ...args)).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('create --user', () => {
  it('creates an access key that acts as the user', async () => {
    const ada = gatehouse.bearer('of-cli@example.com');
    const { userId, ownerId } = (await gatehouse.send('GET', '/api/v1/auth/me', { headers: ada })).body;
    const options = ['--name', 'laptop', '--scopes', 'files:read'];
    for (const user of [userId, 'of-cli@example.com']) {
      const made = await keysJson(['create', '--user', user, ...options]);
      expect(made).toMatchObject({
        kind: 'access',
        userId,
        ownerId,
        scopes: ['files:read'],
        createdBy: null,
      });
      await becomes(made.key as string, 200);
    }
    const codes = [];
    for (const rejected of [
      ['nobody@example.com', ...options],
      [userId, '--name', 'laptop'],
      [userId, ...options, '--role', 'admin'],
    ])
      codes.push((await keys('create', '--user', ...rejected)).code);
    expect(codes).toEqual([1, 2, 2]);
  });

  it('finds the user by its e-mail in any case', async () => {
    await gatehouse.send('GET', '/api/v1/auth/me', { headers: gatehouse.bearer('Upper@Example.com') });
    const options = ['--name', 'laptop', '--scopes', 'files:read'];
    const { userId } = await keysJson(['create', '--user', 'uPPer@example.com', ...options]);
    expect((await keysJson(['users', 'show', 'upper@example.COM'])).id).toBe(userId);
    expect(await keys('users', 'show', 'pper@example.com')).toMatchObject({ code: 1, stdout: '' });
  });

  it('creates no key that would be rejected, and says why', async () => {
    const meOf = async (email: string) =>
      (await gatehouse.send('GET', '/api/v1/auth/me', { headers: gatehouse.bearer(email) })).body;
    const { userId } = await meOf('weak@example.com');
    const { ownerId } = await meOf('other@example.com');
    const scopes = ['--name', 'laptop', '--scopes'];
    const rejections: [string[], string][] = [
      [[...scopes, 'files:read,admin:read'], '--scopes: people do not hold admin:read'],
      [[...scopes, 'trust-rules:write,admin:*'], '--scopes: people do not hold trust-rules:write, admin:*'],
      [[...scopes, 'files:read', '--owner', ownerId], '--owner: The user is not a member of this owner.'],
      [
        [...scopes, 'files:read', '--expires-at', '2020-01-01T00:00:00Z'],
        '--expires-at: must be in the future',
      ],
      [['--name', 'laptop'], '--scopes: is missing'],
      [['--scopes', 'files:read'], '--name: is missing'],
    ];
    for (const [options, message] of rejections)
      expect(await keys('create', '--user', userId, ...options)).toEqual({
        code: 2,
        stdout: '',
        stderr: `${message}\nSee: npm run -s keys -- --help\n`,
      });
    await keysJson(['create', '--user', userId, ...scopes, 'members:manage,api-keys:write']);
    await keysJson(['users', 'disable', userId]);
    const disabled = await keys('create', '--user', userId, ...scopes, 'files:read');
    expect([disabled.code, disabled.stdout, disabled.stderr.split('\n')[0]]).toEqual([
      2,
      '',
      '--user: The user or the owner is disabled, or does not exist.',
    ]);
  });
});

describe('import', () => {
  interface Report {
    readonly stored: boolean;
    readonly imported: number;
    readonly alreadyThere: number;
    readonly bad: number;
    readonly lines: { readonly id?: string }[];
  }

  it('imports keys that work unchanged, in X-API-Key and as Bearer', async () => {
    const path = await file('good.txt', `${digest('old-key-1')},one\n${digest('old-key-2', 'base64')}\n`);
    const report = await keysJson<Report>(['import', '--format', 'hashes', path]);
    expect(report).toMatchObject({ stored: true, imported: 2, bad: 0 });
    await becomes('old-key-1', 200);
    expect(await statusWith({ authorization: 'Bearer old-key-2' })).toBe(200);
    const headers = { 'x-api-key': gatehouse.adminKey };
    const events = await gatehouse.send('GET', `/api/v1/api-keys/${report.lines[0]?.id}/events`, { headers });
    expect(events.body.events.at(-1)).toMatchObject({ type: 'imported', actor: { type: 'system' } });
  });

  it('can be repeated', async () => {
    const path = await file('again.txt', `${digest('old-key-1')}\n${digest('old-key-3')}\n`);
    const report = await keysJson<Report>(['import', '--format', 'hashes', path]);
    expect(report).toMatchObject({ imported: 1, alreadyThere: 1 });
  });

  it('stores nothing if one line is bad, and names the line', async () => {
    const path = await file('bad.txt', `${digest('bad-1')}\nplain-text-key\n${digest('bad-3')}\n`);
    const { code, stdout, stderr } = await keys('import', '--format', 'hashes', path);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^2: {2}bad/m);
    expect(stdout + stderr).not.toContain('plain-text-key');
    expect(await statusOf('bad-1')).toBe(401);
  });

  itOnce('stores nothing in a dry run', async () => {
    const path = await file('dry.txt', `${digest('dry-1')}\n`);
    const report = await keysJson<Report>(['import', '--format', 'hashes', path, '--dry-run']);
    expect(report).toMatchObject({ stored: false, imported: 0, bad: 0 });
    expect(await statusOf('dry-1')).toBe(401);
  });

  it('creates one owner for each owner of the other system', async () => {
    const key = (text: string, ownerId: string) => ({
      hash: digest(text, 'base64'),
      name: `key of ${ownerId}`,
      ownerId,
    });
    const path = await file(
      'unkey.json',
      JSON.stringify([key('u1', 'acme'), key('u2', 'acme'), key('u3', 'bell')]),
    );
    await keysJson(['import', '--format', 'unkey', path]);
    await becomes('u1', 200);
    const owners = await Promise.all(
      ['u1', 'u2', 'u3'].map(
        async (key) =>
          (await gatehouse.send('GET', '/api/v1/auth/me', { headers: { 'x-api-key': key } })).body.ownerId,
      ),
    );
    expect(owners[0]).toBe(owners[1]);
    expect(owners[2]).not.toBe(owners[0]);
  });

  const makima = (users: string[]) =>
    ['id,user_id,key_hash,key_prefix,name,last_used_at,created_at,revoked_at']
      .concat(
        users.map(
          (user, n) => `${n},${user},${digest(`mk-${user}-${n}`)},mk,daemon,,2024-01-31 12:00:00+00,`,
        ),
      )
      .join('\n');
  const ada = '5b1f0f5e-0f0f-4f0f-8f0f-0123456789ab';

  const unkeyOf = (ownerId: string) =>
    JSON.stringify(
      ['laptop-1', 'laptop-2'].map((text) => ({ hash: digest(text, 'base64'), name: 'laptop', ownerId })),
    );

  itOnce.each([
    ['without scopes', []],
    ['with a role', ['--scopes', 'a:b', '--role', 'read_only']],
    ['with a scope that no person holds', ['--scopes', 'admin:*']],
    ['of an issuer that is not configured', ['--scopes', 'a:b']],
  ])('imports no access keys %s', async (_, options) => {
    const path = await file('people.json', unkeyOf(ada));
    const issuer = ['--access-keys-of', 'https://elsewhere.example.com'];
    expect((await keys('import', '--format', 'unkey', path, ...issuer, ...options)).code).toBe(2);
  });

  itOnce('rejects personal keys without an issuer that identifies their users', async () => {
    const path = await file('makima.csv', makima([ada]));
    expect((await keys('import', '--format', 'makima', path)).code).toBe(2);
  });

  it('imports the personal keys of Makima’s users, at most one active each', async () => {
    const { dataDir } = gatehouse.configuration;
    const SUPABASE_URL = 'https://project.supabase.co';
    await writeFile(join(dataDir, '.env'), `SUPABASE_URL=${SUPABASE_URL}\n`);
    const good = await file('makima.csv', makima([ada]));
    const two = await file('makima-two.csv', makima([ada.replace('5b', '6b'), ada.replace('5b', '6b')]));
    const rejected = await spawnKeys(gatehouse, 'import', '--format', 'makima', two);
    expect(rejected).toMatchObject({ code: 1, stderr: expect.stringContaining('3:  bad') });
    await keysJson(['import', '--format', 'makima', good], { SUPABASE_URL });
    await becomes(`mk-${ada}-0`, 200);
    const headers = { 'x-api-key': `mk-${ada}-0` };
    const { userId, source } = (await gatehouse.send('GET', '/api/v1/auth/me', { headers })).body;
    expect(userId).toBe(ada);

    const asAccessKeys = ['--access-keys-of', `${SUPABASE_URL}/auth/v1`, '--scopes', 'notes:read'];
    await keysJson(
      ['import', '--format', 'unkey', await file('access.json', unkeyOf(ada)), ...asAccessKeys],
      {
        SUPABASE_URL,
      },
    );
    await becomes('laptop-1', 200);
    const laptop = (await gatehouse.send('GET', '/api/v1/auth/me', { headers: { 'x-api-key': 'laptop-1' } }))
      .body;
    expect(laptop).toMatchObject({ userId: ada, scopes: ['notes:read'], source: { bounded: true } });

    // An import does not lift a restriction by an admin.
    const admin = { 'x-api-key': gatehouse.adminKey };
    const path = `/api/v1/admin/api-keys/${source.keyId}`;
    await gatehouse.send('PATCH', path, { headers: admin, body: { enabled: false } });
    await gatehouse.send('DELETE', path, { headers: admin });
    const again = await file(
      'makima-again.csv',
      makima([ada]).replace(digest(`mk-${ada}-0`), digest('other')),
    );
    const kept = await spawnKeys(gatehouse, 'import', '--format', 'makima', again);
    expect(kept).toMatchObject({ code: 1, stderr: expect.stringContaining('restricted') });
  });
});

describe('the output', () => {
  // A right-to-left override, an ANSI sequence with its C1 introducer, a mark, a line separator.
  const nasty = 'a\u202eb\u2066\u200f\u061c\u2028c';
  const [escaped, unfit] = ['a\\u202eb\\u2066\\u200f\\u061c\\u2028c', /[^\P{C}\n]|[\u2028\u2029]/u];

  it('escapes control characters in the name of a key, in tables, results, JSON and errors', async () => {
    const { id, prefix } = await aKey(nasty);
    await aKey(nasty);
    const outputs = [
      await keys('list'),
      await keys('list', '--json'),
      await keys('show', id),
      await keys('show', prefix, '--json'),
      await keys('show', nasty),
    ];
    for (const { stdout, stderr } of outputs) {
      expect(stdout + stderr).toContain(escaped);
      expect(stdout + stderr).not.toMatch(unfit);
    }
    expect(JSON.parse(outputs[3]?.stdout ?? '')).toMatchObject({ name: nasty });
  });

  itOnce('escapes control characters in options and files', async () => {
    const rows = [
      { hash: digest('n1', 'base64'), name: nasty },
      { hash: digest('n2', 'base64'), name: 'x', '\u001b[31mred\nline': 1 },
      { hash: digest('n3', 'base64'), name: 'a\u009b31mred\u001b]0;title\u0007' },
    ];
    const path = await file('nasty.json', JSON.stringify(rows));
    for (const args of [
      ['import', '--format', 'unkey', path, '--dry-run'],
      ['import', '--format', 'unkey', path, '--dry-run', '--json'],
      ['list', '--\u001b[31m'],
      ['show', '\u001b[31m'],
      ['import', '--format', 'unkey', '\u001b[31m\u202e'],
    ]) {
      const { stdout, stderr } = await keys(...args);
      expect(stdout + stderr).not.toBe('');
      expect(stdout + stderr).not.toMatch(unfit);
    }
  });
});

describe('rotate-signing-key', () => {
  const eventsOf = async (kid: string) => {
    const headers = { 'x-api-key': gatehouse.adminKey };
    const path = `/api/v1/admin/audit-events?subjectId=${v5(kid, v5.URL)}`;
    const { body } = await gatehouse.send('GET', path, { headers });
    return body.events.map(({ type, actor, subject }: Record<string, { type: string }>) =>
      [type, actor?.type, subject?.type].join(' '),
    );
  };
  const published = async () =>
    (await gatehouse.send('GET', '/.well-known/jwks.json')).body.keys.map(({ kid }: { kid: string }) => kid);

  it('is recorded once, as are the first key and one put there by hand', async () => {
    const [first] = await published();
    const look = () => gatehouse.app.get(SigningKeyWatch, { strict: false }).run();
    await look();
    await file('signing-key.pem', newSigningKeyPem());
    await look();
    await look();
    const [second] = await published();
    expect(second).not.toBe(first);
    const { kid } = await keysJson<{ kid: string }>(['rotate-signing-key', '--lead-seconds', '0']);
    await look();
    await look();
    expect(await published()).toContain(kid);
    expect(await eventsOf(first)).toEqual(['created system signing_key']);
    expect(await eventsOf(second)).toEqual(['rotated system signing_key']);
    expect(await eventsOf(kid)).toEqual(['rotated system signing_key']);
  });

  it('is recorded as an action of the system, with the new key and no private part', async () => {
    const { kid } = await keysJson(['rotate-signing-key', '--overlap-seconds', '3600']);
    const path = `/api/v1/admin/audit-events?subjectId=${v5(kid ?? '', v5.URL)}`;
    const { body } = await gatehouse.send('GET', path, { headers: { 'x-api-key': gatehouse.adminKey } });
    expect(body.events).toHaveLength(1);
    expect(body.events[0]).toMatchObject({
      type: 'rotated',
      subject: { type: 'signing_key', id: expect.any(String) },
      actor: { type: 'system' },
      details: { kid, leadSeconds: 600, overlapSeconds: 3600 },
    });
    expect(JSON.stringify(body.events[0])).not.toMatch(/PRIVATE|BEGIN/);
  });

  it('leaves no event if it fails', async () => {
    const count = async () =>
      (
        await gatehouse.send('GET', '/api/v1/admin/audit-events?type=rotated', {
          headers: { 'x-api-key': gatehouse.adminKey },
        })
      ).body.events.length as number;
    const before = await count();
    const { code, stderr } = await keys('rotate-signing-key');
    expect([code, stderr]).toEqual([1, expect.stringContaining('the key of the last rotation signs from')]);
    expect(await count()).toBe(before);
  });
});
