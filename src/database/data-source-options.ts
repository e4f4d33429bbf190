import type { DataSourceOptions } from 'typeorm';
import type { DatabaseLocation } from './database-location.js';
import type { EntityClass } from './tables/named-entities.js';
import { postgresMigrationOptions } from './postgres/postgres-options.js';
import { sqliteWriterOptions } from './sqlite/sqlite-options.js';

/** TypeORM's options for one connection that may change the schema: for migrations and TypeORM's own CLI. */
export function dataSourceOptions(
  location: DatabaseLocation,
  entities: readonly EntityClass[],
): DataSourceOptions {
  return location.type === 'sqlite'
    ? sqliteWriterOptions(location.file, entities)
    : postgresMigrationOptions(location.url, entities);
}
