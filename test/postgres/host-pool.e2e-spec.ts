import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import type { ConnectedDatabase } from '../../src/database/connected-database.js';
import { openDatabase } from '../../src/database/open-database.js';
import { gatehouseTables } from '../../src/entities.js';
import { LimitedPool } from '../../src/database/postgres/limited-pool.js';
import { CurrentServer } from '../../src/database/postgres/current-server.js';
import { Clock } from '../../src/support/clock.js';
import { Owner } from '../../src/identity/owner.entity.js';
import { anOwner, Latch, ownerIds } from '../support/database-tools.js';
import { eventually } from '../support/eventually.js';
import { hostWith, Note } from '../support/host-data-source.js';
import { type PostgresProxy, startPostgresProxy } from '../support/postgres-proxy.js';
import { createScratchDatabase, type ScratchDatabase } from '../support/scratch-database.js';

const logger = { log: jest.fn(), warn: jest.fn(), error: jest.fn() };
const unavailable = { code: 'DB_UNAVAILABLE' };

const ignored = { null: 'ignore', undefined: 'ignore' } as const;

let scratch: ScratchDatabase;
let proxy: PostgresProxy;
let host: DataSource;
let database: ConnectedDatabase;

beforeEach(async () => {
  scratch = await createScratchDatabase();
  proxy = await startPostgresProxy(scratch.url);
  // One connection: what we leave behind on it, the application finds.
  const options = {
    poolSize: 1,
    isolationLevel: 'SERIALIZABLE',
    connectTimeoutMS: 1_000,
    invalidWhereValuesBehavior: ignored,
  };
  host = await hostWith(proxy.url, gatehouseTables(), options).initialize();
  const changeFeed = { directUrl: scratch.url };
  database = await openDatabase({ dataSource: host, runMigrations: true, changeFeed, logger });
});

afterEach(async () => {
  await proxy.restore();
  await database.close();
  await host.destroy();
  await proxy.close();
  await scratch.drop();
});

const settings = async () => {
  const rows: object[] = await host.query(
    `SELECT name, setting FROM pg_settings WHERE name IN ('lock_timeout', 'statement_timeout', 'search_path',
      'idle_in_transaction_session_timeout', 'default_transaction_isolation', 'transaction_read_only') ORDER BY name`,
  );
  return rows;
};

const insert = (id: string) => database.write((manager) => manager.insert(Owner, anOwner(id)));

/** The application's work goes on on its one connection, and so does ours. */
async function expectWell(): Promise<void> {
  await eventually(async () => {
    await host.getRepository(Note).count();
    await database.ping();
  });
}

