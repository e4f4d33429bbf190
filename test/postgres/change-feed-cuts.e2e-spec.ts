import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Client, Pool } from 'pg';
import { ApiKeysModule } from '../../src/api-keys/api-keys.module.js';
import { AuthModule } from '../../src/auth/auth.module.js';
import { Clock } from '../../src/support/clock.js';
import { CurrentServer } from '../../src/database/postgres/current-server.js';
import { ChangeFeed } from '../../src/database/postgres/change-feed.js';
import { FeedConnection } from '../../src/database/postgres/feed-connection.js';
import type { Run } from '../../src/database/postgres/replicas.js';
import { Database } from '../../src/database/database.js';
import { DatabaseModule } from '../../src/database/database.module.js';
import { openDatabase } from '../../src/database/open-database.js';
import { ApiKeyStore } from '../../src/key-store/api-key.store.js';
import { MemoryApiKeyStore } from '../../src/key-store/memory-api-key.store.js';
import { BuiltinIssuer } from '../../src/issuer/builtin-issuer.js';
import { TableNames } from '../../src/database/tables/table-names.js';
import { gatehouseEntities } from '../../src/entities.js';
import { Latch } from '../support/database-tools.js';
import { eventually } from '../support/eventually.js';
import { createPersonalKey, type Gatehouse, issueToolKey } from '../support/gatehouse.js';
import { ownClockModule } from '../support/own-clock-module.js';
import { type PostgresProxy, startPostgresProxy } from '../support/postgres-proxy.js';
import { createScratchDatabase, type ScratchDatabase } from '../support/scratch-database.js';
import { TestClock } from '../support/test-clock.js';
import { startTwoReplicas, statusOf, type TwoReplicas } from '../support/two-replicas.js';

const notHeard = expect.stringContaining('The change feed is not connected');

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(20);
}

describe('the change feed on an unreliable connection', () => {
  let database: ScratchDatabase;
  let proxy: PostgresProxy;
  let pool: Pool;
  let run: Run;
  let feed: ChangeFeed;
  let lines: string[];
  let server: CurrentServer;

  beforeAll(async () => {
    database = await createScratchDatabase();
    await (await openDatabase({ url: database.url, entities: gatehouseEntities, changeFeed: false })).close();
  });

  beforeEach(async () => {
    proxy = await startPostgresProxy(database.url);
    pool = new Pool({ connectionString: database.url, max: 2 });
    run = async (sql, parameters) => (await pool.query(sql, parameters)).rows;
    lines = [];
    server = new CurrentServer(new Clock());
    const note = (line: string) => void lines.push(line);
    feed = new ChangeFeed({
      connection: { connectionString: proxy.url },
      names: new TableNames(),
      replicaName: 'one',
      server,
      maxConnectionSeconds: 60,
      run: (sql, parameters) => run(sql, parameters),
      logger: { log: note, warn: note, error: note },
      clock: new Clock(),
    });
  });

  afterEach(async () => {
    await feed.stop();
    await proxy.close();
    await pool.end();
  });

  afterAll(() => database.drop());

  it('logs its loss and its return once each, and leaves nothing behind', async () => {
    await feed.start();
    expect([feed.connected, lines, proxy.connections()]).toEqual([true, [], 1]);
    for (const goBad of [() => proxy.cut(), () => proxy.lie(Buffer.from('nonsense')), () => proxy.hang()]) {
      lines.length = 0;
      await goBad();
      await until(() => !feed.connected);
      const { syncedAt } = feed;
      await sleep(700);
      expect([lines, feed.syncedAt]).toEqual([[notHeard], syncedAt]);
      await proxy.restore();
      await until(() => feed.connected);
      expect(lines).toEqual([notHeard, 'The change feed is connected again']);
      expect(feed.syncedAt).toBeGreaterThan(syncedAt);
    }
    await until(() => proxy.connections() === 1);
    await feed.stop();
    await until(() => proxy.connections() === 0);
    // The server notices a moment later.
    await eventually(async () => {
      const { rows } = await pool.query(
        `SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'gatehouse change feed'`,
      );
      expect(rows).toEqual([{ count: 0 }]);
    });
  });

  it('connects only where the pool reads, and has the connections of the pool replaced until then', async () => {
    const query = async () => ({ rows: [{ isStandby: false, identity: 'elsewhere' }] });
    const elsewhere = { query } as unknown as Client;
    expect([await server.admits(elsewhere), await server.admits(elsewhere)]).toEqual([true, true]);
    await feed.start();
    expect([feed.connected, lines]).toEqual([false, [expect.stringContaining('another server')]]);
    expect(await server.admits(elsewhere)).toBe(false);
    const moved = await pool.connect();
    await server.admits(moved as unknown as Client);
    moved.release();
    await until(() => feed.connected);
    expect(await server.admits(elsewhere)).toBe(false);
    const { syncedAt } = feed;
    // A new connection of the pool that leads elsewhere ends the feed's at once.
    await server.admits({ query } as unknown as Client);
    expect(feed.connected).toBe(false);
    expect(feed.syncedAt).toBe(syncedAt);
  });

  it('starts without a server that answers, and stops at once meanwhile', async () => {
    proxy.hang();
    const start = performance.now();
    await feed.start();
    // The system would try for minutes.
    expect(performance.now() - start).toBeLessThan(20_000);
    await until(() => proxy.connections() > 0);
    expect([feed.connected, lines]).toEqual([false, [notHeard]]);
    const stopping = performance.now();
    await feed.stop();
    // No process is waited for longer than 2 s.
    expect(performance.now() - stopping).toBeLessThan(1_900);
    await until(() => proxy.connections() === 0);
  });

  it('leaves no connection behind that opens while it stops', async () => {
    await proxy.cut();
    await feed.start();
    const [asked, answer] = [new Latch(), new Latch()];
    const original = run;
    run = async (sql, parameters) => {
      const rows = await original(sql, parameters);
      if (String(parameters?.[1]).startsWith('echo')) {
        asked.open();
        await answer.opened;
      }
      return rows as never;
    };
    await proxy.restore();
    await asked.opened;
    const stopped = feed.stop();
    answer.open();
    await stopped;
    await until(() => proxy.connections() === 0);
    expect(feed.connected).toBe(false);
  });

  it('does not trust a connection to another database than the pool writes to', async () => {
    const other = await createScratchDatabase();
    const otherPool = new Pool({ connectionString: other.url, max: 1 });
    await feed.start();
    const switchedAt = performance.now();
    run = async (sql, parameters) => (await otherPool.query(sql, parameters)).rows;
    await until(() => !feed.connected);
    expect(feed.syncedAt).toBeLessThan(switchedAt + 100);
    expect(lines).toEqual([notHeard]);
    await feed.stop();
    await otherPool.end();
    await other.drop();
  });

  it('stays synced while the pool is busy', async () => {
    await feed.start();
    const { syncedAt } = feed;
    run = () => new Promise(() => undefined);
    await until(() => feed.syncedAt > syncedAt + 3_000);
    expect([feed.connected, feed.reconnects, lines]).toEqual([true, 0, []]);
  });
});

