import { DataSource, type DataSourceOptions } from 'typeorm';
import { silentDataSource } from '../silent-data-source.js';

/** What must not happen once more, or twice at once. */
const asleep = {
  synchronize: false,
  dropSchema: false,
  migrationsRun: false,
  migrations: [],
  subscribers: [],
  cache: false,
  logging: false,
} as const;

/** A data source of our own, not connected yet, for the same database as that of the application. */
export function ownDataSource<T extends DataSourceOptions>(
  host: DataSource,
  changes: Partial<T>,
): DataSource {
  return silentDataSource({ ...host.options, ...asleep, ...changes } as DataSourceOptions);
}

/**
 * To be called when a second data source with the entities of `host` has been initialised: TypeORM has then told the
 * entities that find their data source by themselves (`BaseEntity`) of that one.
 */
export function returnEntities(host: DataSource): void {
  for (const { target } of host.entityMetadatas) {
    const { useDataSource } = target as { useDataSource?: unknown };
    if (typeof useDataSource === 'function') useDataSource.call(target, host);
  }
}
