import type { Type } from '@nestjs/common';
import type { DataSource, EntityMetadata, QueryRunner } from 'typeorm';
import { dataSourceOf, isPostgres } from '../data-source-of.js';
import { DatabaseStartError } from '../database-errors.js';
import type { MigrationClass } from '../migrations/gatehouse-migrations.js';
import { appliedMigrations } from '../migrations/migrate.js';
import { declaredColumns, declaredTable } from '../tables/entities.js';
import { TableNames } from '../tables/table-names.js';

/** The names of Gatehouse's tables in an initialized data source of the application. Throws if they are missing or renamed. */
export function hostTableNames(dataSource: DataSource): TableNames {
  const entities = dataSource.entityMetadatas.filter(({ target }) => declaredTable(target) !== undefined);
  if (entities.length === 0)
    throw new DatabaseStartError(
      'The data source has no Gatehouse entities: add entities: [...gatehouseEntities, …] to its options',
    );
  const all = entities.map((metadata) => namesOf(metadata, schemaOf(metadata)));
  const [first = new TableNames()] = all;
  if (all.some((names) => names.migrationPrefix !== first.migrationPrefix))
    throw new DatabaseStartError(
      'The data source has Gatehouse entities with different prefixes or schemas: use those of one gatehouseTables({ … })',
    );
  return first;
}

function namesOf(metadata: EntityMetadata, schema: string | undefined): TableNames {
  const { tableName } = metadata;
  const table = declaredTable(metadata.target) ?? '';
  const columns = declaredColumns(metadata.target as Type);
  const isRenamed = metadata.columns.some(
    ({ propertyName, databaseName }) => databaseName !== (columns.get(propertyName) ?? databaseName),
  );
  if (!tableName.endsWith(table) || isRenamed)
    throw new DatabaseStartError(
      `The naming strategy of the data source renames the table ${table} or its columns: it must not rename those of Gatehouse`,
    );
  return new TableNames({ prefix: tableName.slice(0, tableName.length - table.length), schema });
}

/** The default schema counts as none, as in `gatehouseMigrations`. */
function schemaOf(metadata: EntityMetadata): string | undefined {
  if (!isPostgres(metadata)) return undefined;
  const { schema, tableMetadataArgs } = metadata;
  const { searchSchema } = dataSourceOf(metadata).driver as unknown as { readonly searchSchema?: string };
  return tableMetadataArgs.schema ?? (schema === searchSchema ? undefined : schema);
}

/** The table in which the application records the migrations that it runs itself. */
export function hostMigrationsTable({ options }: DataSource): string {
  const name = options.migrationsTableName ?? 'migrations';
  return options.type === 'postgres' && options.schema !== undefined ? `${options.schema}.${name}` : name;
}

/** Throws an error that names the migrations that were not run, and says what to write. */
export async function requireMigrations(
  host: DataSource,
  runner: QueryRunner,
  migrations: readonly MigrationClass[],
  names: TableNames,
): Promise<void> {
  const { schema, migrationsTable } = names;
  const recordedByUs = schema === undefined ? migrationsTable : `${schema}.${migrationsTable}`;
  const tables = [hostMigrationsTable(host), recordedByUs];
  const applied = await appliedMigrations(runner, tables);
  const missing = migrations.map(({ name }) => name).filter((name) => !applied.has(name));
  if (missing.length === 0) return;
  const kind = host.options.type === 'postgres' ? 'postgres' : 'sqlite';
  const list = names.areDefault
    ? `gatehouseMigrations.${kind}`
    : `gatehouseTables(${names.code}).migrations.${kind}`;
  throw new DatabaseStartError(
    `The database lacks the Gatehouse migrations ${missing.join(', ')}: add migrations: [...${list}, …] to the options of the data source and run them, or set runMigrations: true in the options of DatabaseModule`,
  );
}

/** Throws if TypeORM would already have created the tables, without the triggers of the migrations. */
export function rejectSynchronized({ options }: DataSource): void {
  if (!options.synchronize) return;
  throw new DatabaseStartError(
    'runMigrations conflicts with synchronize: true, which creates the tables first: set synchronize: false, or list the migrations of Gatehouse in the data source with migrationsRun: true',
  );
}
