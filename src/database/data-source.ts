import { AbstractLogger, DataSource, type DataSourceOptions } from 'typeorm';

/** By default TypeORM prints SQL and parameters to the console. Errors carry all that matters. */
class SilentLogger extends AbstractLogger {
  protected override writeLog(): void {}
}

/**
 * TypeORM 0.3 leaves out a condition whose value is `null` or `undefined`, as TypeORM 1 does on request: a query for the
 * rows of an owner would find those of all.
 */
const strict = { invalidWhereValuesBehavior: { null: 'throw', undefined: 'throw' } } as const;

/** A data source, not connected yet, that logs nothing. */
export function createDataSource(options: DataSourceOptions): DataSource {
  return new DataSource({ ...options, ...strict, logger: new SilentLogger() });
}

/** The application's `host`, whose query runners reject such a condition. `host` itself stays as it is. */
export function strictly(host: DataSource): DataSource {
  return Object.create(host, {
    options: { value: { ...host.options, ...strict }, enumerable: true },
  }) as DataSource;
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
