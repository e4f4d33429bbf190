import type { Client } from 'pg';
import { QueryFailedError, type QueryRunner } from 'typeorm';
import { AuthError } from '../../principal/auth-error.js';
import { asDatabaseFault, ConnectionError, databaseUnavailable } from '../database-errors.js';
import type { Transaction } from '../transaction.js';
import type { CurrentServer } from './current-server.js';

/**
 * READ COMMITTED: rows that must not change are locked, and unique indexes decide races. Nothing is committed on a server that
 * is no longer the current one.
 */
export async function postgresTransaction(runner: QueryRunner, server?: CurrentServer): Promise<Transaction> {
  const client = (await runner.connect()) as Client;
  return {
    begin: () => runner.startTransaction(),
    commit: async () => {
      if (server?.isCurrent(client) === false)
        throw new ConnectionError(new Error('The primary has changed'));
      const { command } = await client.query('COMMIT').catch((error: Error) => {
        throw new QueryFailedError('COMMIT', undefined, error);
      });
      // PostgreSQL answers COMMIT after a failed query with a rollback, and calls that a success.
      if (command !== 'COMMIT')
        throw new Error('A query in write failed, but write continued; nothing was stored');
    },
    rollback: async () => {
      try {
        await client.query('ROLLBACK');
      } catch {
        client.end().catch(() => undefined);
      }
    },
    isOpen: () => !runner.isReleased,
  };
}

/** The error of a failed transaction. TypeORM releases a lost connection by itself; later errors do not mention the loss. */
export function transactionError({ isReleased }: QueryRunner, cause: unknown): unknown {
  const error = asDatabaseFault(cause);
  if (!isReleased || error instanceof AuthError) return error;
  return databaseUnavailable(new Error('The connection was lost during a transaction', { cause }));
}
