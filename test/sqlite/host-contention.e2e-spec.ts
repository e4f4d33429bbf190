import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  BaseEntity,
  Column,
  DataSource,
  Entity,
  type EntitySubscriberInterface,
  PrimaryColumn,
} from 'typeorm';
import type { Database as Connection } from 'better-sqlite3';
import { AuditEvent } from '../../src/audit/audit-event.entity.js';
import { AuditTrail } from '../../src/audit/audit-trail.js';
import type { ConnectedDatabase } from '../../src/database/connected-database.js';
import { openDatabase } from '../../src/database/open-database.js';
import { gatehouseTables } from '../../src/entities.js';
import { Owner } from '../../src/identity/owner.entity.js';
import { Clock } from '../../src/support/clock.js';
import { anOwner, Latch, ownerIds } from '../support/database-tools.js';
import { hostWith, Note } from '../support/host-data-source.js';
import { createScratchDatabase, type ScratchDatabase } from '../support/scratch-database.js';

@Entity('diaries')
class Diary extends BaseEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 })
  id!: string;

  @Column({ type: 'varchar', default: () => 'marked()' })
  mark!: string;
}

const logger = { log: jest.fn(), warn: jest.fn(), error: jest.fn() };
const numbers = Array.from({ length: 200 }, (_, number) => String(number));

/** With it better-sqlite3 would wait for a lock on the event loop. */
const busyTimeoutMs = 5_000;

let scratch: ScratchDatabase;
let host: DataSource;
let database: ConnectedDatabase;

beforeEach(async () => {
  scratch = await createScratchDatabase();
  const tables = gatehouseTables({ prefix: 'gh_' });
  host = await hostWith(scratch.url, tables, { timeout: busyTimeoutMs }).initialize();
  database = await openDatabase({ dataSource: host, runMigrations: true, logger });
});

afterEach(async () => {
  await database.close();
  if (host.isInitialized) await host.destroy();
  await scratch.drop();
});

describe('an application and Gatehouse that write to one file', () => {
  it('lose nothing, and never wait for each other on the event loop', async () => {
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    await Promise.all([
      ...numbers.map((id) => database.write((manager) => manager.insert(Owner, anOwner(id)))),
      (async () => {
        for (const id of numbers) {
          await host.getRepository(Note).insert({ id, ownerId: id });
          await sleep(1);
        }
        for (const id of numbers.slice(0, 10)) {
          await host.transaction(async (manager) => {
            await manager.insert(Note, { id: `t${id}`, ownerId: id });
            await sleep(20);
          });
        }
      })(),
    ]);
    delay.disable();
    expect(await ownerIds(database)).toHaveLength(numbers.length);
    expect(await database.read((manager) => manager.count(Note))).toBe(numbers.length + 10);
    expect(delay.max / 1e6).toBeLessThan(busyTimeoutMs * 0.8);
  });

  it('do not interleave with many events that are written together', async () => {
    const audit = new AuditTrail(database, new Clock());
    const subject = { subjectType: 'owner', subjectId: 'a', ownerId: 'a', userId: null } as const;
    const records = numbers.flatMap(() =>
      Array.from({ length: 10 }, () => ({
        actor: { user: null, origin: null },
        entry: { type: 'updated', ...subject } as const,
      })),
    );
    const state = { isDone: false };
    const writing = database
      .write((manager) => audit.recordEach(manager, records))
      .finally(() => (state.isDone = true));
    // The first turn after the lock was taken: were it still held, this would wait for 5 s and fail.
    const turns = (async () => {
      for (let turn = 0; !state.isDone || turn < 3; turn += 1) {
        await host.getRepository(Note).insert({ id: String(turn), ownerId: 'a' });
        await sleep(0);
      }
    })();
    await Promise.all([writing, turns]);
    expect(await host.getRepository(AuditEvent).count()).toBe(records.length);
  });

  it('do not wait for a transaction of the application that waits for Gatehouse', async () => {
    const write = () => database.write((ours) => ours.insert(Owner, anOwner('a')));
    await host.transaction(async (manager) => {
      await manager.insert(Note, { id: 'a', ownerId: 'a' });
      await expect(write()).rejects.toMatchObject({ code: 'DB_UNAVAILABLE' });
    });
    await write();
    expect(await host.getRepository(Note).count()).toBe(1);
  });

  it('fail a transaction of the application that had read before Gatehouse wrote, but none that began with a write', async () => {
    const reads = host.transaction(async (manager) => {
      await manager.count(Note);
      await database.write((ours) => ours.insert(Owner, anOwner('a')));
      await manager.insert(Note, { id: 'a', ownerId: 'a' });
    });
    await expect(reads).rejects.toMatchObject({ driverError: { code: 'SQLITE_BUSY_SNAPSHOT' } });
    const started = new Latch();
    const writes = host.transaction(async (manager) => {
      await manager.insert(Note, { id: 'b', ownerId: 'a' });
      started.open();
      await sleep(50);
      await manager.insert(Note, { id: 'c', ownerId: 'a' });
    });
    await started.opened;
    await Promise.all([writes, database.write((ours) => ours.insert(Owner, anOwner('b')))]);
    expect(await ownerIds(database)).toEqual(['a', 'b']);
    expect(await host.getRepository(Note).find({ order: { id: 'ASC' } })).toMatchObject([
      { id: 'b' },
      { id: 'c' },
    ]);
  });

  it('write to a file in which readers and writers do not wait for each other, each commit flushed', async () => {
    const [mode] = await database.read((manager) => manager.query('PRAGMA journal_mode'));
    const [sync] = await database.write((manager) => manager.query('PRAGMA synchronous'));
    expect([mode, sync]).toEqual([{ journal_mode: 'wal' }, { synchronous: 2 }]);
  });
});

describe('the settings of the application', () => {
  it('apply to writes through Gatehouse too: entities that know their data source, functions, subscribers', async () => {
    await database.close();
    await host.destroy();
    const seen: string[] = [];
    const subscriber: EntitySubscriberInterface = {
      afterInsert: ({ metadata }) => void seen.push(metadata.tableName),
    };
    const prepareDatabase = (connection: Connection) =>
      void connection.function('marked', { deterministic: true }, () => 'marked');
    host = new DataSource({
      ...host.options,
      entities: [Diary, ...gatehouseTables({ prefix: 'gh_' }).entities],
      migrations: [],
      prepareDatabase,
    } as never);
    await host.initialize();
    host.subscribers.push(subscriber);
    await host.query('CREATE TABLE diaries (id varchar PRIMARY KEY, mark varchar DEFAULT (marked()))');
    database = await openDatabase({ dataSource: host, runMigrations: true, logger });
    await database.write(async (manager) => {
      await manager.insert(Diary, { id: 'a' });
      await manager.insert(Owner, anOwner('a'));
    });
    expect(await Diary.find()).toEqual([{ id: 'a', mark: 'marked' }]);
    expect(Diary.getRepository().manager.dataSource).toBe(host);
    expect(seen).toEqual(['diaries', 'gh_owners']);
  });

  it('do not let reads write', async () => {
    await expect(database.read((manager) => manager.insert(Note, { id: 'x', ownerId: 'x' }))).rejects.toThrow(
      'Database.read was used to write',
    );
  });
});
