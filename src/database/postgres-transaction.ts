import type { Client } from 'pg';
import { QueryFailedError, type QueryRunner } from 'typeorm';
import type { TransactionEdges } from './transaction.js';

/** READ COMMITTED: rows that must not change are locked, and unique indexes decide races. */
export async function postgresEdges(runner: QueryRunner): Promise<TransactionEdges> {
  const client = (await runner.connect()) as Client;
  return {
    begin: () => runner.startTransaction(),
    commit: async () => {
      const { command } = await client.query('COMMIT').catch((error: Error) => {
        throw new QueryFailedError('COMMIT', undefined, error);
      });
      // PostgreSQL answers COMMIT after a failed query with a rollback, and calls that a success.
      if (command !== 'COMMIT')
        throw new Error('A query in write failed and write went on; nothing was stored');
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
