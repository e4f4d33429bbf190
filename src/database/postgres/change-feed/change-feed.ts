import { setTimeout as sleep } from 'node:timers/promises';
import type { LoggerService } from '@nestjs/common';
import type { ClientConfig } from 'pg';
import { causeOf } from '../../../support/errors.js';
import type { Clock } from '../../../support/clock.js';
import { withTimeout } from '../../../support/timers.js';
import type { TableNames } from '../../tables/table-names.js';
import type { ChangeFeedState } from '../../change-feed-state.js';
import { newId } from '../../new-id.js';
import { type Change, readChange } from './change.js';
import { Echoes, type HeardEcho } from './echoes.js';
import { FeedConnection } from './feed-connection.js';
import type { Receipt } from './receipt.js';
import { Receipts } from './receipts.js';
import { awaitedMs, notify, ownChannel, Replicas, type Run, type Statement } from './replicas.js';

export interface ChangeFeedOptions {
  /** To a server that this process talks to without a pooler in between. */
  readonly connection: ClientConfig;
  readonly names: TableNames;
  /** What this process is called in receipts. */
  readonly name: string;
  /** Runs a statement on the pool. */
  readonly run: Run;
  readonly logger: LoggerService;
  readonly clock: Clock;
}

const beatEveryMs = 1_000;
const firstBackOffMs = 100;
const longestBackOffMs = 2_000;
const farewellMs = 2_000;
const poolMs = 500;
/** That are under way at once: a flood of questions must not take so long to answer that the connection counts as hung. */
const mostAnswers = 500;

type Listener = (change: Change | undefined) => void;

/**
 * Hears of every change that decides about somebody (PostgreSQL's LISTEN) on a connection of its own, which it renews when
 * that is cut. Each second it is tested: a notification is sent through it, and must be heard.
 */
export class ChangeFeed implements ChangeFeedState {
  /** Ticks of the clock up to which nothing can have changed unheard. */
  syncedAt = -Infinity;
  /** Ticks up to which those who wait for receipts know of this process, and so wait for it. */
  leaseEndsAt = -Infinity;
  reconnects = 0;
  lagSeconds: number | null = null;

  private readonly id = newId();
  private readonly own = ownChannel(this.id);
  private readonly changes: string;
  private readonly listeners: Listener[] = [];
  private readonly echoes: Echoes;
  private readonly replicas: Replicas;
  private readonly receipts: Receipts;
  private readonly stopping = new AbortController();
  private connection: FeedConnection | undefined;
  private answers = 0;
  private ended: Promise<void> = Promise.resolve();

  constructor(private readonly options: ChangeFeedOptions) {
    this.echoes = new Echoes(options.clock);
    const { names, run } = options;
    this.changes = names.channel;
    this.replicas = new Replicas(names.quoted('replicas'), run);
    this.receipts = new Receipts(this.id, this.changes, this.replicas, run);
  }

  get connected(): boolean {
    return this.connection !== undefined;
  }

