import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { createDataSource } from '../../src/database/data-source.js';
import { openDatabase, migrationOptions } from '../../src/database/open-database.js';
import { parseDatabaseUrl } from '../../src/database/database-location.js';
import { Database } from '../../src/database/database.js';
import { migratePostgres } from '../../src/database/migrations/migrate.js';
import { Owner } from '../../src/identity/owner.entity.js';
import { gatehouseEntities } from '../../src/entities.js';
import { anOwner, open, ownerIds } from '../support/database-tools.js';
import { createPersonalKey, type Gatehouse, startGatehouse } from '../support/gatehouse.js';
import { asPostgresAdmin, createScratchDatabase, type ScratchDatabase } from '../support/scratch-database.js';

/** As PostgreSQL 15 sets up a database: this user may read `public`, and owns the schema `own` and nothing else. */
describe('a user that owns a schema, not public', () => {
  const user = `gatehouse_test_${randomBytes(8).toString('hex')}`;
  let scratch: ScratchDatabase;
  let admin: Client;
  let url: string;

  beforeEach(async () => {
    scratch = await createScratchDatabase();
    admin = new Client({ connectionString: scratch.url });
    await admin.connect();
    await admin.query(
      `CREATE ROLE ${user} LOGIN PASSWORD 'password'; CREATE SCHEMA own AUTHORIZATION ${user}`,
    );
    await admin.query(`ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${user}`);
    url = Object.assign(new URL(scratch.url), { username: user, password: 'password' }).href;
  });

  afterEach(async () => {
    await admin.end();
    await scratch.drop();
    await asPostgresAdmin(`DROP ROLE ${user}`);
  });

  const tablesIn = async (schema: string) => {
    const sql = 'SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1';
    return (await admin.query<{ tablename: string }>(sql, [schema])).rows.map(({ tablename }) => tablename);
  };

  async function revertAll(schema?: string): Promise<number> {
    const dataSource = createDataSource(
      await migrationOptions(parseDatabaseUrl(url), gatehouseEntities, schema),
    );
    await dataSource.initialize();
    try {
      for (const _ of dataSource.migrations) await dataSource.undoLastMigration();
      const left = await tablesIn('own');
      await migratePostgres(dataSource);
      return left.length;
    } finally {
      await dataSource.destroy();
    }
  }

  it.each([
    ['by its search_path', undefined],
    ['by name', 'own'],
  ])('migrates it %s, up and down, beside a Gatehouse in public', async (_, schema) => {
    if (schema === undefined) await admin.query(`ALTER ROLE ${user} SET search_path = own, public`);
    const theirs = await open(scratch.url);
    await theirs.write((manager) => manager.insert(Owner, anOwner('theirs')));
    const before = await tablesIn('public');
    const logger = { log: jest.fn(), warn: jest.fn(), error: jest.fn() };
    const openOwn = () => openDatabase({ url, schema, entities: gatehouseEntities, logger });
    await (await openOwn()).close();
    expect(await revertAll(schema)).toBe(1);
    const own = await openOwn();
    expect(await ownerIds(own)).toEqual([]);
    await own.write((manager) => manager.insert(Owner, anOwner('ours')));
    expect([await ownerIds(own), await ownerIds(theirs)]).toEqual([['ours'], ['theirs']]);
    expect(await tablesIn('public')).toEqual(before);
    await own.close();
    await theirs.close();
  });

  it('is told at the start what it lacks without its schema', async () => {
    await expect(open(url)).rejects.toThrow(/permission denied for schema public/);
  });

  it('serves with DATABASE_SCHEMA, and is ready only when its own migrations were run', async () => {
    const gatehouse: Gatehouse = await startGatehouse({ databaseUrl: url, databaseSchema: 'own' });
    try {
      const { key } = await createPersonalKey(gatehouse);
      const me = await gatehouse.send('GET', '/api/v1/auth/me', { headers: { 'x-api-key': key } });
      expect(me.status).toBe(200);
      const ready = () => gatehouse.send('GET', '/health/ready');
      expect((await ready()).status).toBe(200);
      await gatehouse.app
        .get(Database)
        .write((manager) => manager.query(`DELETE FROM own.gatehouse_migrations WHERE name LIKE '%Quotas%'`));
      gatehouse.pass(1);
      expect((await ready()).body.details.checks.migrations.cause).toMatch(/^1 migrations/);
      expect(await tablesIn('public')).toEqual([]);
    } finally {
      await gatehouse.close();
    }
  });
});
