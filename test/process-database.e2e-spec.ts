import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sendTo, verdictOf } from './support/process-http.js';
import { createSite, type Site } from './support/process-site.js';
import { asPostgresAdmin } from './support/scratch-database.js';
import type { GatehouseProcess } from './support/spawn-gatehouse.js';

declare const databaseKind: 'sqlite' | 'postgres';

const me = '/api/v1/auth/me';
let site: Site;

beforeEach(async () => {
  site = await createSite();
});
afterEach(() => site.remove());

describe('an unusable database stops the start with one clear line:', () => {
  async function expectOneLine(env: Record<string, string>, line: string | RegExp): Promise<void> {
    const { code, stdout, stderr } = await site.run(env);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^.+\n$/);
    expect(stderr.trimEnd()).toEqual(expect.stringMatching(line));
    expect(stderr).not.toContain('S3cret');
  }

  if (databaseKind === 'sqlite') {
    it('a folder in place of the file', async () => {
      await mkdir(join(site.folder, 'data', 'gatehouse.db'), { recursive: true });
      await expectOneLine(
        {},
        /^Cannot use the database \S+\/data\/gatehouse\.db: this is a folder, not a file$/,
      );
    });

    it('a file in place of the folder', async () => {
      await writeFile(join(site.folder, 'data'), 'a file');
      await expectOneLine(
        {},
        /^Gatehouse cannot start: ENOTDIR: not a directory, .*'data\/signing-key\.pem'$/,
      );
      await expectOneLine({ BUILTIN_ISSUER: 'false' }, /^Cannot use the database \S+\/data\/gatehouse\.db: /);
    });

    it('a file that holds something else, which is not changed', async () => {
      await writeFile(join(site.folder, 'notes.txt'), 'These are notes and not a database.'.repeat(50));
      await expectOneLine(
        { DATABASE_URL: 'sqlite:notes.txt' },
        /^Cannot use the database \S+\/notes\.txt: the file is not a SQLite database$/,
      );
    });

    it('a place where no file can be created', async () => {
      await expectOneLine(
        { DATABASE_URL: '/proc/gatehouse.db' },
        /^Cannot use the database \/proc\/gatehouse\.db: /,
      );
    });
  }

  if (databaseKind === 'postgres') {
    const urlWith = (change: (url: URL) => void) => {
      const url = new URL(site.databaseUrl);
      url.password = 'S3cret';
      change(url);
      return { DATABASE_URL: url.href };
    };

    it('a missing server', async () => {
      const nowhere = urlWith((url) => (url.port = '1'));
      await expectOneLine(
        nowhere,
        /^Cannot use the database \S+:1\/\S+: connection refused; is the server running\?$/,
      );
    });

    it('a missing database', async () => {
      const missing = urlWith((url) => {
        url.pathname = '/gatehouse_nowhere';
        url.password = new URL(site.databaseUrl).password;
      });
      await expectOneLine(
        missing,
        /^Cannot use the database \S+\/gatehouse_nowhere: there is no database of this name/,
      );
    });

    it('a user whom the server rejects', async () => {
      const stranger = urlWith((url) => (url.username = 'gatehouse_stranger'));
      await expectOneLine(stranger, /^Cannot use the database \S+: the server refused this user/);
    });

    it('a missing host', async () => {
      const nowhere = urlWith((url) => (url.hostname = 'gatehouse.invalid'));
      await expectOneLine(nowhere, /^Cannot use the database gatehouse\.invalid:\d+\/\S+: the host name /);
    });
  }
});

describe('a database that is lost while the service runs', () => {
  let server: GatehouseProcess;

  beforeEach(async () => {
    server = await site.start();
  });

  async function expectReadyAgain(): Promise<void> {
    while ((await sendTo(server, 'GET', '/health/ready')).status !== 200) await sleep(50);
  }

  if (databaseKind === 'postgres') {
    const allowConnections = async (allowed: boolean) => {
      const name = new URL(site.databaseUrl).pathname.slice(1);
      await asPostgresAdmin(`ALTER DATABASE ${name} ALLOW_CONNECTIONS ${allowed}`);
      if (allowed) return;
      await asPostgresAdmin(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
      );
    };

    it('answers 503 DB_UNAVAILABLE and never 401, stays alive, and recovers without a restart', async () => {
      const ada = site.bearer();
      const { body: made } = await sendTo(server, 'POST', '/api/v1/auth/api-keys', { headers: ada });
      await allowConnections(false);

      const ready = await sendTo(server, 'GET', '/health/ready');
      expect([ready.status, ready.body.code]).toEqual([503, 'DB_UNAVAILABLE']);
      expect(Number(ready.headers['retry-after'])).toBeGreaterThan(0);
      expect(await verdictOf(sendTo(server, 'GET', '/health/live'))).toBe('200');
      const notDecidable = [
        { 'x-api-key': 'imported-and-not-yet-seen' },
        { 'x-api-key': made.key },
        { authorization: 'Bearer imported-and-not-yet-seen' },
        site.bearer('somebody-new@example.com'),
      ];
      for (const headers of notDecidable) {
        const answer = await sendTo(server, 'GET', me, { headers });
        expect([answer.status, answer.body.code]).toEqual([503, 'DB_UNAVAILABLE']);
        expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      }
      // This one is rejected for its shape, which needs no database.
      const malformed = sendTo(server, 'GET', me, { headers: { 'x-api-key': 'mk_live_short' } });
      expect(await verdictOf(malformed)).toBe('401 INVALID_API_KEY');

      await allowConnections(true);
      await expectReadyAgain();
      const own = sendTo(server, 'GET', me, { headers: { 'x-api-key': made.key } });
      expect(await verdictOf(own)).toBe('200');
      expect((await server.stop()).code).toBe(0);
    });
  }

  if (databaseKind === 'sqlite') {
    it('makes it not ready but leaves it alive, until the file is back', async () => {
      const file = join(site.folder, 'data', 'gatehouse.db');
      await rename(file, `${file}.away`);
      const ready = await sendTo(server, 'GET', '/health/ready');
      expect([ready.status, ready.body.code]).toEqual([503, 'DB_UNAVAILABLE']);
      expect(Number(ready.headers['retry-after'])).toBeGreaterThan(0);
      expect(await verdictOf(sendTo(server, 'GET', '/health/live'))).toBe('200');
      await rename(`${file}.away`, file);
      await expectReadyAgain();
    });
  }
});
