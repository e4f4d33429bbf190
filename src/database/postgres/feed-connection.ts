import type { ClientConfig, Notification } from 'pg';
import type { Clock } from '../../support/clock.js';
import { withTimeout } from '../../support/timers.js';
import { newId } from '../new-id.js';
import { identityOf } from './current-server.js';
import { closeNow, PostgresClient } from './postgres-client.js';

const connectMs = 3_000;
const answerMs = 2_000;
const roundTripMs = 2_000;

interface Listeners {
  onMessage(channel: string, payload: string): void;
  /** Called once, however the connection ends. */
  onEnd(): void;
}

/** A test notification that has arrived. */
export interface RoundTrip {
  /** Ticks of the clock. */
  readonly sentAt: number;
  readonly seconds: number;
}

/** A dedicated connection that receives notifications. It ends on any failure and once `stopped`. */
export class FeedConnection {
  private test: { readonly text: string; arrived(): void; fail(error: Error): void } | undefined;

  /** Where it listens; see `identityOf`. */
  server = '';

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
    const connection = new FeedConnection(client);
    client.on('notification', ({ channel, payload = '' }: Notification) => {
      if (payload === connection.test?.text) connection.test.arrived();
      else listeners.onMessage(channel, payload);
    });
    // Ending pg's client instead would leave a pending `connect` without an answer.
    const stop = () => void client.connection.stream.destroy(new Error('The feed was stopped'));
    stopped.addEventListener('abort', stop);
    try {
      await client.connect();
      connection.server = await identityOf(client);
      for (const channel of channels) await connection.query(`LISTEN "${channel}"`);
    } catch (error) {
      stopped.removeEventListener('abort', stop);
      connection.end();
      throw error;
    }
    client.connection.stream.once('close', () => {
      stopped.removeEventListener('abort', stop);
      connection.test?.fail(new Error('the connection was lost'));
      listeners.onEnd();
    });
    if (client.connection.stream.destroyed) {
      stopped.removeEventListener('abort', stop);
      throw new Error('The connection ended at once');
    }
    return connection;
  }

  /**
   * Proves that this connection receives: `send` notifies one of its channels, and the text must arrive here, after
   * everything that was notified before. Rejects after 2 s, or when the connection fails.
   */
  async testRoundTrip(clock: Clock, send: (text: string) => Promise<unknown>): Promise<RoundTrip> {
    const sentAt = clock.ticks();
    const text = `echo ${newId()}`;
    const arrival = new Promise<void>((arrived, fail) => {
      this.test = { text, arrived, fail };
    });
    const error = () =>
      new Error(
        'notifications do not arrive; a connection through a pooler cannot listen (DATABASE_DIRECT_URL)',
      );
    await withTimeout(Promise.all([send(text), arrival]), roundTripMs, { error });
    return { sentAt, seconds: (clock.ticks() - sentAt) / 1000 };
  }

  /** Rejects after at most 2 s; the connection has then ended. */
  async query(sql: string, parameters: readonly unknown[] = []): Promise<void> {
    try {
      await this.client.query(sql, [...parameters]);
    } catch (error) {
      this.end();
      throw error;
    }
  }

  end(): void {
    closeNow(this.client);
  }
}
