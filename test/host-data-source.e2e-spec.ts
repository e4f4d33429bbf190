import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DataSource } from 'typeorm';
import type { ConnectedDatabase } from '../src/database/connected-database.js';
import type { DatabaseOptions } from '../src/database/database-options.js';
import { openDatabase } from '../src/database/open-database.js';
import type { TableNaming } from '../src/database/tables/table-names.js';
import { gatehouseTables } from '../src/entities.js';
import { Owner } from '../src/identity/owner.entity.js';
import { User } from '../src/identity/user.entity.js';
import { anOwner, ownerIds } from './support/database-tools.js';
import { hostWith, Note, User as Member } from './support/host-data-source.js';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database.js';

declare const databaseKind: 'sqlite' | 'postgres';

const logger = { log: jest.fn(), warn: jest.fn(), error: jest.fn() };

let scratch: ScratchDatabase;
let host: DataSource;
let databases: ConnectedDatabase[];

beforeEach(async () => {
  scratch = await createScratchDatabase();
  databases = [];
});

afterEach(async () => {
  for (const database of databases) await database.close();
  if (host.isInitialized) await host.destroy();
  await scratch.drop();
});

async function open(options: Partial<DatabaseOptions> = {}): Promise<ConnectedDatabase> {
  const database = await openDatabase({ dataSource: host, logger, ...options } as DatabaseOptions);
  databases.push(database);
  return database;
}

async function rejection(options: Partial<DatabaseOptions> = {}): Promise<string> {
  return open(options).then(
    () => 'it starts',
    ({ name, message }: Error) => `${name}: ${message}`,
  );
}

const namings: [string, TableNaming][] = [
  ['with default names', {}],
  ['with a prefix', { prefix: 'gh_' }],
  ['with a prefix in a schema', { prefix: 'gh_', schema: 'auth' }],
];

describe.each(namings)('on the data source of an application, tables %s', (_, naming) => {
  const start = async (runsAll: boolean) => {
    host = hostWith(scratch.url, gatehouseTables(naming), { runsAll });
    await host.initialize();
    return open({ runMigrations: !runsAll });
  };

  it.each([
    ['the application', true],
    ['us', false],
  ])('migrations that are run by %s create the schema that the entities describe', async (_by, runsAll) => {
    await start(runsAll);
    const { upQueries } = await host.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
    expect(await open()).toBeDefined();
  });

  it('what the application and Gatehouse write together is stored together, or not at all', async () => {
    const database = await start(true);
    const write = (id: string) =>
      database.write(async (manager) => {
        await manager.insert(Owner, anOwner(id));
        await manager.getRepository(Note).save({ id, ownerId: id });
      });
    await write('a');
    await expect(
      database.write(async (manager) => {
        await manager.insert(Note, { id: 'b', ownerId: 'b' });
        await manager.insert(Owner, anOwner('a'));
      }),
    ).rejects.toThrow();
    expect(await ownerIds(database)).toEqual(['a']);
    expect(await host.getRepository(Note).find()).toEqual([{ id: 'a', ownerId: 'a' }]);
    expect(await host.getRepository(Owner).countBy({ id: 'a' })).toBe(1);
  });

  it('an entity of the application may have the name of one of Gatehouse', async () => {
    const database = await start(true);
    await database.write(async (manager) => {
      await manager.insert(Owner, anOwner('a'));
      await manager.insert(Member, { id: 'm' });
      const login = { issuer: 'i', subject: 's', email: null, disabledAt: null, createdAt: new Date() };
      await manager.insert(User, { ...login, id: 'u', ownerId: 'a' });
    });
    expect(await host.getRepository(Member).find()).toEqual([{ id: 'm' }]);
    const [user] = await database.read((manager) => manager.find(User, { relations: { owner: true } }));
    expect([user?.id, user?.owner?.id]).toEqual(['u', 'a']);
  });

  it('subscribers of the application receive rows, but not the end of the transaction', async () => {
    const database = await start(true);
    const heard: string[] = [];
    host.subscribers.push({
      afterInsert: ({ metadata }) => void heard.push(metadata.name),
      beforeTransactionCommit: () => void heard.push('before the commit'),
      afterTransactionCommit: () => void heard.push('after the commit'),
    });
    await database.write((manager) => manager.insert(Owner, anOwner('a')));
    expect(heard).toEqual(['Owner']);
    await host.transaction((manager) => manager.insert(Note, { id: 'n', ownerId: 'a' }));
    expect(heard).toEqual(['Owner', 'Note', 'before the commit', 'after the commit']);
  });

  it('the data source stays open', async () => {
    const database = await start(true);
    await database.close();
    await host.getRepository(Note).insert({ id: 'later', ownerId: 'a' });
    await expect(database.read((manager) => manager.find(Note))).rejects.toMatchObject({
      code: 'DB_UNAVAILABLE',
    });
  });

  it('a start without the migrations fails, and says what to write', async () => {
    host = hostWith(scratch.url, gatehouseTables(naming));
    const message = await rejection();
    const prefix = databaseKind === 'postgres' && naming.schema ? 'auth.gh_' : (naming.prefix ?? '');
    expect(message).toContain(
      `DatabaseStartError: The database lacks the Gatehouse migrations ${prefix}Initial`,
    );
    expect(message).toContain(naming.prefix === undefined ? '[...gatehouseMigrations.' : `prefix: 'gh_'`);
    await host.runMigrations();
    expect(await host.getRepository(Note).find()).toEqual([]);
  });
});
