import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { sendTo, verdictOf } from './support/process-http.js';
import { createSite, type Site } from './support/process-site.js';
import { asPostgresAdmin } from './support/scratch-database.js';

declare const databaseKind: 'sqlite' | 'postgres';

const me = '/api/v1/auth/me';
let site: Site;

beforeEach(async () => {
  site = await createSite();
});
afterEach(() => site.remove());

async function expectToServe(): Promise<void> {
  const server = await site.start();
  const headers = { 'x-api-key': await site.adminKey() };
  expect(await verdictOf(sendTo(server, 'GET', me, { headers }))).toBe('200');
  expect(await verdictOf(sendTo(server, 'GET', '/health/ready'))).toBe('200');
  expect((await server.stop()).code).toBe(0);
}

it('five servers that start at once on an empty database all start, and one of them migrates', async () => {
  const servers = await Promise.all(Array.from({ length: 5 }, () => site.start()));
  const logs = servers.map(({ stdout }) => stdout);
  expect(logs.filter((log) => log.includes('Migrated'))).toHaveLength(1);
  expect(logs.filter((log) => log.includes('Admin key: made, and written'))).toHaveLength(1);
  const headers = { 'x-api-key': await site.adminKey() };
  for (const server of servers) {
    expect(await verdictOf(sendTo(server, 'GET', '/health/ready'))).toBe('200');
    expect(await verdictOf(sendTo(server, 'GET', me, { headers }))).toBe('200');
    expect(await verdictOf(sendTo(server, 'GET', me, { headers: site.bearer() }))).toBe('200');
  }
});

if (databaseKind === 'postgres') {
  it('a server that is killed in the middle of migrating leaves nothing half done, and the next start finishes', async () => {
    const name = new URL(site.databaseUrl).pathname.slice(1);
    // Asked from outside: within a transaction the answer would stay the same.
    const backends = async (condition: string) =>
      (await asPostgresAdmin(`SELECT pid FROM pg_stat_activity WHERE datname = '${name}' AND ${condition}`))
        .length;
    const other = new Client({ connectionString: site.databaseUrl });
    await other.connect();
    try {
      const tables = `SELECT COUNT(*)::int AS count FROM pg_tables WHERE schemaname = 'public'`;
      // The migration has made tables before this one, and waits here to see whether ours is there for good.
      await other.query('BEGIN; CREATE TABLE audit_events (id int)');
      const started = site.start().catch((error: unknown) => String(error));
      while ((await backends(`wait_event_type = 'Lock'`)) === 0) await sleep(50);
      site.killStarting();
      expect(await started).toContain('The server did not start');
      await other.query('ROLLBACK');
      // The server's end of the connection finds out only now that the other one is gone.
      while ((await backends('TRUE')) > 1) await sleep(50);
      expect((await other.query<{ count: number }>(tables)).rows).toEqual([{ count: 0 }]);
    } finally {
      await other.end();
    }
    await expectToServe();
  });
}

if (databaseKind === 'sqlite') {
  it('a server that is killed around its migrations leaves a file with which the next start finishes', async () => {
    const log = join(site.folder, 'data', 'gatehouse.db-wal');
    for (const delay of [0, 2, 5, 10, 20]) {
      const started = site.start().catch((error: unknown) => String(error));
      while (!existsSync(log)) await sleep(1);
      await sleep(delay);
      site.killStarting();
      await started;
    }
    await expectToServe();
  });
}
