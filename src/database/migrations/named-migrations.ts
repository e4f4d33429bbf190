import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ensureSchema } from '../ensure-schema.js';
import type { TableNames } from '../tables/table-names.js';

export type MigrationClass = new () => MigrationInterface;

/** The same migrations for tables of these names, and with names of their own: `gh_Initial1795245672052`. */
export function namedMigrations(migrations: readonly MigrationClass[], names: TableNames): MigrationClass[] {
  return names.areDefault ? [...migrations] : migrations.map((migration) => named(migration, names));
}

function named(Usual: MigrationClass, names: TableNames): MigrationClass {
  const name = names.migrationPrefix + Usual.name;
  const Named = class implements MigrationInterface {
    readonly name = name;
    private readonly usual = new Usual();

    async up(runner: QueryRunner): Promise<void> {
      await ensureSchema(runner, names.schema);
      await this.usual.up(translating(runner, names));
    }

    async down(runner: QueryRunner): Promise<void> {
      await this.usual.down(translating(runner, names));
    }
  };
  return Object.defineProperty(Named, 'name', { value: name });
}

/** Has nothing but `query`: what a migration did in another way would not be translated. */
function translating(runner: QueryRunner, names: TableNames): QueryRunner {
  const query = (sql: string, parameters?: unknown[]) => runner.query(names.translate(sql), parameters);
  return { query } as QueryRunner;
}
