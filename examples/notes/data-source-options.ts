import type { DataSourceOptions, EntitySchema, MigrationInterface } from 'typeorm';
import { CreateNotes1795000000000 } from './create-notes.migration.js';
import { Note } from './note.entity.js';

type Migrations = (new () => MigrationInterface)[];

/** The tables of Gatehouse: `gatehouseEntities` and `gatehouseMigrations`, or what `gatehouseTables` gives. */
export interface Tables {
  readonly entities: readonly (Function | EntitySchema)[];
  readonly migrations: { readonly sqlite: Migrations; readonly postgres: Migrations };
}

/** The application's own tables and those of Gatehouse in one database: PostgreSQL by its URL, or a file of SQLite. */
export function dataSourceOptions(url: string, { entities, migrations }: Tables): DataSourceOptions {
  const shared = { entities: [Note, ...entities], migrationsRun: true };
  return /^postgres(ql)?:/.test(url)
    ? { ...shared, type: 'postgres', url, migrations: [CreateNotes1795000000000, ...migrations.postgres] }
    : {
        ...shared,
        type: 'better-sqlite3',
        database: url,
        migrations: [CreateNotes1795000000000, ...migrations.sqlite],
      };
}