describe('two replicas with faults', () => {
  let first: Gatehouse;
  let second: Gatehouse;
  let proxy: PostgresProxy;
  let sql: Client;

  let replicas: TwoReplicas;

  beforeAll(async () => {
    replicas = await startTwoReplicas();
    ({ first, second, proxy, sql } = replicas);
  });

  afterAll(() => replicas.close());

  const revoke = async (email: string) => {
    const headers = first.bearer(email);
    return (await first.send('DELETE', '/api/v1/auth/api-keys?wait=true', { headers })).body.replicas;
  };
  const stateOf = ({ app }: Gatehouse) => app.get(Database).changeFeedState();
  const id = '0192f8a0-0000-7000-8000-000000000000';

  it.each([
    ['a channel that cannot be', `confirm? ${id} ${'x'.repeat(100)}`],
    ['no channel', `confirm? ${id}`],
    ['a channel in quotes', `confirm? ${id} ";DROP`],
    ['an answer that is too long', `confirm? ${'x'.repeat(7_953)} ${id}`],
    ['an answer to nothing', `confirmed ${id} ${id}`],
    ['no change', 'changed'],
    ['a change of nothing', 'changed api_keys'],
    ['a table that is none', 'emptied __proto__'],
    ['nothing', ''],
    ['anything', '{"confirm?": "ü\u0001"}'],
  ])('is not disturbed by a notification of %s', async (_what, payload) => {
    const before = [stateOf(first)?.reconnects, stateOf(second)?.reconnects];
    await sql.query(`SELECT pg_notify('gatehouse_changes', $1)`, [payload]);
    await sleep(50);
    await createPersonalKey(first, 'hostile@example.com');
    expect(await revoke('hostile@example.com')).toEqual({ live: 2, confirmed: 2, missing: [] });
    expect([stateOf(first)?.reconnects, stateOf(second)?.reconnects]).toEqual(before);
  });

  it('answers only as many of a flood of questions as it can without counting as hung', async () => {
    const query = FeedConnection.prototype.query;
    const [running, most] = [new Map<FeedConnection, number>(), { atOnce: 0 }];
    const count = (connection: FeedConnection, more: number) => {
      running.set(connection, (running.get(connection) ?? 0) + more);
      most.atOnce = Math.max(most.atOnce, running.get(connection) ?? 0);
    };
    jest.spyOn(FeedConnection.prototype, 'query').mockImplementation(function (
      this: FeedConnection,
      ...asked
    ) {
      count(this, 1);
      return query.apply(this, asked).finally(() => count(this, -1));
    });
    await sql.query(
      `SELECT pg_notify('gatehouse_changes', concat_ws(' ', 'confirm?', gen_random_uuid(), gen_random_uuid()))
       FROM generate_series(1, 20000)`,
    );
    await until(() => most.atOnce > 100);
    const areHeard = () => stateOf(first)?.connected === true && stateOf(second)?.connected === true;
    await until(() => areHeard() && [...running.values()].every((one) => one <= 1));
    jest.restoreAllMocks();
    // A beat may be under way, too.
    expect(most.atOnce).toBeLessThanOrEqual(502);
    await createPersonalKey(first, 'flood@example.com');
    expect(await revoke('flood@example.com')).toEqual({ live: 2, confirmed: 2, missing: [] });
  });

  it('caches the rejection of a tool key for at most 5 s, as it may become valid again', async () => {
    const email = 'back@example.com';
    const { id: keyId, key } = await createPersonalKey(first, email);
    const [orphan, late] = [
      await issueToolKey(first, { taskId: 'orphan' }, { 'x-api-key': key }),
      await issueToolKey(first, { taskId: 'late', heartbeatSeconds: 5 }, { 'x-api-key': key }),
    ];
    await sql.query('CREATE TABLE kept AS SELECT * FROM api_keys WHERE id = $1', [keyId]);
    await sql.query('UPDATE tool_keys SET ends_at = 1 WHERE id = $1', [late.id]);
    await sql.query('DELETE FROM api_keys WHERE id = $1', [keyId]);
    for (const tool of [orphan, late])
      await until(async () => (await statusOf(second, { 'x-tool-key': tool.key })) === 401);
    await sql.query('INSERT INTO api_keys SELECT * FROM kept; DROP TABLE kept');
    await sql.query('UPDATE tool_keys SET ends_at = expires_at WHERE id = $1', [late.id]);
    second.pass(5);
    for (const tool of [orphan, late])
      await until(async () => (await statusOf(second, { 'x-tool-key': tool.key })) === 200);
  });

  it('accepts nothing from the cache of a replica without heartbeats, once receipts do not wait for it', async () => {
    const email = 'silent@example.com';
    const { key } = await createPersonalKey(first, email);
    const holder = new Client({ connectionString: first.configuration.databaseUrl });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE replicas IN SHARE MODE');
    await proxy.cut();
    let receipt;
    try {
      // By the clock of the database, and by its own.
      await sleep(8_300);
      second.pass(8.3);
      expect(await statusOf(second, { 'x-api-key': key })).toBe(200);
      receipt = await revoke(email);
      expect(await statusOf(second, { 'x-api-key': key })).toBe(401);
    } finally {
      await holder.query('ROLLBACK');
      await holder.end();
      await proxy.restore();
    }
    expect(receipt).toEqual({ live: 1, confirmed: 1, missing: [] });
    await until(() => stateOf(second)?.connected === true);
  });
});

