import type { DataSource, EntityMetadata } from 'typeorm';
import type { Type } from '@nestjs/common';
import { DatabaseStartError } from '../database-start-error.js';
import { declaredColumns } from '../tables/named-entities.js';
import { ownTableOf } from '../tables/own-table.js';
import { TableNames } from '../tables/table-names.js';

/** What an initialised data source of the application calls our tables. Throws when it has none, or calls them by other names. */
export function hostTableNames(dataSource: DataSource): TableNames {
  const own = dataSource.entityMetadatas.filter(({ target }) => ownTableOf(target) !== undefined);
  if (own.length === 0)
    throw new DatabaseStartError(
      'The data source knows no entity of Gatehouse: write entities: [...gatehouseEntities, …] where it is set up',
    );
  const all = own.map((metadata) => namesOf(metadata, schemaOf(metadata)));
  const [first = new TableNames()] = all;
  if (all.some((names) => names.migrationPrefix !== first.migrationPrefix))
    throw new DatabaseStartError(
      'The data source has entities of Gatehouse with different prefixes or schemas: write those of one gatehouseTables({ … })',
    );
  return first;
}

function namesOf(metadata: EntityMetadata, schema: string | undefined): TableNames {
  const { tableName } = metadata;
  const table = ownTableOf(metadata.target) ?? '';
  const columns = declaredColumns(metadata.target as Type);
  const isRenamed = metadata.columns.some(
    ({ propertyName, databaseName }) => databaseName !== (columns.get(propertyName) ?? databaseName),
  );
  if (!tableName.endsWith(table) || isRenamed)
    throw new DatabaseStartError(
      `The naming strategy of the data source renames the table ${table} or its columns: it has to leave those of Gatehouse as they are`,
    );
  return new TableNames({ prefix: tableName.slice(0, tableName.length - table.length), schema });
}

/** One that the connection finds first anyway is none, as it is in `gatehouseMigrations`. */
function schemaOf({ dataSource, schema, tableMetadataArgs }: EntityMetadata): string | undefined {
  if (dataSource.options.type !== 'postgres') return undefined;
  const { searchSchema } = dataSource.driver as unknown as { readonly searchSchema?: string };
  return tableMetadataArgs.schema ?? (schema === searchSchema ? undefined : schema);
}
