import { callbackify } from 'node:util';
import pg, { type Client, type ClientConfig, type Connection, type PoolClient } from 'pg';
import { ConnectionError } from '../database-errors.js';
import { type CurrentServer, firstCurrent, replaced } from './current-server.js';

export const connectMs = 3_000;
export const lockMs = 2_000;
export const statementMs = 3_000;
/** A little longer than the limit of the server, so that it only applies when the server is unreachable. */
export const answerMs = 3_500;
export const idleInTransactionMs = 10_000;

/** The part of pg's connection that reads what the server says. */
interface Reader {
  attachListeners(stream: EventSource): void;
}

interface EventSource {
  on(event: string, listener: Listener): unknown;
}

type Listener = (...values: unknown[]) => void;

/**
 * A connection whose failure affects nothing else. pg throws on some answers that it cannot parse, and emits some errors
 * without a listener: either would end the process. Here they fail the connection and close its socket.
 */
export class PostgresClient extends pg.Client {
  constructor(config?: ClientConfig) {
    super(config);
    const { connection } = this;
    const close = () => void connection.stream.destroy();
    this.on('error', (error) => void connection.stream.destroy(error));
    connection.on('error', close);
    // A rejected login; later an error is only the answer to one query.
    connection.once('errorMessage', close);
    connection.once('readyForQuery', () => connection.off('errorMessage', close));
    emitWhatReadingThrows(connection);
  }
}

function emitWhatReadingThrows(connection: Connection): void {
  const reader = connection as unknown as Reader;
  const attach = reader.attachListeners.bind(connection);
  const guard =
    (listener: Listener): Listener =>
    (...values) => {
      try {
        listener(...values);
      } catch (cause) {
        connection.emit(
          'error',
          new Error(`The server sent an invalid response: ${String(cause)}`, { cause }),
        );
      }
    };
  reader.attachListeners = (stream) => attach({ on: (event, listener) => stream.on(event, guard(listener)) });
}

type ConnectCallback = Parameters<typeof pg.Pool.prototype.connect>[0];

/** A pool of connections to the current server. Its `connect` rejects only with `ConnectionError`. */
export class PostgresPool extends pg.Pool {
  override connect(): Promise<PoolClient>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<PoolClient> | void {
    if (callback === undefined) return this.checkOut();
    callbackify(() => this.checkOut())((error: Error | null, client?: PoolClient) =>
      callback(error ?? undefined, client, client?.release ?? (() => undefined)),
    );
  }

  private async checkOut(): Promise<PoolClient> {
    const { server } = this.options as { readonly server?: CurrentServer };
    return firstCurrent(async () => {
      const client = await super.connect().catch((error: unknown) => {
        throw new ConnectionError(error);
      });
      const admitted = await admit(client as unknown as Client, server).catch((error: unknown) => error);
      if (admitted === true) return client;
      client.release(true);
      if (admitted === false) return replaced;
      throw admitted instanceof ConnectionError ? admitted : new ConnectionError(admitted);
    });
  }
}

async function admit(client: Client, server: CurrentServer | undefined): Promise<boolean> {
  return server === undefined || server.admits(client);
}

/**
 * Makes a connection close itself when one of its queries fails without an answer from the server. A query that timed
 * out would otherwise block the connection for the next caller of the pool. A query that fails because the connection
 * does rejects with `ConnectionError`. Answers that tell of a failover are reported to `server`.
 */
export function endWhenUnanswered(client: Client, server: CurrentServer): void {
  const send = client.query.bind(client) as (...parameters: unknown[]) => unknown;
  const query = (...parameters: unknown[]) => {
    const outcome = send(...parameters);
    if (outcome instanceof Promise) {
      return outcome.catch((error: unknown) => {
        if (isAnswer(error)) {
          server.report(error);
          throw error;
        }
        const isLost = isClosed(client);
        closeNow(client);
        // Invalid bytes can make pg throw a TypeError that is no mistake in the query.
        throw isLost ? new ConnectionError(error) : error;
      });
    }
    return outcome;
  };
  Object.assign(client, { query });
}

/** PostgreSQL's errors all have an SQLSTATE; one without it stands for bytes outside its protocol. */
function isAnswer(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code !== undefined;
}

/** Closes a connection without waiting for the server, which might not answer. */
export function closeNow(client: Client, reason?: Error): void {
  client.end().catch(() => undefined);
  streamOf(client)?.destroy(reason);
}

export function isClosed(client: Client): boolean {
  return streamOf(client)?.destroyed ?? false;
}

/** A client of pg-native has no socket. */
function streamOf(client: Client) {
  return (client as Partial<Client>).connection?.stream;
}
