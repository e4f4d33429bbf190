import { hostname } from 'node:os';
import type { ClientConfig } from 'pg';
import type { DataSource } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import type { ConnectedDatabase } from '../connected-database.js';
import { copyDataSource } from '../data-source.js';
import { postgresUrl } from '../database-location.js';
import type { HostDatabaseOptions, OpenOptions } from '../database-options.js';
import { type MigrationClass, namedMigrations } from '../migrations/gatehouse-migrations.js';
import { logMigrations, migratePostgres } from '../migrations/migrate.js';
import { postgresMigrations } from '../migrations/postgres/index.js';
import { ChangeFeed } from '../postgres/change-feed.js';
import { CurrentServer } from '../postgres/current-server.js';
import { LimitedPostgresDatabase } from '../postgres/limited-database.js';
import { LimitedPool } from '../postgres/limited-pool.js';
import type { TableNames } from '../tables/table-names.js';
import { hostMigrationsTable, hostTableNames, rejectSynchronized, requireMigrations } from './host-tables.js';

type PostgresOptions = PostgresDataSourceOptions;

/** Reads and writes use the pool of the application; only the change feed has its own connection. */
export async function openHostPostgres(
  opening: OpenOptions<HostDatabaseOptions>,
): Promise<ConnectedDatabase> {
  const { dataSource, runMigrations = false } = opening;
  if (!dataSource.isInitialized) await dataSource.initialize();
  const names = hostTableNames(dataSource);
  const migrations = namedMigrations(postgresMigrations, names);
  const server = new CurrentServer(opening.clock);
  const pool = new LimitedPool(dataSource, server);
  if (runMigrations) await migrate(opening, migrations, names);
  else await pool.runOn((runner) => requireMigrations(dataSource, runner, migrations, names));
  const feed = feedOf(opening, pool, { names, server });
  const database = new HostPostgresDatabase(dataSource, feed, {
    pool,
    server,
    clock: opening.clock,
    // The application always has the other half.
    connections: Math.max(1, Math.floor(pool.size / 2)),
  });
  try {
    await feed?.start();
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** On a separate connection without time limits. */
async function migrate(
  { dataSource, logger }: OpenOptions<HostDatabaseOptions>,
  migrations: MigrationClass[],
  { schema, migrationsTable }: TableNames,
): Promise<void> {
  rejectSynchronized(dataSource);
  const { extra } = dataSource.options as PostgresOptions;
  const migrator = await copyDataSource<PostgresOptions>(dataSource, {
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
    logMigrations(logger, 'the data source', names);
  } finally {
    await migrator.destroy();
  }
}

function feedOf(
  { dataSource, changeFeed, logger, clock }: OpenOptions<HostDatabaseOptions>,
  pool: LimitedPool,
  common: { readonly names: TableNames; readonly server: CurrentServer },
): ChangeFeed | undefined {
  if (changeFeed === false) return undefined;
  const { directUrl, replicaName = hostname() } = changeFeed;
  return new ChangeFeed({
    connection:
      directUrl === undefined ? connectionOf(dataSource) : { connectionString: postgresUrl(directUrl) },
    ...common,
    replicaName,
    maxConnectionSeconds: pool.maxConnectionSeconds,
    run: (sql, parameters) => pool.query(sql, parameters),
    logger,
    clock,
  });
}

/** How the pool connects, as TypeORM derived it from the options of the application. */
function connectionOf({ driver }: DataSource): ClientConfig {
  const { options } = (driver as unknown as { readonly master: { readonly options: ClientConfig } }).master;
  // pg makes these two non-enumerable.
  return { ...options, password: options.password, ssl: options.ssl };
}

/** A PostgreSQL server, through a data source of the application, which stays open. */
class HostPostgresDatabase extends LimitedPostgresDatabase {
  protected override async disconnect(): Promise<void> {
    await this.feed?.stop();
  }
}
