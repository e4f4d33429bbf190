import { hostname } from 'node:os';
import type { ClientConfig } from 'pg';
import type { DataSource } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { ChangeFeed } from '../postgres/change-feed/change-feed.js';
import type { ConnectedDatabase } from '../connected-database.js';
import { migratePostgres } from '../migrations/migrate.js';
import { type MigrationClass, namedMigrations } from '../migrations/named-migrations.js';
import { postgresMigrations } from '../migrations/postgres/index.js';
import { reportMigrations } from '../migrations/report-migrations.js';
import type { TableNames } from '../tables/table-names.js';
import { HostPool } from './host-pool.js';
import { HostPostgresDatabase } from './host-postgres-database.js';
import { hostTableNames } from './host-table-names.js';
import { hostMigrationsTable, refuseSynchronized, requireMigrations } from './missing-migrations.js';
import type { HostOpening } from './open-host.js';
import { ownDataSource } from './own-data-source.js';

type PostgresOptions = PostgresDataSourceOptions;

/** Reads and writes go through the pool of the application; only the change feed has a connection of its own. */
export async function openHostPostgres(opening: HostOpening): Promise<ConnectedDatabase> {
  const { dataSource, runMigrations = false } = opening;
  if (!dataSource.isInitialized) await dataSource.initialize();
  const names = hostTableNames(dataSource);
  const migrations = namedMigrations(postgresMigrations, names);
  const pool = new HostPool(dataSource);
  if (runMigrations) await migrate(opening, migrations, names);
  else await pool.runOn((runner) => requireMigrations(dataSource, runner, migrations, names));
  const feed = feedOf(opening, pool, names);
  const database = new HostPostgresDatabase(dataSource, pool, feed);
  try {
    await feed?.start();
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** On one connection that has no limits, for what takes long. */
async function migrate(
  { dataSource, logger }: HostOpening,
  migrations: MigrationClass[],
  { schema, migrationsTable }: TableNames,
): Promise<void> {
  refuseSynchronized(dataSource);
  const { extra } = dataSource.options as PostgresOptions;
  const migrator = await ownDataSource<PostgresOptions>(dataSource, {
    entities: [],
    migrations,
    migrationsTableName: migrationsTable,
    schema,
    poolSize: 1,
    installExtensions: false,
    extra: { ...(extra as object), max: 1, min: 0, query_timeout: 0 },
  }).initialize();
  try {
    const names = await migratePostgres(migrator, [hostMigrationsTable(dataSource)]);
    reportMigrations(logger, { label: 'the data source' }, names);
  } finally {
    await migrator.destroy();
  }
}

function feedOf(
  { dataSource, changeFeed, logger, clock }: HostOpening,
  pool: HostPool,
  names: TableNames,
): ChangeFeed | undefined {
  if (changeFeed === false) return undefined;
  const { directUrl, replicaName = hostname() } = changeFeed;
  return new ChangeFeed({
    connection: directUrl === undefined ? connectionOf(dataSource) : { connectionString: directUrl },
    names,
    name: replicaName,
    run: (sql, parameters) => pool.statement(sql, parameters),
    logger,
    clock,
  });
}

/** How the pool connects, which TypeORM has put together from what the application wrote. */
function connectionOf({ driver }: DataSource): ClientConfig {
  const { options } = (driver as unknown as { readonly master: { readonly options: ClientConfig } }).master;
  // pg hides these two from what is copied.
  return { ...options, password: options.password, ssl: options.ssl };
}
