import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { createDataSource } from '../src/database/data-source.js';
import { migrationOptions } from '../src/database/open-database.js';
import { parseDatabaseUrl } from '../src/database/database-location.js';
import { migratePostgres, migrateSqlite } from '../src/database/migrations/migrate.js';
import { makeDatabaseFile } from '../src/database/sqlite/database-file.js';
import { gatehouseEntities } from '../src/entities.js';
import { open } from './support/database-tools.js';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database.js';

class HalfWay1900000000000 implements MigrationInterface {
  name = 'HalfWay1900000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE half_way (id integer)');
    await runner.query('SELECT * FROM nowhere');
  }

  async down(): Promise<void> {}
}

let scratch: ScratchDatabase;
let dataSource: DataSource;

beforeEach(async () => {
  scratch = await createScratchDatabase();
});

afterEach(async () => {
  await dataSource.destroy();
  await scratch.drop();
});

async function connect(extra: MigrationInterface[] = []): Promise<void> {
  const location = parseDatabaseUrl(scratch.url);
  if (location.type === 'sqlite') makeDatabaseFile(location.file);
  dataSource = await createDataSource(await migrationOptions(location, gatehouseEntities)).initialize();
  dataSource.migrations.push(...extra);
}

const migrate = () => (dataSource.options.type === 'postgres' ? migratePostgres : migrateSqlite)(dataSource);

const quoted = (text: string | null) => (text === null ? 'NULL' : `'${text}'`);

describe('migrations', () => {
  it('create the schema that the entities describe', async () => {
    await (await open(scratch.url)).close();
    await connect();
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('can all be reverted, and run again', async () => {
    await connect();
    await migrate();
    for (const _ of dataSource.migrations) await dataSource.undoLastMigration();
    expect(await migrate()).toHaveLength(dataSource.migrations.length);
  });

  it('give keys that were rotated the lineage of the first, and leave the others without', async () => {
    await connect();
    await migrate();
    const names = dataSource.migrations.map(({ name = '' }) => name);
    const later = names.slice(names.findIndex((name) => name.startsWith('KeyLineages')));
    for (const _ of later) await dataSource.undoLastMigration();
    const rows: [string, string | null, string | null][] = [
      ['a1', null, 'a2'],
      ['a2', 'a1', 'a3'],
      ['a3', 'a2', null],
      ['b1', null, null],
      ['c1', null, 'c2'],
      ['c2', 'c1', null],
    ];
    for (const [id, replaces, replacedBy] of rows)
      await dataSource.query(
        `INSERT INTO api_keys (id, kind, owner_id, name, environment, key_hash, key_prefix, replaces_id, replaced_by_id, created_at)
         VALUES ('${id}', 'service', 'o', 'n', 'live', '${id}', 'p', ${quoted(replaces)}, ${quoted(replacedBy)}, 0)`,
      );
    await migrate();
    const found = await dataSource.query('SELECT id, lineage_id AS lineage FROM api_keys ORDER BY id');
    expect(found.map(({ id, lineage }: Record<string, string>) => [id, lineage])).toEqual([
      ['a1', null],
      ['a2', 'a1'],
      ['a3', 'a1'],
      ['b1', null],
      ['c1', null],
      ['c2', 'c1'],
    ]);
  });

  it('run once', async () => {
    await connect();
    expect(await migrate()).toHaveLength(dataSource.migrations.length);
    expect(await migrate()).toEqual([]);
  });

  it('leave nothing behind when one fails half-way, not even the earlier ones', async () => {
    await connect([new HalfWay1900000000000()]);
    await expect(migrate()).rejects.toThrow('nowhere');
    const runner = dataSource.createQueryRunner();
    for (const table of ['half_way', 'owners', 'migrations'])
      expect(await runner.hasTable(table)).toBe(false);
    await runner.release();
    dataSource.migrations.pop();
    expect(await migrate()).toHaveLength(dataSource.migrations.length);
  });
});