describe('API keys in a store of the application’s own', () => {
  it('are cached for at most 5 s, and no receipt says that other processes have invalidated them', async () => {
    const clock = new TestClock();
    const database = await createScratchDatabase();
    const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
    const issuer = BuiltinIssuer.open(dataDir);
    const root = {
      module: class HostModule {},
      imports: [
        ownClockModule(clock),
        DatabaseModule.forRoot({ url: database.url, entities: gatehouseEntities }),
        AuthModule.forRoot({ issuers: [issuer.options], apiKeyStore: MemoryApiKeyStore }),
        ApiKeysModule,
      ],
    };
    const app = await NestFactory.create(root, new FastifyAdapter(), { logger: false });
    await app.listen(0, '127.0.0.1');
    const url = `${await app.getUrl()}/api/v1/auth/api-keys`;
    const headers = { authorization: `Bearer ${issuer.tokenFor('ada@example.com', 600, clock.now())}` };
    const create = async () => (await (await fetch(url, { method: 'POST', headers })).json()) as never;
    const { id, key } = (await create()) as { id: string; key: string };
    const isRejected = async () => (await fetch(url, { headers: { 'x-api-key': key } })).status === 401;
    expect(await isRejected()).toBe(false);
    // As another process would: without a notification.
    await app.get(ApiKeyStore).change((keys) => keys.update(id, { revokedAt: new Date() }));
    clock.pass(4.999);
    expect(await isRejected()).toBe(false);
    clock.pass(0.001);
    expect(await isRejected()).toBe(true);
    await create();
    const { replicas } = (await (await fetch(`${url}?wait=true`, { method: 'DELETE', headers })).json()) as {
      replicas: object;
    };
    expect(replicas).toEqual({ live: null, confirmed: 1, missing: [] });
    await app.close();
    await database.drop();
    await rm(dataDir, { recursive: true });
  });
});