  /** `change` is `undefined` when anything may have changed. */
  listen(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** Resolves when the first attempt to connect has succeeded or failed; others follow. Rejects when it cannot be told of this process. */
  async start(): Promise<void> {
    await this.beatBy(this.options.run);
    await this.replicas.forgetOld().catch(() => undefined);
    await this.connect().catch((error: unknown) => this.warn(error));
    this.ended = Promise.all([this.keepConnected(), this.keepBeating()]).then(() => undefined);
  }

  /** Resolves within 4 s, whatever happens. Afterwards nothing may be believed. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await withTimeout(this.ended, farewellMs).catch(() => undefined);
    this.leaseEndsAt = -Infinity;
    await withTimeout(this.leave(), farewellMs).catch(() => undefined);
  }

  /** Waits until every process has heard of all that is committed by now, for 2 s at most. Never rejects. */
  confirm(): Promise<Receipt> {
    return this.receipts.confirm();
  }

  /** An application may have destroyed its data source before: then the pool is gone, and the server is not. */
  private async leave(): Promise<void> {
    const timeout = AbortSignal.timeout(farewellMs);
    const statement = this.replicas.leave(this.id);
    await this.options.run(...statement).catch(async () => {
      const deaf = { onMessage: () => undefined, onEnd: () => undefined };
      const connection = await FeedConnection.open(this.options.connection, [], deaf, timeout);
      await connection.query(...statement).finally(() => connection.end());
    });
  }

  private async connect(): Promise<void> {
    const { run } = this.options;
    const { signal } = this.stopping;
    let connection: FeedConnection | undefined;
    const listeners = {
      onMessage: (channel: string, payload: string) => this.hear(channel, payload),
      onEnd: () => this.lose(connection, new Error('the connection was lost')),
    };
    connection = await FeedConnection.open(
      this.options.connection,
      [this.changes, this.own],
      listeners,
      signal,
    );
    try {
      const echo = await this.echoes.test(connection, (text) => run(...notify(this.own, text)));
      signal.throwIfAborted();
      this.connection = connection;
      this.note(echo);
      this.tell(undefined);
    } catch (error) {
      connection.end();
      throw error;
    }
  }

  private async keepConnected(): Promise<void> {
    let backOff = firstBackOffMs;
    while (await this.pause(backOff)) {
      if (this.connected) {
        backOff = firstBackOffMs;
        continue;
      }
      try {
        await this.connect();
        this.reconnects += 1;
        this.options.logger.log('Changes in the database are heard of again');
      } catch {
        backOff = Math.min(backOff * 2, longestBackOffMs);
      }
    }
  }

  /** Also while it is deaf: whoever waits for a receipt must know that there is somebody who cannot give it. */
  private async keepBeating(): Promise<void> {
    while (await this.pause(beatEveryMs)) {
      const { connection } = this;
      try {
        if (connection === undefined) await this.beatBy(this.options.run);
        else await this.beatOn(connection);
      } catch (error) {
        connection?.end();
        this.lose(connection, error);
      }
    }
  }

  private async beatBy(run: (...statement: Statement) => Promise<unknown>): Promise<void> {
    const sentAt = this.options.clock.ticks();
    await run(...this.replicas.beat(this.id, this.options.name));
    if (!this.stopping.signal.aborted) this.leaseEndsAt = sentAt + awaitedMs;
  }

  private async beatOn(connection: FeedConnection): Promise<void> {
    const echo = await this.echoes.test(connection, async (text) => {
      await this.beatBy((...statement) => connection.query(...statement));
      // What the pool commits must be heard; that it is busy or gone says nothing of this connection.
      if (!(await this.sendByPool(text))) await connection.query(...notify(this.own, text));
    });
    if (this.connection === connection) this.note(echo);
  }

  /** False when that takes too long, or fails. */
  private sendByPool(text: string): Promise<boolean> {
    return withTimeout(this.options.run(...notify(this.own, text)), poolMs).then(
      () => true,
      () => false,
    );
  }

  private note({ sentAt, seconds }: HeardEcho): void {
    this.syncedAt = sentAt;
    this.lagSeconds = seconds;
  }

  private hear(channel: string, payload: string): void {
    if (channel === this.changes) {
      const change = readChange(payload, this.options.names);
      if (change !== undefined) this.tell(change);
      else this.answer(payload);
      return;
    }
    if (!this.echoes.hear(payload)) this.receipts.hear(payload);
  }

  /** All changes before the question were heard before it, and are dropped. */
  private answer(question: string): void {
    const answer = this.receipts.answerTo(question);
    if (answer === undefined || this.connection === undefined || this.answers >= mostAnswers) return;
    this.answers += 1;
    this.connection
      .query(...answer)
      .catch(() => undefined)
      .finally(() => (this.answers -= 1));
  }

  private tell(change: Change | undefined): void {
    for (const listener of this.listeners) listener(change);
  }

  private lose(connection: FeedConnection | undefined, cause: unknown): void {
    if (connection === undefined) return;
    this.echoes.fail(connection, new Error(causeOf(cause)));
    if (this.connection !== connection) return;
    this.connection = undefined;
    if (!this.stopping.signal.aborted) this.warn(cause);
  }

  private warn(error: unknown): void {
    this.options.logger.warn(
      `Changes in the database are not heard of; until they are, nothing is remembered for longer than 5 s: ${causeOf(error)}`,
    );
  }

  /** False when it is to stop. */
  private pause(milliseconds: number): Promise<boolean> {
    const { signal } = this.stopping;
    return sleep(milliseconds, true, { ref: false, signal }).catch(() => false);
  }
}
