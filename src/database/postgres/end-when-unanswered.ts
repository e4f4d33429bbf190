import { type Client, DatabaseError } from 'pg';
import { ConnectionError } from '../connection-error.js';

/**
 * Makes a connection end itself when one of its queries fails without an answer from the server. A query that timed
 * out would otherwise go on blocking the connection, and the pool would hand that out to the next caller. A query that
 * fails because the connection does, fails with `ConnectionError`.
 */
export function endWhenUnanswered(client: Client): void {
  const send = client.query.bind(client) as (...parameters: unknown[]) => unknown;
  const query = (...parameters: unknown[]) => {
    const outcome = send(...parameters);
    if (outcome instanceof Promise) {
      return outcome.catch((error: unknown) => {
        if (isAnswer(error)) throw error;
        const isLost = client.connection.stream.destroyed;
        end(client);
        // Bytes that make no sense can make pg trip over itself: a TypeError that is no mistake in the query.
        throw isLost ? new ConnectionError(error) : error;
      });
    }
    return outcome;
  };
  Object.assign(client, { query });
}

/** PostgreSQL's errors all have an SQLSTATE; one without stands for bytes that are no message of its protocol. */
function isAnswer(error: unknown): boolean {
  return error instanceof DatabaseError && error.code !== undefined;
}

function end(client: Client): void {
  client.end().catch(() => undefined);
  // Who does not answer does not say goodbye either.
  client.connection.stream.destroy();
}
