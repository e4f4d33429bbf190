import type { DataSource, QueryRunner } from 'typeorm';
import { appliedMigrations } from '../migrations/applied-migrations.js';
import { DatabaseStartError } from '../database-start-error.js';
import type { MigrationClass } from '../migrations/named-migrations.js';
import type { TableNames } from '../tables/table-names.js';

/** The table in which the application notes the migrations that it runs itself. */
export function hostMigrationsTable({ options }: DataSource): string {
  const name = options.migrationsTableName ?? 'migrations';
  return options.type === 'postgres' && options.schema !== undefined ? `${options.schema}.${name}` : name;
}

/** The table in which we note those that we run. */
export function ownMigrationsTable({ schema, migrationsTable }: TableNames): string {
  return schema === undefined ? migrationsTable : `${schema}.${migrationsTable}`;
}

/** Throws an error that names the migrations which nobody has run, and says what to write. */
export async function requireMigrations(
  host: DataSource,
  runner: QueryRunner,
  migrations: readonly MigrationClass[],
  names: TableNames,
): Promise<void> {
  const tables = [hostMigrationsTable(host), ownMigrationsTable(names)];
  const applied = await appliedMigrations(runner, tables);
  const missing = migrations.map(({ name }) => name).filter((name) => !applied.has(name));
  if (missing.length === 0) return;
  const kind = host.options.type === 'postgres' ? 'postgres' : 'sqlite';
  const list = names.areDefault
    ? `gatehouseMigrations.${kind}`
    : `gatehouseTables(${names.code}).migrations.${kind}`;
  throw new DatabaseStartError(
    `The database lacks the migrations ${missing.join(', ')} of Gatehouse: write migrations: [...${list}, …] where the data source is set up and run them, or runMigrations: true in the options of DatabaseModule`,
  );
}

/** Throws where TypeORM would have made our tables already, without the triggers that the migrations make. */
export function refuseSynchronized({ options }: DataSource): void {
  if (!options.synchronize) return;
  throw new DatabaseStartError(
    'runMigrations does not go with synchronize: true, which makes the tables before: write synchronize: false, or list the migrations of Gatehouse in the data source with migrationsRun: true',
  );
}
