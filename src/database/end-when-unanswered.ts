import { type Client, DatabaseError } from 'pg';

/**
 * Makes a connection end itself when one of its queries fails without an answer from the server. A query that timed
 * out would otherwise go on blocking the connection, and the pool would hand that out to the next caller.
 */
export function endWhenUnanswered(client: Client): void {
  const send = client.query.bind(client) as (...parameters: unknown[]) => unknown;
  const query = (...parameters: unknown[]) => {
    const outcome = send(...parameters);
    if (outcome instanceof Promise) {
      outcome.catch((error: unknown) => {
        if (!(error instanceof DatabaseError)) client.end().catch(() => undefined);
      });
    }
    return outcome;
  };
  Object.assign(client, { query });
}
