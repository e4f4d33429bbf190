import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DataSource, DefaultNamingStrategy } from 'typeorm';
import type { ConnectedDatabase } from '../src/database/connected-database.js';
import { isUniqueViolation } from '../src/database/unique-violation.js';
import type { DatabaseOptions } from '../src/database/database-options.js';
import { openDatabase } from '../src/database/open-database.js';
import { gatehouseEntities, gatehouseTables } from '../src/entities.js';
import { Owner } from '../src/identity/owner.entity.js';
import { User } from '../src/identity/user.entity.js';
import { ApiKey } from '../src/key-store/api-key.entity.js';
import { anOwner, ownerIds } from './support/database-tools.js';
import { CreateNotes1700000000000, hostOptions, hostWith, Note } from './support/host-data-source.js';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database.js';

const logger = { log: jest.fn(), warn: jest.fn(), error: jest.fn() };

let scratch: ScratchDatabase;
let hosts: DataSource[];
let databases: ConnectedDatabase[];

beforeEach(async () => {
  scratch = await createScratchDatabase();
  hosts = [];
  databases = [];
});

afterEach(async () => {
  for (const database of databases) await database.close();
  for (const host of hosts) if (host.isInitialized) await host.destroy();
  await scratch.drop();
});

async function open(
  dataSource: DataSource,
  options: Partial<DatabaseOptions> = {},
): Promise<ConnectedDatabase> {
  hosts.push(dataSource);
  const database = await openDatabase({
    dataSource,
    logger,
    changeFeed: false,
    ...options,
  } as DatabaseOptions);
  databases.push(database);
  return database;
}

const rejection = (dataSource: DataSource, options?: Partial<DatabaseOptions>) =>
  open(dataSource, options).then(
    () => 'it starts',
    ({ name, message }: Error) => `${name}: ${message}`,
  );

const runs = { runMigrations: true };

describe('on a data source of the application', () => {
  it('that was not initialized, it is initialized', async () => {
    const host = hostWith(scratch.url, gatehouseTables());
    await open(host, runs);
    expect(await host.getRepository(Note).count()).toBe(0);
  });

  it('migrations are run once when many start together, each with its data source', async () => {
    await (await hostWith(scratch.url, gatehouseTables()).initialize()).destroy();
    const all = Array.from({ length: 5 }, () => hostWith(scratch.url, gatehouseTables({ prefix: 'gh_' })));
    const started = await Promise.all(all.map((host) => open(host, runs)));
    await started[0]?.write((manager) => manager.insert(Owner, anOwner('a')));
    for (const database of started) expect(await ownerIds(database)).toEqual(['a']);
    const noted: { name: string }[] = await (all[0] as DataSource).query(
      'SELECT name FROM gh_gatehouse_migrations',
    );
    expect(new Set(noted.map(({ name }) => name)).size).toBe(noted.length);
  });

  it('what was migrated on its own connections is unchanged', async () => {
    const own = await openDatabase({
      url: scratch.url,
      entities: gatehouseEntities,
      changeFeed: false,
      logger,
    });
    await own.write((manager) => manager.insert(Owner, anOwner('a')));
    await own.close();
    const database = await open(hostWith(scratch.url, gatehouseTables()));
    expect(await ownerIds(database)).toEqual(['a']);
    expect(await ownerIds(await open(hostWith(scratch.url, gatehouseTables()), runs))).toEqual(['a']);
  });

  it('and back again, with a prefix', async () => {
    const database = await open(hostWith(scratch.url, gatehouseTables({ prefix: 'gh_' })), runs);
    await database.write((manager) => manager.insert(Owner, anOwner('a')));
    const options = {
      url: scratch.url,
      entities: gatehouseEntities,
      tablePrefix: 'gh_',
      changeFeed: false,
    } as const;
    const own = await openDatabase({ ...options, logger });
    databases.push(own);
    expect(await ownerIds(own)).toEqual(['a']);
  });
});

