import type { ClientConfig, Notification } from 'pg';
import { PostgresClient } from '../postgres-client.js';

const connectMs = 3_000;
const answerMs = 2_000;

interface Listeners {
  onMessage(channel: string, payload: string): void;
  /** Once, however it ends. */
  onEnd(): void;
}

/** A connection of its own that hears what is notified. Whatever goes wrong with it, or once `stopped`, it ends. */
export class FeedConnection {
  private constructor(private readonly client: PostgresClient) {}

  static async open(
    config: ClientConfig,
    channels: readonly string[],
    listeners: Listeners,
    stopped: AbortSignal,
  ): Promise<FeedConnection> {
    stopped.throwIfAborted();
    const client = new PostgresClient({
      ...config,
      application_name: 'gatehouse change feed',
      connectionTimeoutMillis: connectMs,
      query_timeout: answerMs,
      keepAlive: true,
    });
    client.on('notification', ({ channel, payload = '' }: Notification) =>
      listeners.onMessage(channel, payload),
    );
    const connection = new FeedConnection(client);
    // To end pg's client instead would leave whoever waits for it to connect without an answer.
    const stop = () => void client.connection.stream.destroy(new Error('The feed was stopped'));
    stopped.addEventListener('abort', stop);
    try {
      await client.connect();
      for (const channel of channels) await connection.query(`LISTEN "${channel}"`);
    } catch (error) {
      stopped.removeEventListener('abort', stop);
      connection.end();
      throw error;
    }
    client.connection.stream.once('close', () => {
      stopped.removeEventListener('abort', stop);
      listeners.onEnd();
    });
    if (client.connection.stream.destroyed) {
      stopped.removeEventListener('abort', stop);
      throw new Error('The connection ended at once');
    }
    return connection;
  }

  /** Rejects after 2 s at most, and then the connection has ended. */
  async query(sql: string, parameters: readonly unknown[] = []): Promise<void> {
    try {
      await this.client.query(sql, [...parameters]);
    } catch (error) {
      this.end();
      throw error;
    }
  }

  end(): void {
    this.client.end().catch(() => undefined);
    this.client.connection.stream.destroy();
  }
}
