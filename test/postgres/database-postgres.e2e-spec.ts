import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { EntityManager } from 'typeorm';
import type { ConnectedDatabase } from '../../src/database/connected-database.js';
import { openDatabase } from '../../src/database/open-database.js';
import { Owner } from '../../src/identity/owner.entity.js';
import { gatehouseEntities } from '../../src/entities.js';
import { anOwner, Latch, open, ownerIds } from '../support/database-tools.js';
import { eventually } from '../support/eventually.js';
import { type PostgresProxy, startPostgresProxy } from '../support/postgres-proxy.js';
import { asPostgresAdmin, createScratchDatabase, type ScratchDatabase } from '../support/scratch-database.js';

/** What happens when a service starts with the tests' own URL, changed. */
function start(change: (url: URL) => void): Promise<unknown> {
  const url = new URL(process.env.TEST_DATABASE_ADMIN_URL ?? '');
  change(url);
  return open(url.href).catch((error: unknown) => error);
}

/** One message of a server: its type, and its body after the length. */
function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

const rejection = (sqlState: string) =>
  message('E', Buffer.from(`SFATAL\0VFATAL\0C${sqlState}\0Mno\0\0`, 'latin1'));

const nonsense: [string, Buffer][] = [
  ['a login of an unknown type', message('R', Buffer.from([0, 0, 0, 99]))],
  ['a login of no type', Buffer.from([0x52, 0, 0, 0, 0])],
  ['a torn login', message('R', Buffer.from([0, 0]))],
  ['an unknown kind of SASL', message('R', Buffer.from('\0\0\0\nFOO\0\0', 'latin1'))],
  ['SASL from its middle', message('R', Buffer.from('\0\0\0\x0br=x', 'latin1'))],
  ['a request for a missing password', message('R', Buffer.from([0, 0, 0, 3]))],
  ['the end of a query that was not sent', message('C', Buffer.from('SELECT 1\0'))],
  ['a torn row', message('D', Buffer.from([0, 9]))],
  ['an unknown message', message('!', Buffer.from('?'))],
  ['the answer of a web server', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
];

const rejections: [string, Buffer][] = [
  ['a pooler that does not know a parameter', rejection('08P01')],
  ['a rejection for lack of rights', rejection('42501')],
  ['a rejection for a bad setting', rejection('22023')],
];

describe('on PostgreSQL', () => {
  const logger = { log: jest.fn(), warn: jest.fn(), error: jest.fn() };
  const unavailable = {
    code: 'DB_UNAVAILABLE',
    cause: expect.objectContaining({ message: expect.not.stringMatching(/^$|is unavailable/) }),
  };
  let scratch: ScratchDatabase;
  let proxy: PostgresProxy;
  let database: ConnectedDatabase;

  beforeEach(async () => {
    scratch = await createScratchDatabase();
    proxy = await startPostgresProxy(scratch.url);
    database = await openDatabase({ url: proxy.url, entities: gatehouseEntities, logger });
    await insert('before');
  });

  afterEach(async () => {
    await proxy.restore();
    await database.close();
    await proxy.close();
    await scratch.drop();
  });

  const insert = (id: string) => database.write((manager) => manager.insert(Owner, anOwner(id)));
  const terminateAll = () => {
    const name = new URL(scratch.url).pathname.slice(1);
    return asPostgresAdmin(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
    );
  };

  const update = (first: string, second: string, [mine, other]: [Latch, Latch]) =>
    database.write(async (manager) => {
      await manager.update(Owner, { id: first }, { name: first });
      mine.open();
      await other.opened;
      await manager.update(Owner, { id: second }, { name: first });
    });

  /** The system would wait for minutes. */
  async function expectUnavailable(withinMs = 20_000): Promise<void> {
    const start = performance.now();
    await Promise.all([
      expect(database.ping()).rejects.toMatchObject(unavailable),
      expect(ownerIds(database)).rejects.toMatchObject(unavailable),
      expect(insert('lost')).rejects.toMatchObject(unavailable),
    ]);
    expect(performance.now() - start).toBeLessThan(withinMs);
  }

  async function expectHealed(): Promise<void> {
    await database.ping();
    await insert('after');
    expect(await ownerIds(database)).toEqual(['after', 'before']);
  }

  it('answers DB_UNAVAILABLE at once while the server is down, and recovers', async () => {
    await proxy.cut();
    // Less than what it waits for an answer.
    await expectUnavailable(2_900);
    await proxy.restore();
    await expectHealed();
  });

  it('answers DB_UNAVAILABLE soon while the network drops everything, and recovers', async () => {
    await Promise.all([ownerIds(database), ownerIds(database), database.ping()]);
    proxy.hang();
    await expectUnavailable();
    await proxy.restore();
    await expectHealed();
  });

  it.each([...nonsense, ...rejections])('survives, as the answer to a login, %s', async (_, lie) => {
    await proxy.cut();
    await proxy.restore();
    proxy.lie(lie);
    await expectUnavailable();
    await proxy.restore();
    await expectHealed();
  });

  it.each(nonsense)('survives, as the answer to a query, %s', async (_, lie) => {
    await Promise.all([ownerIds(database), ownerIds(database), database.ping()]);
    proxy.lie(lie);
    await expectUnavailable();
    await proxy.restore();
    await expectHealed();
  });

  it('fails the start with one line for any answer', async () => {
    for (const [, lie] of [...nonsense, ...rejections]) {
      proxy.lie(lie);
      const error = await start((url) => (url.host = new URL(proxy.url).host));
      expect(error).toMatchObject({ name: 'DatabaseStartError' });
      expect(String(error)).toMatch(/^[^\n]*Cannot use the database [^\n]*: [^\n]+$/);
    }
  });

  it('fails the start in one line when TLS fails', async () => {
    proxy.lie(Buffer.from('S'));
    const error = await start((url) =>
      Object.assign(url, { host: new URL(proxy.url).host, search: '?sslmode=require' }),
    );
    expect(error).toMatchObject({ name: 'DatabaseStartError' });
  });

  it('closes the socket of a login that failed', async () => {
    await proxy.cut();
    await proxy.restore();
    proxy.lie(rejection('53300'));
    await expectUnavailable(2_900);
    while (proxy.connections() > 0) await sleep(5);
  });

  it('answers DB_UNAVAILABLE when it lacks a privilege', async () => {
    const write = database.write(async (manager) => {
      await manager.query('SET LOCAL ROLE pg_monitor');
      await manager.count(Owner);
    });
    await expect(write).rejects.toMatchObject(unavailable);
    await expectHealed();
  });

  it('does not treat a mistake in a query as a fault of the server', async () => {
    const read = (sql: string, parameters?: unknown[]) =>
      database.read((manager) => manager.query(sql, parameters));
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    await expect(read('SELECT * FROM nowhere')).rejects.toMatchObject({ name: 'QueryFailedError' });
    await expect(read('SELECT $1::int', ['x'])).rejects.toMatchObject({ name: 'QueryFailedError' });
    await expect(read('SELECT $1::text', [circular])).rejects.toMatchObject({ name: 'QueryFailedError' });
    await expectHealed();
  });

  it('survives the end of idle connections', async () => {
    logger.warn.mockClear();
    await terminateAll();
    // The change feed warns of its own connection, too.
    while (!logger.warn.mock.calls.flat().join().includes('Lost a connection')) await sleep(5);
    await expectHealed();
  });

  const backend = async (of: ConnectedDatabase) => {
    const [{ pid }] = await of.read((manager) => manager.query('SELECT pg_backend_pid() AS pid'));
    return pid as number;
  };

  it('replaces a connection that is old, and keeps others', async () => {
    const options = { url: scratch.url, entities: gatehouseEntities, logger, changeFeed: false } as const;
    const [young, kept] = [
      await openDatabase({ ...options, maxConnectionSeconds: 1 }),
      await openDatabase(options),
    ];
    const before = [await backend(young), await backend(kept)];
    await eventually(async () => expect(await backend(young)).not.toBe(before[0]));
    expect(await backend(kept)).toBe(before[1]);
    await young.close();
    await kept.close();
  });

  it('replaces its connections after the answer of a server that is read-only', async () => {
    const options = { url: scratch.url, entities: gatehouseEntities, logger, changeFeed: false } as const;
    const other = await openDatabase(options);
    const before = await backend(other);
    const write = other.write(async (manager) => {
      await manager.query('SET TRANSACTION READ ONLY');
      await manager.insert(Owner, anOwner('lost'));
    });
    await expect(write).rejects.toMatchObject(unavailable);
    expect(await backend(other)).not.toBe(before);
    await other.close();
  });

  it('stores nothing of a transaction whose connection is lost between two queries', async () => {
    const write = database.write(async (manager) => {
      await manager.insert(Owner, anOwner('lost'));
      await terminateAll();
      await sleep(50);
      await manager.insert(Owner, anOwner('lost-too'));
    });
    await expect(write).rejects.toMatchObject(unavailable);
    await expectHealed();
  });

  it('stores nothing when a failed query was ignored, and says so', async () => {
    const write = database.write(async (manager) => {
      await manager.insert(Owner, anOwner('ignored'));
      await manager.insert(Owner, anOwner('before')).catch(() => undefined);
    });
    await expect(write).rejects.toThrow('nothing was stored');
    await expectHealed();
  });

  it('ends a slow statement, and a wait for a lock', async () => {
    const slow = database.read((manager) => manager.query('SELECT pg_sleep(10)'));
    const slowEnds = expect(slow).rejects.toMatchObject(unavailable);
    const [locked, finish] = [new Latch(), new Latch()];
    const lock = (manager: EntityManager) => database.lock(manager, Owner, 'before');
    const holder = database.write(async (manager) => {
      await lock(manager);
      locked.open();
      await finish.opened;
    });
    await locked.opened;
    await expect(database.write(lock)).rejects.toMatchObject(unavailable);
    finish.open();
    await Promise.all([holder, slowEnds]);
    await expectHealed();
  });

  it('answers DB_UNAVAILABLE to an owner whose connections are taken for too long, and not to others', async () => {
    const finish = new Latch();
    const holders = Array.from({ length: 3 }, () => database.write(() => finish.opened, { owner: 'greedy' }));
    const late = database.write(() => finish.opened, { owner: 'greedy' });
    await expect(late).rejects.toMatchObject(unavailable);
    await database.ping();
    await database.read(async (manager) => manager.query('SELECT 1'), { owner: 'other' });
    finish.open();
    await Promise.all(holders);
    await expectHealed();
  });

  it('calls a deadlock DB_UNAVAILABLE and leaves one of the two', async () => {
    await insert('other');
    const [a, b] = [new Latch(), new Latch()];
    const outcomes = await Promise.allSettled([
      update('before', 'other', [a, b]),
      update('other', 'before', [b, a]),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: unavailable });
  });

  it('lets a replica wait longer for the migrations of another than a statement may take', async () => {
    const other = new Client({ connectionString: scratch.url });
    await other.connect();
    await other.query('BEGIN');
    await other.query(`SELECT pg_advisory_xact_lock(hashtext('gatehouse'), hashtext('migrations'))`);
    let isOpen = false;
    const waiting = open(scratch.url).then((opened) => ((isOpen = true), opened));
    await sleep(3_700);
    expect(isOpen).toBe(false);
    await other.end();
    await (await waiting).close();
  });

  it('names host, port and database when it cannot start, and no password', async () => {
    proxy.hang();
    const errors = await Promise.all([
      start((url) => (url.pathname = '/gatehouse_missing')),
      start((url) => Object.assign(url, { username: 'gatehouse_nobody', password: 's3cret' })),
      start((url) => (url.port = '1')),
      start((url) => (url.host = new URL(proxy.url).host)),
      start((url) => (url.hostname = 'nowhere.invalid')),
    ]);
    const prefix = 'Cannot use the database';
    expect(errors.map(String)).toEqual([
      expect.stringMatching(`${prefix} [^ ]+:\\d+/gatehouse_missing: there is no database of this name`),
      expect.stringMatching(`${prefix} .*: the server refused this user`),
      expect.stringMatching(`${prefix} .*:1/.*: connection refused`),
      expect.stringMatching(`${prefix} .*: .*timeout`),
      expect.stringMatching(`${prefix} nowhere.invalid:.*: the host name cannot be resolved`),
    ]);
    for (const error of errors) {
      expect(error).toMatchObject({ name: 'DatabaseStartError' });
      expect(String(error)).not.toMatch(/s3cret|\n/);
    }
  });
});