describe('on the pool of an application', () => {
  it('Gatehouse leaves nothing on its connections, whatever the outcome', async () => {
    const before = await settings();
    const runner = host.createQueryRunner();
    const client = (await runner.connect()) as Client;
    await runner.release();
    await insert('a');
    await expect(insert('a')).rejects.toThrow('pk_owners');
    await database.read((manager) => manager.find(Owner));
    await expect(database.read((manager) => manager.query('SELECT nothing'))).rejects.toThrow('nothing');
    await expect(database.read((manager) => manager.insert(Owner, anOwner('b')))).rejects.toThrow(
      'Database.read was used to write',
    );
    await expect(database.write(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    expect(await settings()).toEqual(before);
    expect(Object.hasOwn(client, 'query')).toBe(false);
    expect(await ownerIds(database)).toEqual(['a']);
  });

  it('the heartbeat of the change feed is not in the log of the application, and its own queries are', async () => {
    const logQuery = jest.fn<(query: string) => void>();
    Object.assign(host, { logger: { ...host.logger, logQuery, log: jest.fn() } });
    const { mock } = logQuery;
    await sleep(2_500);
    expect(mock.calls).toEqual([]);
    expect(database.changeFeedState()).toMatchObject({ connected: true, lagSeconds: expect.any(Number) });
    await database.ping();
    await ownerIds(database);
    expect(mock.calls.map(([query]) => query.split(' ')[0])).toEqual(
      expect.arrayContaining(['START', 'SELECT']),
    );
  });

  it('a statement of the change feed that fails is rejected as any other', async () => {
    const pool = new LimitedPool(host, new CurrentServer(new Clock()));
    await expect(pool.query('SELECT nothing')).rejects.toMatchObject({ name: 'QueryFailedError' });
    expect(await pool.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await expectWell();
  });

  it('a condition without a value finds nothing, whatever the application does with its own', async () => {
    await insert('a');
    const findAll = (id?: string | null) =>
      database.read((manager) => manager.findBy(Owner, { id: id as string }));
    await expect(findAll(undefined)).rejects.toThrow('undefined');
    await expect(findAll(null)).rejects.toThrow('null');
    const remove = database.write((manager) => manager.delete(Owner, { id: undefined }));
    await expect(remove).rejects.toThrow();
    expect(await host.getRepository(Owner).findBy({ id: undefined })).toHaveLength(1);
  });

  it('the transactions of Gatehouse keep their settings, whatever those of the application are', async () => {
    const level = () => database.write((manager) => manager.query('SHOW transaction_isolation'));
    expect(await level()).toEqual([{ transaction_isolation: 'read committed' }]);
  });

  it('a statement, and a wait for a lock, are limited', async () => {
    const other = new Client({ connectionString: scratch.url });
    await other.connect();
    await other.query('BEGIN; LOCK TABLE owners IN ACCESS EXCLUSIVE MODE');
    await expect(insert('a')).rejects.toMatchObject(unavailable);
    await expect(ownerIds(database)).rejects.toMatchObject(unavailable);
    await other.query('ROLLBACK');
    await expect(database.read((manager) => manager.query('SELECT pg_sleep(60)'))).rejects.toMatchObject(
      unavailable,
    );
    // The server gave it up, and not only we.
    const { rows } = await other.query(
      `SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%'`,
    );
    expect(rows).toEqual([]);
    await other.end();
    await insert('a');
    expect(await ownerIds(database)).toEqual(['a']);
  });

  it('a server that is read-only makes Gatehouse take another connection, and a read that writes does not', async () => {
    const backend = async () => {
      const [{ pid }] = await database.read((manager) => manager.query('SELECT pg_backend_pid() AS pid'));
      return pid as number;
    };
    const before = await backend();
    await expect(database.read((manager) => manager.insert(Owner, anOwner('a')))).rejects.toThrow('to write');
    expect(await backend()).toBe(before);
    const write = database.write(async (manager) => {
      await manager.query('SET TRANSACTION READ ONLY');
      await manager.insert(Owner, anOwner('a'));
    });
    await expect(write).rejects.toMatchObject(unavailable);
    expect(await backend()).not.toBe(before);
  });

  it('a transaction that is open too long is aborted, and stores nothing', async () => {
    const slow = new Latch();
    const work = database.write(
      async (manager) => {
        await manager.insert(Owner, anOwner('a'));
        await slow.opened;
      },
      { limitMs: 100 },
    );
    await expect(work).rejects.toMatchObject(unavailable);
    slow.open();
    expect(await ownerIds(database)).toEqual([]);
  });

  it('a wait for a connection ends with an error, and takes no connection', async () => {
    const holder = host.createQueryRunner();
    await holder.connect();
    await expect(insert('a')).rejects.toMatchObject(unavailable);
    await holder.release();
    await expectWell();
    expect(await ownerIds(database)).toEqual([]);
  });

  it.each<[string, () => unknown]>([
    ['is cut', () => proxy.cut()],
    ['no longer answers', () => proxy.hang()],
    ['answers nonsense', () => proxy.lie(Buffer.from('nonsense'))],
  ])('a connection that %s is a fault, and is replaced', async (_, goBad) => {
    await insert('a');
    await goBad();
    await expect(insert('b')).rejects.toMatchObject(unavailable);
    await expect(ownerIds(database)).rejects.toMatchObject(unavailable);
    await expect(database.ping()).rejects.toMatchObject(unavailable);
    await proxy.restore();
    await expectWell();
    expect(await ownerIds(database)).toEqual(['a']);
  });

  it('no receipt waits for this process when the application has closed its data source first', async () => {
    const waitedFor = () => host.query('SELECT name FROM replicas');
    expect(await waitedFor()).toHaveLength(1);
    await host.destroy();
    await database.close();
    await host.initialize();
    expect(await waitedFor()).toEqual([]);
  });

  it('running work is a fault when the application closes its data source, and Gatehouse can still be closed', async () => {
    const started = new Latch();
    const work = database.write(async (manager) => {
      await manager.insert(Owner, anOwner('a'));
      started.open();
      await manager.query('SELECT pg_sleep(1)');
    });
    await started.opened;
    await Promise.all([expect(work).rejects.toMatchObject(unavailable), host.destroy()]);
    await expect(insert('b')).rejects.toMatchObject(unavailable);
    await database.close();
    await host.initialize();
    expect(await host.getRepository(Owner).count()).toBe(0);
  });
});
