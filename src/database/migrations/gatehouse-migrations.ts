import { isPostgres } from '../data-source-of.js';
import type { EntityManager, MigrationInterface, QueryRunner } from 'typeorm';
import type { TableNames } from '../tables/table-names.js';
import { postgresMigrations } from './postgres/index.js';
import { sqliteMigrations } from './sqlite/index.js';

export type MigrationClass = new () => MigrationInterface;

/** For the `migrations` of a data source that an application migrates itself, in chronological order. */
export const gatehouseMigrations: {
  readonly sqlite: MigrationClass[];
  readonly postgres: MigrationClass[];
} = { sqlite: sqliteMigrations, postgres: postgresMigrations };

/** The same migrations for tables of these names, with names of their own: `gh_Initial1795245672052`. */
export function namedMigrations(migrations: readonly MigrationClass[], names: TableNames): MigrationClass[] {
  return names.areDefault ? [...migrations] : migrations.map((migration) => named(migration, names));
}

function named(Default: MigrationClass, names: TableNames): MigrationClass {
  const name = names.migrationPrefix + Default.name;
  const Named = class implements MigrationInterface {
    readonly name = name;
    private readonly migration = new Default();

    async up(runner: QueryRunner): Promise<void> {
      await ensureSchema(runner, names.schema);
      await this.migration.up(translating(runner, names));
    }

    async down(runner: QueryRunner): Promise<void> {
      await this.migration.down(translating(runner, names));
    }
  };
  return Object.defineProperty(Named, 'name', { value: name });
}

/** Has only `query`: other methods would not be translated. */
function translating(runner: QueryRunner, names: TableNames): QueryRunner {
  const query = (sql: string, parameters?: unknown[]) => runner.query(names.translate(sql), parameters);
  return { query } as QueryRunner;
}

/** Creates the schema if it is missing. A user without the right to create schemas can use an existing one. */
export async function ensureSchema(runner: QueryRunner, schema: string | undefined): Promise<void> {
  if (schema === undefined) return;
  const found: unknown[] = await runner.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
  if (found.length === 0) await runner.query(`CREATE SCHEMA "${schema}"`);
}

/** The migrations of this build that the service's database lacks. Those of a newer build do not matter. */
export async function pendingMigrations(manager: EntityManager, names: TableNames): Promise<string[]> {
  const table = names.areDefault ? '"migrations"' : names.quoted('gatehouse_migrations');
  const applied: { name: string }[] = await manager.query(`SELECT name FROM ${table}`);
  const found = new Set(applied.map(({ name }) => name));
  const migrations = namedMigrations(isPostgres(manager) ? postgresMigrations : sqliteMigrations, names);
  return migrations.map(({ name }) => name).filter((name) => !found.has(name));
}
