import { setTimeout as sleep } from 'node:timers/promises';
import type { LoggerService } from '@nestjs/common';
import type { ClientConfig } from 'pg';
import { causeOf } from '../../support/errors.js';
import type { Clock } from '../../support/clock.js';
import { pauseAfter, withTimeout } from '../../support/timers.js';
import type { Change, ChangeFeedState } from '../database.js';
import { newId } from '../new-id.js';
import type { TableNames } from '../tables/table-names.js';
import type { CurrentServer } from './current-server.js';
import { FeedConnection, type RoundTrip } from './feed-connection.js';
import { channelOf, notify, readChange, Receipts } from './feed-messages.js';
import { leaveMs, Replicas, type Run } from './replicas.js';

export interface ChangeFeedContext {
  /** To the server without a connection pooler in between. */
  readonly connection: ClientConfig;
  readonly names: TableNames;
  /** What the pool reads. */
  readonly server: CurrentServer;
  /** How long a connection of the pool may live. */
  readonly maxConnectionSeconds: number;
  /** The name of this process in receipts. */
  readonly replicaName: string;
  /** Runs a statement on the pool. */
  readonly run: Run;
  readonly logger: LoggerService;
  readonly clock: Clock;
}

const heartbeatMs = 1_000;
const reconnect = { firstMs: 100, maxMs: 2_000 };
const poolMs = 500;

type Listener = (change: Change | undefined) => void;

/**
 * Receives every change that authentication depends on (PostgreSQL's LISTEN) on a connection of its own, and reconnects
 * when that is lost. Every second a test notification must arrive through it.
 */
export class ChangeFeed implements ChangeFeedState {
  /** Ticks of the clock up to which every change was received. */
  syncedAt = -Infinity;
  reconnects = 0;
  lagSeconds: number | null = null;

  private readonly id = newId();
  private readonly ownChannel = channelOf(this.id);
  private readonly changes: string;
  private readonly listeners: Listener[] = [];
  private readonly replicas: Replicas;
  private readonly receipts: Receipts;
  private readonly stopping = new AbortController();
  private connection: FeedConnection | undefined;
  private ended: Promise<unknown> = Promise.resolve();

  constructor(private readonly context: ChangeFeedContext) {
    const { names, replicaName, server } = context;
    const table = names.quoted('replicas');
    const { signal: stopped } = this.stopping;
    this.changes = names.channel;
    this.replicas = new Replicas({ id: this.id, name: replicaName }, { ...context, table, stopped });
    this.receipts = new Receipts(this.id, this.changes, this.replicas, context);
    server.moves.subscribe(() => this.moved());
  }

  get connected(): boolean {
    return this.connection !== undefined;
  }

  /** Ticks of the clock up to which receipts of other processes wait for this one. */
  get leaseEndsAt(): number {
    return this.replicas.leaseEndsAt;
  }

  /** `change` is `undefined` if anything may have changed. */
  listen(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** Resolves after the first attempt to connect, whatever its result; others follow. Rejects if the heartbeat cannot be stored. */
  async start(): Promise<void> {
    await this.replicas.sendHeartbeat();
    await this.replicas.removeOld().catch(() => undefined);
    await this.connect().catch((error: unknown) => this.warn(error));
    this.ended = Promise.all([this.keepConnected(), this.keepTesting()]);
  }

  /** Never rejects, and resolves within 4 s. Afterwards nothing cached may be used. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await withTimeout(this.ended, leaveMs).catch(() => undefined);
    await withTimeout(this.replicas.leave(), leaveMs).catch(() => undefined);
  }

  /** Waits until every process has received all that is committed by now, for at most 2 s. Never rejects. */
  confirm() {
    return this.receipts.confirm();
  }

  private async connect(): Promise<void> {
    const { run, clock, server } = this.context;
    const { signal } = this.stopping;
    let connection: FeedConnection | undefined;
    const listeners = {
      onMessage: (channel: string, payload: string) => this.receive(channel, payload),
      onEnd: () => this.disconnected(connection, new Error('the connection was lost')),
    };
    const channels = [this.changes, this.ownChannel];
    connection = await FeedConnection.open(this.context.connection, channels, listeners, signal);
    try {
      // After a failover the pool may still be connected to the former primary.
      if (!server.isSame(connection.server)) server.retire();
      const trip = await connection.testRoundTrip(clock, (text) => run(...notify(this.ownChannel, text)));
      if (!server.isSame(connection.server)) throw new Error('the pool is connected to another server');
      signal.throwIfAborted();
      this.connection = connection;
      this.synced(trip);
      this.emit(undefined);
    } catch (error) {
      connection.end();
      throw error;
    }
  }

  private async keepConnected(): Promise<void> {
    let failures = 0;
    while (await this.pause(pauseAfter(failures + 1, reconnect))) {
      if (this.connected) {
        failures = 0;
        continue;
      }
      try {
        await this.connect();
        this.reconnects += 1;
        this.context.logger.log('The change feed is connected again');
      } catch {
        failures += 1;
      }
    }
  }

  /** Sends heartbeats also while disconnected: receipts must count a process that cannot confirm. */
  private async keepTesting(): Promise<void> {
    while (await this.pause(heartbeatMs)) {
      const { connection } = this;
      try {
        if (connection === undefined) await this.replicas.sendHeartbeat();
        else await this.test(connection);
      } catch (error) {
        connection?.end();
        this.disconnected(connection, error);
      }
    }
  }

  private async test(connection: FeedConnection): Promise<void> {
    const trip = await connection.testRoundTrip(this.context.clock, async (text) => {
      await this.replicas.sendHeartbeat((...statement) => connection.query(...statement));
      // What the pool commits must arrive. A busy or lost pool says nothing about this connection.
      if (!(await this.notifyByPool(text))) await connection.query(...notify(this.ownChannel, text));
    });
    if (this.connection === connection) this.synced(trip);
  }

  /** False if that fails or takes too long. */
  private notifyByPool(text: string): Promise<boolean> {
    return withTimeout(this.context.run(...notify(this.ownChannel, text)), poolMs).then(
      () => true,
      () => false,
    );
  }

  private synced({ sentAt, seconds }: RoundTrip): void {
    this.syncedAt = sentAt;
    this.lagSeconds = seconds;
  }

  private receive(channel: string, payload: string): void {
    if (channel === this.ownChannel) return this.receipts.receive(payload);
    const change = readChange(payload, this.context.names);
    if (change !== undefined) this.emit(change);
    else if (this.connection !== undefined) this.receipts.answer(payload, this.connection);
  }

  /** What was read before may come from a former primary that still runs but gets no changes. */
  private moved(): void {
    const { connection } = this;
    this.emit(undefined);
    if (connection === undefined || this.context.server.isSame(connection.server)) return;
    connection.end();
    this.disconnected(connection, new Error('the pool has moved to another server'));
  }

  private emit(change: Change | undefined): void {
    for (const listener of this.listeners) listener(change);
  }

  private disconnected(connection: FeedConnection | undefined, cause: unknown): void {
    if (connection === undefined || this.connection !== connection) return;
    this.connection = undefined;
    if (!this.stopping.signal.aborted) this.warn(cause);
  }

  private warn(error: unknown): void {
    this.context.logger.warn(
      `The change feed is not connected; until it is, nothing is cached for longer than 5 s: ${causeOf(error)}`,
    );
  }

  /** False once stopped. */
  private pause(milliseconds: number): Promise<boolean> {
    const { signal } = this.stopping;
    return sleep(milliseconds, true, { ref: false, signal }).catch(() => false);
  }
}
