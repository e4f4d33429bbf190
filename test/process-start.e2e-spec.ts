import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiKey } from '../src/key-store/api-key.entity.js';
import { open } from './support/database-tools.js';
import { sendTo, verdictOf } from './support/process-http.js';
import { createSite, type Site } from './support/process-site.js';
import type { GatehouseProcess } from './support/spawn-gatehouse.js';

const me = '/api/v1/auth/me';
const keys = '/api/v1/auth/api-keys';
let site: Site;
let server: GatehouseProcess;

beforeAll(async () => {
  site = await createSite();
  server = await site.start();
});
afterAll(() => site.remove());

describe('the first start', () => {
  it('migrates, and says in a few lines how to use the service', () => {
    const lines = server.stdout.trimEnd().split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d LOG {3}Migrated \S+: Initial\d+(, \w+)*$/),
      expect.stringMatching(/^\S+ LOG {3}Listening on http:\/\/127\.0\.0\.1:\d+$/),
      expect.stringMatching(/^\S+ LOG {3}Swagger UI: http:\/\/127\.0\.0\.1:\d+\/docs$/),
      expect.stringMatching(/^\S+ LOG {3}Console: http:\/\/127\.0\.0\.1:\d+\/console$/),
      expect.stringMatching(/^\S+ LOG {3}Admin key: made, and written to data\/admin-key$/),
      expect.stringMatching(/^\S+ LOG {3}User token: npm run -s token -- --email ada@example\.com$/),
      expect.stringMatching(
        /^\S+ LOG {3}Try first: curl -H "X-API-Key: \$\(cat data\/admin-key\)" http:\S+\/auth\/me$/,
      ),
    ]);
    expect(server.stderr).toBe('');
  });

  it('makes an admin key that works', async () => {
    const answer = await sendTo(server, 'GET', me, { headers: { 'x-api-key': await site.adminKey() } });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ role: 'admin', userId: null, source: { type: 'api_key' } });
  });

  it('keeps what it made from other users of the machine, and leaves no drafts about', async () => {
    expect(await site.modeOf('data')).toBe('700');
    const files = await readdir(join(site.folder, 'data'));
    const ofSqlite = ['gatehouse.db', 'gatehouse.db-shm', 'gatehouse.db-wal'];
    const expected = [
      'admin-key',
      ...(site.databaseUrl.startsWith('sqlite') ? ofSqlite : []),
      'signing-key.pem',
    ];
    expect(files.sort()).toEqual(expected);
    for (const file of files) expect([file, await site.modeOf(`data/${file}`)]).toEqual([file, '600']);
  });

  it('logs no key', async () => {
    const log = server.stdout + server.stderr;
    expect(log).not.toContain(await site.adminKey());
    expect(log).not.toContain('BEGIN');
  });
});

describe('a later start', () => {
  it('keeps everything: the admin key, people, their keys and their tokens', async () => {
    const admin = { 'x-api-key': await site.adminKey() };
    const ada = site.bearer();
    const whoBefore = await sendTo(server, 'GET', me, { headers: ada });
    const made = await sendTo(server, 'POST', keys, { headers: ada });
    const platformBefore = await sendTo(server, 'GET', me, { headers: admin });
    expect([whoBefore.status, made.status, platformBefore.status]).toEqual([200, 201, 200]);
    expect((await server.stop()).code).toBe(0);

    server = await site.start();
    expect(server.stdout).toContain('Admin key: in data/admin-key');
    expect(server.stdout).not.toContain('Migrated');
    expect((await sendTo(server, 'GET', me, { headers: ada })).body).toEqual(whoBefore.body);
    const platform = await sendTo(server, 'GET', me, { headers: { 'x-api-key': await site.adminKey() } });
    expect(platform.body).toEqual(platformBefore.body);
    const own = await sendTo(server, 'GET', me, { headers: { 'x-api-key': made.body.key } });
    expect(own.body).toMatchObject({ userId: whoBefore.body.userId, ownerId: whoBefore.body.ownerId });
  });

  it('makes no second admin key, not even when the file of the first was moved away', async () => {
    await server.stop();
    await rename(join(site.folder, 'data', 'admin-key'), join(site.folder, 'kept'));
    server = await site.start();
    expect(server.stdout).toContain('Admin key: made by an earlier start');
    expect(await site.modeOf('data/admin-key')).toBeUndefined();
    const kept = { 'x-api-key': (await readFile(join(site.folder, 'kept'), 'utf8')).trim() };
    expect(await verdictOf(sendTo(server, 'GET', me, { headers: kept }))).toBe('200');
    const database = await open(site.databaseUrl);
    expect(await database.read((manager) => manager.countBy(ApiKey, { role: 'admin' }))).toBe(1);
    await database.close();
  });
});

describe('a port that is in use', () => {
  it('stops the start with one clear line', async () => {
    const { port } = new URL(server.url);
    const { code, stderr } = await site.run({
      PORT: port,
      DATA_DIR: 'other',
      BUILTIN_ISSUER: 'false',
    });
    expect(code).toBe(1);
    expect(stderr).toBe(
      `Gatehouse cannot start: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`,
    );
  });
});

describe('npm run token', () => {
  it('prints a token and nothing else, which a running server accepts', async () => {
    const { code, stdout, stderr } = await site.run({}, 'cli/token.js', '--email', 'grace@example.com');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const headers = { authorization: `Bearer ${stdout.trim()}` };
    const answer = await sendTo(server, 'GET', me, { headers });
    expect(answer.body).toMatchObject({ email: 'grace@example.com', source: { type: 'jwt' } });
  });
});

describe('in production', () => {
  it('the built-in issuer is off: its tokens meet 503 AUTH_NOT_CONFIGURED, and no key pair is made or published', async () => {
    const ada = site.bearer();
    const production = await createSite({ NODE_ENV: 'production' });
    try {
      const server = await production.start();
      expect(await verdictOf(sendTo(server, 'GET', me, { headers: ada }))).toBe('503 AUTH_NOT_CONFIGURED');
      expect(await verdictOf(sendTo(server, 'GET', '/.well-known/jwks.json'))).toBe('404 NOT_FOUND');
      expect(await production.modeOf('data/signing-key.pem')).toBeUndefined();
      const admin = { 'x-api-key': await production.adminKey() };
      expect(await verdictOf(sendTo(server, 'GET', me, { headers: admin }))).toBe('200');
    } finally {
      await production.remove();
    }
  });

  it('each line of the log is JSON, and the built-in issuer can be switched on', async () => {
    const production = await createSite({ NODE_ENV: 'production', BUILTIN_ISSUER: 'true' });
    try {
      const server = await production.start();
      expect(await verdictOf(sendTo(server, 'GET', me, { headers: production.bearer() }))).toBe('200');
      const { stdout } = await server.stop();
      const lines = stdout.trimEnd().split('\n');
      expect(lines.map((line) => JSON.parse(line).level)).toEqual(lines.map(() => 'log'));
    } finally {
      await production.remove();
    }
  });
});
