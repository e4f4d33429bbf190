import type { Clock } from '../../../support/clock.js';
import { withTimeout } from '../../../support/timers.js';
import { newId } from '../../new-id.js';

const echoMs = 2_000;

interface Echo {
  readonly connection: object;
  readonly text: string;
  heard(): void;
  fail(error: Error): void;
}

/** An echo that came back. Times are ticks of the clock. */
export interface HeardEcho {
  readonly sentAt: number;
  readonly seconds: number;
}

/** Proves that a connection hears: what is notified elsewhere comes back through it, after all that was notified before. */
export class Echoes {
  private awaited: Echo | undefined;

  constructor(private readonly clock: Clock) {}

  /** Resolves once what `send` notified was heard; rejects after 2 s, or when the connection fails before. */
  async test(connection: object, send: (text: string) => Promise<unknown>): Promise<HeardEcho> {
    const sentAt = this.clock.ticks();
    const text = `echo ${newId()}`;
    const heard = new Promise<void>((resolve, fail) => {
      this.awaited = { connection, text, heard: resolve, fail };
    });
    const error = () =>
      new Error(
        'what is notified is not heard; a connection through a pooler cannot listen (DATABASE_DIRECT_URL)',
      );
    await withTimeout(Promise.all([send(text), heard]), echoMs, { error });
    return { sentAt, seconds: (this.clock.ticks() - sentAt) / 1000 };
  }

  /** True when the text was an echo that is waited for. */
  hear(text: string): boolean {
    if (text !== this.awaited?.text) return false;
    this.awaited.heard();
    return true;
  }

  /** Nothing will come back through this connection any more. */
  fail(connection: object, error: Error): void {
    if (this.awaited?.connection === connection) this.awaited.fail(error);
  }
}
