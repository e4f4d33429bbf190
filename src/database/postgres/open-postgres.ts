import { hostname } from 'node:os';
import type { LoggerService } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { Clock } from '../../support/clock.js';
import type { ChangeFeedSource } from '../change-feed-source.js';
import { ChangeFeed } from './change-feed/change-feed.js';
import type { Run } from './change-feed/replicas.js';
import type { ConnectedDatabase } from '../connected-database.js';
import type { DatabaseLocation } from '../database-location.js';
import { migratePostgres } from '../migrations/migrate.js';
import { type EntityClass, namedEntities } from '../tables/named-entities.js';
import { PostgresDatabase } from './postgres-database.js';
import { poolSize, postgresMigrationOptions, postgresOptions } from './postgres-options.js';
import { reportMigrations } from '../migrations/report-migrations.js';
import { silentDataSource } from '../silent-data-source.js';
import type { TableNames } from '../tables/table-names.js';

interface PostgresOpening {
  readonly location: DatabaseLocation & { type: 'postgres' };
  readonly entities: readonly EntityClass[];
  readonly names: TableNames;
  readonly logger: LoggerService;
  readonly changeFeed: ChangeFeedSource | false;
  readonly clock: Clock;
}

/** Opens a PostgreSQL database with its schema brought up to date. */
export async function openPostgres(opening: PostgresOpening): Promise<ConnectedDatabase> {
  const { location, names, logger } = opening;
  const entities = namedEntities(opening.entities, names);
  const migrator = await silentDataSource(postgresMigrationOptions(location.url, [], names)).initialize();
  try {
    reportMigrations(logger, location, await migratePostgres(migrator));
  } finally {
    await migrator.destroy();
  }
  const onConnectionLost = (error: Error) =>
    logger.warn(`Lost a connection to ${location.label}: ${error.message}`);
  const dataSource = await silentDataSource(
    postgresOptions(location.url, entities, onConnectionLost),
  ).initialize();
  const feed = feedOf(dataSource, opening);
  // One is left for the change feed and `ping`, which do not wait for a turn.
  const database = new PostgresDatabase(dataSource, feed, poolSize - 1);
  try {
    await warnOfNoLimit(dataSource, logger);
    await feed?.start();
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** A pooler may have kept our settings for itself. */
async function warnOfNoLimit(dataSource: DataSource, logger: LoggerService): Promise<void> {
  const [found]: { statement_timeout: string }[] = await dataSource.query('SHOW statement_timeout');
  if (found?.statement_timeout !== '0') return;
  logger.warn(
    'Statements may run for ever: a pooler ignores our limits. Set them for the role (ALTER ROLE … SET statement_timeout)',
  );
}

function feedOf(
  dataSource: DataSource,
  { location: { url }, names, changeFeed, logger, clock }: PostgresOpening,
): ChangeFeed | undefined {
  if (changeFeed === false) return undefined;
  const { directUrl = url, replicaName = hostname() } = changeFeed;
  const run: Run = (sql, parameters) => dataSource.query(sql, parameters);
  return new ChangeFeed({
    connection: { connectionString: directUrl },
    names,
    name: replicaName,
    run,
    logger,
    clock,
  });
}
