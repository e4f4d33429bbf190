import { type EntityClass, namedEntities } from './database/tables/entities.js';
import { type MigrationClass, namedMigrations } from './database/migrations/gatehouse-migrations.js';
import { postgresMigrations } from './database/migrations/postgres/index.js';
import { sqliteMigrations } from './database/migrations/sqlite/index.js';
import { type TableNaming, TableNames } from './database/tables/table-names.js';
import { gatehouseEntities } from './entities.js';

/** For the `entities` and `migrations` of a data source. */
export interface GatehouseTables {
  readonly entities: EntityClass[];
  readonly migrations: { readonly sqlite: MigrationClass[]; readonly postgres: MigrationClass[] };
}

/**
 * `gatehouseEntities` and `gatehouseMigrations` for tables whose names begin with `prefix` and that are in `schema`, which
 * the first migration creates where it is missing; on SQLite, which has none, `schema` is passed over. Tables, indexes,
 * constraints and migrations of two prefixes or schemas do not meet, and neither do the changes that they tell of.
 * Repositories are asked for with the same classes. Throws for what is not of a-z, 0-9 and _.
 */
export function gatehouseTables(naming: TableNaming = {}): GatehouseTables {
  const names = new TableNames(naming);
  return {
    entities: namedEntities(gatehouseEntities, names),
    migrations: {
      sqlite: namedMigrations(sqliteMigrations, names.withoutSchema),
      postgres: namedMigrations(postgresMigrations, names),
    },
  };
}
