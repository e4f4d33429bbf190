import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import Sqlite from 'better-sqlite3';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import type { Change } from '../src/database/database.js';
import type { ConnectedDatabase } from '../src/database/connected-database.js';
import { parseDatabaseUrl } from '../src/database/database-location.js';
import { openDatabase } from '../src/database/open-database.js';
import { type TableNaming, TableNames } from '../src/database/tables/table-names.js';
import { gatehouseEntities, gatehouseTables } from '../src/entities.js';
import { AuditTrail } from '../src/audit/audit-trail.js';
import { AccountsService } from '../src/identity/accounts.service.js';
import { SignOutsService } from '../src/identity/sign-outs.service.js';
import { UserRegistry } from '../src/identity/user-registry.js';
import { Clock } from '../src/support/clock.js';
import { Owner } from '../src/identity/owner.entity.js';
import { anOwner } from './support/database-tools.js';
import { eventually } from './support/eventually.js';
import { hostWith } from './support/host-data-source.js';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database.js';

declare const databaseKind: 'sqlite' | 'postgres';

const logger = { log: jest.fn(), warn: jest.fn(), error: jest.fn() };

let scratch: ScratchDatabase;
let open: { database: ConnectedDatabase; host?: DataSource }[];

beforeEach(async () => {
  scratch = await createScratchDatabase();
  open = [];
});

afterEach(async () => {
  for (const { database, host } of open) {
    await database.close();
    await host?.destroy();
  }
  await scratch.drop();
});

interface Heard {
  readonly database: ConnectedDatabase;
  readonly changes: (Change | undefined)[];
}

function listening(database: ConnectedDatabase, host?: DataSource): Heard {
  open.push({ database, host });
  const changes: (Change | undefined)[] = [];
  database.onChange((change) => changes.push(change));
  return { database, changes };
}

async function onHost(naming: TableNaming): Promise<Heard> {
  const host = await hostWith(scratch.url, gatehouseTables(naming)).initialize();
  return listening(await openDatabase({ dataSource: host, runMigrations: true, logger }), host);
}

async function onItsOwn({ prefix, schema }: TableNaming): Promise<Heard> {
  const entities = gatehouseEntities;
  return listening(await openDatabase({ url: scratch.url, entities, tablePrefix: prefix, schema, logger }));
}

/** As another process would. */
async function execute(sql: string): Promise<void> {
  const location = parseDatabaseUrl(scratch.url);
  if (location.type === 'sqlite') {
    const file = new Sqlite(location.file);
    file.exec(sql);
    file.close();
    return;
  }
  const client = new Client({ connectionString: location.url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

const tableOf = ({ prefix, schema }: TableNaming, table = 'owners') =>
  new TableNames(databaseKind === 'postgres' ? { prefix, schema } : { prefix }).quoted(table);

const disable = (naming: TableNaming, id: string) =>
  execute(`UPDATE ${tableOf(naming)} SET disabled_at = 1 WHERE id = '${id}'`);

const store = ({ database }: Heard, id: string) =>
  database.write((manager) => manager.insert(Owner, anOwner(id)));

/** A file has one change feed for all of its tables. */
const onPostgres = databaseKind === 'postgres' ? it : it.skip;
const onSqlite = databaseKind === 'sqlite' ? it : it.skip;

describe.each<[string, (naming: TableNaming) => Promise<Heard>]>([
  ['a data source of the application', onHost],
  ['connections of its own', onItsOwn],
])('a change by another process, on %s', (_, start) => {
  it.each<[string, TableNaming]>([
    ['with default names', {}],
    ['with a prefix in a schema', { prefix: 'gh_', schema: 'auth' }],
  ])('is reported, tables %s', async (_name, naming) => {
    const heard = await start(naming);
    await store(heard, 'a');
    await disable(naming, 'a');
    const expected =
      databaseKind === 'postgres' ? { kind: 'changed', table: 'owners', id: 'a', hash: '' } : undefined;
    await eventually(() =>
      expect(heard.changes.filter((change) => change?.kind !== 'added')).toContainEqual(expected),
    );
  });

  it.each<[string, TableNaming]>([
    ['with default names', {}],
    ['with a prefix in a schema', { prefix: 'gh_', schema: 'auth' }],
  ])('and by this one: a sign-out of a user or an issuer, tables %s', async (_name, naming) => {
    const heard = await start(naming);
    const clock = new Clock();
    const audit = new AuditTrail(heard.database, clock);
    const registry = new UserRegistry(heard.database, audit, clock);
    const accounts = new AccountsService(heard.database, registry, clock);
    const signOuts = new SignOutsService(heard.database, accounts, audit, clock);
    const login = { issuer: 'https://i', subject: 's', primary: false, email: null, issuedAt: clock.now() };
    const find = async () => (await accounts.findByLogin(login, null)).tokensValidFrom;
    expect(await find()).toBeNull();
    const { userId } = await accounts.findByLogin(login, null);
    heard.changes.length = 0;
    const system = { user: null, origin: null };
    for (const signOut of [
      () => signOuts.signOutUser(system, userId ?? ''),
      () => signOuts.signOutIssuer(system, login),
      () => signOuts.signOutIssuer(system, login),
    ]) {
      const { tokensValidFrom } = await signOut();
      expect(await find()).toBe(tokensValidFrom.getTime());
    }
    await execute(`UPDATE ${tableOf(naming, 'issuers')} SET tokens_valid_from = tokens_valid_from + 60000`);
    await eventually(async () => expect(await find()).toBeGreaterThan(clock.now() + 30_000));
    if (databaseKind === 'sqlite') return;
    const reported = () => heard.changes.map((change) => `${change?.kind} ${change?.table}`);
    const expected = ['changed users', 'added issuers', 'changed issuers'];
    await eventually(() => expect(reported()).toEqual(expect.arrayContaining(expected)));
  });

  onSqlite('has a receipt once others have noticed, which counts no processes', async () => {
    const [first, second] = [await onItsOwn({}), await onItsOwn({})];
    await store(first, 'a');
    second.changes.length = 0;
    await store(first, 'b');
    expect(await first.database.confirmInvalidation()).toEqual({ live: null, confirmed: 1, missing: [] });
    expect(second.changes.length).toBeGreaterThan(0);
  });

  onPostgres('is reported to those with the same prefix and schema, and to no others', async () => {
    const namings = [
      {},
      { prefix: 'one_' },
      { prefix: 'one_', schema: 'auth' },
      { prefix: 'two_', schema: 'auth' },
    ];
    const all: Heard[] = [];
    // TypeORM's own migrations, which a new application brings, do not wait for each other.
    for (const naming of namings) all.push(await start(naming));
    for (const heard of all) await store(heard, 'a');
    const replica = await start(namings[2] ?? {});
    const live = await Promise.all([...all, replica].map(({ database }) => database.confirmInvalidation()));
    expect(live.map(({ live: count, confirmed }) => [count, confirmed])).toEqual([
      [1, 1],
      [1, 1],
      [2, 2],
      [1, 1],
      [2, 2],
    ]);
    // Everybody hears of its own in the end, and by then would have heard of all others.
    for (const naming of namings) await disable(naming, 'a');
    const changed = ({ changes }: Heard) => changes.filter((change) => change?.kind === 'changed');
    for (const heard of [...all, replica]) await eventually(() => expect(changed(heard)).not.toEqual([]));
    expect([...all, replica].map((heard) => changed(heard).length)).toEqual([1, 1, 1, 1, 1]);
  });
});