describe('an unusable data source stops the start', () => {
  it('without the entities of Gatehouse', async () => {
    expect(await rejection(new DataSource(hostOptions(scratch.url)))).toBe(
      'DatabaseStartError: The data source has no Gatehouse entities: add entities: [...gatehouseEntities, …] to its options',
    );
  });

  it('with entities of two prefixes', async () => {
    const entities = [
      ...gatehouseTables({ prefix: 'a_' }).entities.slice(0, 2),
      ...gatehouseTables({ prefix: 'b_' }).entities.slice(2),
    ];
    expect(await rejection(new DataSource(hostOptions(scratch.url, { entities })))).toContain(
      'different prefixes or schemas: use those of one gatehouseTables({ … })',
    );
  });

  it('with a naming strategy that renames columns of Gatehouse', async () => {
    class Shouting extends DefaultNamingStrategy {
      override columnName(property: string, given: string, prefixes: string[]): string {
        return super.columnName(property, given, prefixes).toUpperCase();
      }
    }
    const options = { entities: gatehouseEntities, namingStrategy: new Shouting() };
    expect(await rejection(new DataSource(hostOptions(scratch.url, options)))).toContain(
      'The naming strategy of the data source renames the table',
    );
  });

  it('with tables that TypeORM creates by itself', async () => {
    const options = { entities: gatehouseEntities, migrations: [], synchronize: true };
    expect(await rejection(new DataSource(hostOptions(scratch.url, options)), runs)).toContain(
      'runMigrations conflicts with synchronize: true',
    );
    expect(await rejection(new DataSource(hostOptions(scratch.url, options)))).toContain(
      'lacks the Gatehouse migrations Initial',
    );
  });

  it('with a missing server or file', async () => {
    const place = scratch.url.startsWith('postgres')
      ? { url: 'postgres://nobody:hunter2@127.0.0.1:1/nothing' }
      : { database: '/dev/null/nothing.db' };
    const host = new DataSource(hostOptions(scratch.url, { ...place, entities: gatehouseEntities }));
    const message = await rejection(host);
    expect(message).toMatch(/^DatabaseStartError: Cannot use the database of the data source: /);
    expect(message).not.toContain('hunter2');
  });
});

it('a prefix that the data source gives to all tables applies to Gatehouse too', async () => {
  const options = { entities: gatehouseEntities, migrations: [], entityPrefix: 'app_' };
  const host = new DataSource(hostOptions(scratch.url, options));
  const database = await open(host, runs);
  await database.write((manager) => manager.insert(Owner, anOwner('a')));
  expect(await host.query('SELECT id FROM app_owners')).toEqual([{ id: 'a' }]);
});

it('indexes that TypeORM creates without that prefix are recognized', async () => {
  const { sqlite, postgres } = gatehouseTables({ prefix: 'app_' }).migrations;
  const options = {
    entities: gatehouseEntities,
    migrations: scratch.url.startsWith('postgres') ? postgres : sqlite,
    migrationsRun: true,
    synchronize: true,
    entityPrefix: 'app_',
  };
  const database = await open(new DataSource(hostOptions(scratch.url, options)));
  const login = { issuer: 'i', subject: 's', email: null, disabledAt: null, createdAt: new Date() };
  const insert = (id: string) =>
    database.write((manager) => manager.insert(User, { ...login, id, ownerId: 'a' }));
  await database.write((manager) => manager.insert(Owner, anOwner('a')));
  await insert('u');
  const error: unknown = await insert('other').catch((caught: unknown) => caught);
  expect(isUniqueViolation(error, 'uq_users_issuer_subject')).toBe(true);
  expect(isUniqueViolation(error, 'pk_users')).toBe(false);
});

it('the default schema of the connection need not be named', async () => {
  const { entities, migrations } = gatehouseTables();
  const ours = scratch.url.startsWith('postgres') ? migrations.postgres : migrations.sqlite;
  const options = {
    schema: 'public',
    entities: [...entities, Note],
    migrations: [CreateNotes1700000000000, ...ours],
    migrationsRun: true,
  };
  const database = await open(new DataSource(hostOptions(scratch.url, options)));
  expect(await database.read((manager) => manager.count(ApiKey))).toBe(0);
});
