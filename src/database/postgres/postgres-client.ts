import { Client, type ClientConfig, type Connection } from 'pg';

/** The part of pg's connection that reads what the server says. */
interface Reader {
  attachListeners(stream: EventSource): void;
}

interface EventSource {
  on(event: string, listener: Listener): unknown;
}

type Listener = (...values: unknown[]) => void;

/**
 * A connection whose failure harms nobody else. pg throws at some answers that it does not understand, and emits some
 * errors where nobody listens: either would end the process. Here they fail the connection, and close its socket.
 */
export class PostgresClient extends Client {
  constructor(config?: ClientConfig) {
    super(config);
    const { connection } = this;
    const close = () => void connection.stream.destroy();
    this.on('error', (error) => void connection.stream.destroy(error));
    connection.on('error', close);
    // A refused login; later an error is only the answer to one query.
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
          new Error(`The server's answer makes no sense: ${String(cause)}`, { cause }),
        );
      }
    };
  reader.attachListeners = (stream) => attach({ on: (event, listener) => stream.on(event, guard(listener)) });
}
