import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { endWhenUnanswered } from './end-when-unanswered.js';
import { namedMigrations } from '../migrations/named-migrations.js';
import { postgresMigrations } from '../migrations/postgres/index.js';
import type { EntityClass } from '../tables/named-entities.js';
import { PostgresClient } from './postgres-client.js';
import { PostgresPool } from './postgres-pool.js';
import { TableNames } from '../tables/table-names.js';

export const poolSize = 10;
export const connectMs = 3_000;
export const lockMs = 2_000;
export const statementMs = 3_000;
/** A little longer than the server's own limit, so that it only strikes when the server is out of reach. */
export const answerMs = 3_500;
export const idleInTransactionMs = 10_000;

const connection = { Client: PostgresClient, keepAlive: true, keepAliveInitialDelayMillis: 10_000 };

/** The pool that serves requests: every wait has a limit. */
export function postgresOptions(
  url: string,
  entities: readonly EntityClass[],
  onConnectionLost: (error: Error) => void,
): PostgresDataSourceOptions {
  return {
    ...common(url, entities),
    poolSize,
    poolErrorHandler: onConnectionLost,
    extra: {
      ...connection,
      idleTimeoutMillis: 30_000,
      lock_timeout: lockMs,
      statement_timeout: statementMs,
      query_timeout: answerMs,
      idle_in_transaction_session_timeout: idleInTransactionMs,
      onConnect: endWhenUnanswered,
    },
  };
}

/** One connection for migrations, which may wait for another replica and rebuild large tables. */
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
