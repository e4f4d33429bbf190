import { hostname } from 'node:os';
import type { LoggerService } from '@nestjs/common';
import type { Client } from 'pg';
import type { DataSource } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import type { Clock } from '../../support/clock.js';
import type { ChangeFeedOptions } from '../database-options.js';
import { ChangeFeed } from './change-feed.js';
import { CurrentServer } from './current-server.js';
import type { Run } from './replicas.js';
import type { ConnectedDatabase } from '../connected-database.js';
import { type DatabaseLocation, postgresUrl } from '../database-location.js';
import { logMigrations, migratePostgres } from '../migrations/migrate.js';
import { type EntityClass, namedEntities } from '../tables/entities.js';
import { LimitedPostgresDatabase } from './limited-database.js';
import { LimitedPool } from './limited-pool.js';
import { PostgresDatabase } from './postgres-database.js';
import {
  answerMs,
  connectMs,
  endWhenUnanswered,
  idleInTransactionMs,
  lockMs,
  PostgresClient,
  PostgresPool,
  statementMs,
} from './postgres-client.js';
import { createDataSource } from '../data-source.js';
import { TableNames } from '../tables/table-names.js';
import { namedMigrations } from '../migrations/gatehouse-migrations.js';
import { postgresMigrations } from '../migrations/postgres/index.js';

const poolSize = 10;

interface PostgresOpening {
  readonly location: DatabaseLocation & { type: 'postgres' };
  readonly entities: readonly EntityClass[];
  readonly names: TableNames;
  readonly logger: LoggerService;
  readonly changeFeed: ChangeFeedOptions | false;
  readonly maxConnectionSeconds: number;
  readonly pooler: boolean;
  readonly clock: Clock;
}

/** Opens a PostgreSQL database with its schema brought up to date. An application may have run the migrations with its own. */
export async function openPostgres(opening: PostgresOpening): Promise<ConnectedDatabase> {
  const { location, names, logger } = opening;
  const entities = namedEntities(opening.entities, names);
  const migrator = await createDataSource(postgresMigrationOptions(location.url, [], names)).initialize();
  try {
    logMigrations(
      logger,
      location.label,
      await migratePostgres(migrator, migrationsOfApplication(migrator, names)),
    );
  } finally {
    await migrator.destroy();
  }
  const onConnectionLost = (error: Error) =>
    logger.warn(`Lost a connection to ${location.label}: ${error.message}`);
  const server = new CurrentServer(opening.clock);
  const dataSource = await createDataSource(
    postgresOptions(opening, { entities, server, onConnectionLost }),
  ).initialize();
  // A pooler that refuses parameters of connections: each transaction sets its limits.
  const pool = opening.pooler ? new LimitedPool(dataSource, server) : undefined;
  const run: Run = (sql, parameters) =>
    pool === undefined ? dataSource.query(sql, parameters) : pool.query(sql, parameters);
  const feed = feedOf(run, server, opening);
  // One is left for the change feed and `ping`, which do not queue.
  const use = { connections: poolSize - 1, server, clock: opening.clock };
  const database =
    pool === undefined
      ? new PostgresDatabase(dataSource, feed, use)
      : new LimitedPostgresDatabase(dataSource, feed, { ...use, pool });
  try {
    if (pool === undefined) await warnWithoutLimit(dataSource, logger);
    await feed?.start();
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Where an application records migrations that it runs itself, by TypeORM's default. It names them as Gatehouse does here. */
function migrationsOfApplication({ driver }: DataSource, names: TableNames): string[] {
  const { searchSchema } = driver as unknown as { readonly searchSchema: string | null };
  return names.areDefault || searchSchema === null ? [] : [`${searchSchema}.migrations`];
}

/** A pooler might not pass the settings of a connection to the server. */
async function warnWithoutLimit(dataSource: DataSource, logger: LoggerService): Promise<void> {
  const [found]: { statement_timeout: string }[] = await dataSource.query('SHOW statement_timeout');
  if (found?.statement_timeout !== '0') return;
  logger.warn(
    'Statements have no time limit: a pooler ignores the one that was requested. Set pooler: true (DATABASE_POOLER=true), or the limits of the role',
  );
}

function feedOf(
  run: Run,
  server: CurrentServer,
  { location: { url }, names, changeFeed, maxConnectionSeconds, logger, clock }: PostgresOpening,
): ChangeFeed | undefined {
  if (changeFeed === false) return undefined;
  const { directUrl = url, replicaName = hostname() } = changeFeed;
  return new ChangeFeed({
    connection: { connectionString: postgresUrl(directUrl) },
    names,
    replicaName,
    server,
    maxConnectionSeconds,
    run,
    logger,
    clock,
  });
}

/** Sent when a connection is made. */
const parameters = {
  lock_timeout: lockMs,
  statement_timeout: statementMs,
  idle_in_transaction_session_timeout: idleInTransactionMs,
};

const connection = { Client: PostgresClient, keepAlive: true, keepAliveInitialDelayMillis: 10_000 };

interface Pool {
  readonly entities: readonly EntityClass[];
  readonly server: CurrentServer;
  onConnectionLost(error: Error): void;
}

/** The pool for requests: every wait has a limit. */
function postgresOptions(
  { location, maxConnectionSeconds, pooler }: PostgresOpening,
  { entities, server, onConnectionLost }: Pool,
): PostgresDataSourceOptions {
  return {
    ...common(location.url, entities),
    poolSize,
    poolErrorHandler: onConnectionLost,
    extra: {
      ...connection,
      server,
      idleTimeoutMillis: 30_000,
      maxLifetimeSeconds: maxConnectionSeconds,
      query_timeout: answerMs,
      ...(pooler ? {} : parameters),
      onConnect: (client: Client) => endWhenUnanswered(client, server),
    },
  };
}

/** One connection for migrations, which may wait for another replica and rebuild large tables; also for TypeORM's CLI. */
export function postgresMigrationOptions(
  url: string,
  entities: readonly EntityClass[],
  names = new TableNames(),
): PostgresDataSourceOptions {
  return {
    ...common(url, entities),
    poolSize: 1,
    migrations: namedMigrations(postgresMigrations, names),
    ...(names.areDefault ? {} : { migrationsTableName: names.migrationsTable }),
    ...(names.schema === undefined ? {} : { schema: names.schema }),
    extra: connection,
  };
}

function common(url: string, entities: readonly EntityClass[]): PostgresDataSourceOptions {
  return {
    type: 'postgres',
    driver: { Pool: PostgresPool },
    url,
    entities: [...entities],
    applicationName: 'gatehouse',
    connectTimeoutMS: connectMs,
    installExtensions: false,
  };
}
