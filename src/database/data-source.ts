import { AbstractLogger, DataSource, type DataSourceOptions } from 'typeorm';

/** By default TypeORM prints SQL and parameters to the console. Errors carry all that matters. */
class SilentLogger extends AbstractLogger {
  protected override writeLog(): void {}
}

/** A data source, not connected yet, that logs nothing. */
export function createDataSource(options: DataSourceOptions): DataSource {
  return new DataSource({ ...options, logger: new SilentLogger() });
}

/** What only the application's data source may do, or what must not happen twice. */
const disabled = {
  synchronize: false,
  dropSchema: false,
  migrationsRun: false,
  migrations: [],
  subscribers: [],
  cache: false,
  logging: false,
} as const;

/** Another data source, not connected yet, for the database of the application's `host`. */
export function copyDataSource<T extends DataSourceOptions>(
  host: DataSource,
  changes: Partial<T>,
): DataSource {
  return createDataSource({ ...host.options, ...disabled, ...changes } as DataSourceOptions);
}

/**
 * Call it after a copy was initialized: TypeORM has then pointed entities that know their data source (`BaseEntity`) to
 * the copy. Points them back to `host`.
 */
export function restoreEntities(host: DataSource): void {
  for (const { target } of host.entityMetadatas) {
    const { useDataSource } = target as { useDataSource?: unknown };
    if (typeof useDataSource === 'function') useDataSource.call(target, host);
  }
}
