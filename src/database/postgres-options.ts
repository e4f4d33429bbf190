import type { Type } from '@nestjs/common';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { endWhenUnanswered } from './end-when-unanswered.js';
import { postgresMigrations } from './migrations/postgres/index.js';
import { PostgresClient } from './postgres-client.js';
import { PostgresPool } from './postgres-pool.js';

const connectMs = 3_000;
const lockMs = 2_000;
const statementMs = 3_000;
/** A little longer than the server's own limit, so that it only strikes when the server is out of reach. */
const answerMs = 3_500;
const idleInTransactionMs = 10_000;

const connection = { Client: PostgresClient, keepAlive: true, keepAliveInitialDelayMillis: 10_000 };

/** The pool that serves requests: every wait has a limit. */
export function postgresOptions(
  url: string,
  entities: readonly Type[],
  onConnectionLost: (error: Error) => void,
): PostgresDataSourceOptions {
  return {
    ...common(url, entities),
    poolSize: 10,
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
export function postgresMigrationOptions(url: string, entities: readonly Type[]): PostgresDataSourceOptions {
  return {
    ...common(url, entities),
    poolSize: 1,
    migrations: postgresMigrations,
    extra: connection,
  };
}

function common(url: string, entities: readonly Type[]): PostgresDataSourceOptions {
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
