import type { Client } from 'pg';
import { ConnectionError } from '../connection-error.js';

/**
 * A connection of the application's pool while we have it: a query that has no answer after `answerMs` ends the
 * connection, which the pool then replaces. `giveBack` leaves it as it was.
 */
export function borrow(client: Client, answerMs: number): { giveBack(): void } {
  const own = Object.getOwnPropertyDescriptor(client, 'query');
  const send = client.query.bind(client) as (...parameters: unknown[]) => unknown;
  const query = (...parameters: unknown[]) => {
    const outcome = send(...parameters);
    return outcome instanceof Promise ? answered(client, outcome, answerMs) : outcome;
  };
  Object.assign(client, { query });
  const giveBack = () => {
    if (own === undefined) Reflect.deleteProperty(client, 'query');
    else Object.defineProperty(client, 'query', own);
  };
  return { giveBack };
}

async function answered<T>(client: Client, outcome: Promise<T>, answerMs: number): Promise<T> {
  let isEnded = false;
  const timer = setTimeout(() => {
    isEnded = true;
    end(client, new Error(`The server did not answer within ${answerMs} ms`));
  }, answerMs);
  try {
    return await outcome;
  } catch (error) {
    // Bytes that make no sense can make pg trip over itself: a TypeError that is no mistake in the query.
    throw isEnded || isLost(client) ? new ConnectionError(error) : error;
  } finally {
    clearTimeout(timer);
  }
}

function end(client: Client, reason: Error): void {
  client.end().catch(() => undefined);
  // Who does not answer does not say goodbye either. One of pg-native has no socket to be closed.
  streamOf(client)?.destroy(reason);
}

function isLost(client: Client): boolean {
  return streamOf(client)?.destroyed ?? false;
}

function streamOf(client: Client) {
  return (client as Partial<Client>).connection?.stream;
}
