import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Clock } from '../support/clock.js';
import { TimeoutError, withTimeout } from '../support/timers.js';
import { isRedisUrl, redisUrlRule } from './rate-limiter.js';
import type { Logger } from '@nestjs/common';

const answerMs = 50;
const connectMs = 1_000;
const trialAfterMs = 500;
const longestPauseMs = 2_000;

/**
 * A connection to Redis or Valkey that is up only while Redis does its work. A command that fails in any way, or takes
 * longer than 50 ms, takes it down; from then on commands are tried in the background, until one succeeds.
 */
export class RedisConnection {
  private readonly redis: Redis;
  private hasAnswered = false;
  private trying: Promise<void> | undefined;
  private isClosed = false;
  private pauses = 0;
  private lastError: unknown = new Error('closed');
  private trialTimer: NodeJS.Timeout | undefined;

  /**
   * `trial` fails whenever the commands that matter would. Nothing is connected before `open`. Throws when the URL is
   * none, without repeating it.
   */
  constructor(
    url: string,
    private readonly trial: (redis: Redis) => Promise<unknown>,
    private readonly log: ConnectionLog,
    private readonly clock: Clock,
  ) {
    if (!isRedisUrl(url)) throw new Error(`redisUrl ${redisUrlRule}`);
    this.redis = new Redis(url, {
      lazyConnect: true,
      connectTimeout: connectMs,
      disconnectTimeout: 100,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      // The trial tells more than `INFO` does, and `ready` then comes with the connection.
      enableReadyCheck: false,
      disableClientInfo: true,
      retryStrategy: () => Math.min(100 * 2 ** this.pauses++, longestPauseMs),
    });
    this.redis.on('error', (error: unknown) => (this.lastError = error));
    this.redis.on('close', () => this.goDown(this.lastError));
    this.redis.on('ready', () => void this.try());
  }

  get isUp(): boolean {
    return this.hasAnswered;
  }

  /** Resolves, within a second, when the link is up, or will be whenever Redis is. */
  async open(): Promise<void> {
    const first = this.redis.connect().then(
      () => this.try(),
      () => undefined,
    );
    await Promise.race([first, sleep(connectMs, undefined, { ref: false })]);
  }

  /** Rejects when the command does, or takes too long; the link is down then. */
  async run<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    try {
      return await withTimeout(command(this.redis), answerMs, { clock: this.clock });
    } catch (error) {
      this.goDown(error);
      throw error;
    }
  }

  close(): void {
    this.isClosed = true;
    this.hasAnswered = false;
    clearTimeout(this.trialTimer);
    this.redis.disconnect();
  }

  private goDown(error: unknown): void {
    this.hasAnswered = false;
    if (this.isClosed) return;
    this.log.lost(error);
    this.trialTimer ??= setTimeout(() => void this.try(), trialAfterMs).unref();
  }

  private try(): Promise<void> {
    this.trying ??= this.tryOnce().finally(() => (this.trying = undefined));
    return this.trying;
  }

  private async tryOnce(): Promise<void> {
    clearTimeout(this.trialTimer);
    this.trialTimer = undefined;
    if (this.isUp || this.isClosed || this.redis.status !== 'ready') return;
    try {
      await withTimeout(this.trial(this.redis), answerMs, { clock: this.clock });
      this.goUp();
    } catch (error) {
      this.goDown(error);
      // Another connection may lead to another server, or past what has swallowed this one.
      if (this.redis.status === 'ready') this.redis.disconnect(true);
    }
  }

  private goUp(): void {
    if (this.isClosed) return;
    this.hasAnswered = true;
    this.pauses = 0;
    this.log.back();
  }
}

/** A link that comes and goes must not fill the log. */
const quietMs = 5_000;

/** Says once that Redis is gone, and once that it is back; a loss soon after the last one only when it lasts. */
export class ConnectionLog {
  private isSaid = false;
  private saidAt = -Infinity;

  constructor(
    private readonly clock: Clock,
    private readonly logger: Pick<Logger, 'log' | 'warn'>,
  ) {}

  /** To be called again and again while it is gone. */
  lost(error: unknown): void {
    const now = this.clock.ticks();
    if (this.isSaid || now - this.saidAt < quietMs) return;
    this.isSaid = true;
    this.saidAt = now;
    this.logger.warn(`Redis is gone, and this process counts by itself until it is back: ${reasonOf(error)}`);
  }

  back(): void {
    if (!this.isSaid) return;
    this.isSaid = false;
    this.logger.log('Redis is back: limits are shared again');
  }
}

/** Why Redis cannot be used, for the log: only what holds no secret, as Redis repeats commands in some of its messages. */
export function reasonOf(error: unknown): string {
  if (error instanceof TimeoutError) return error.message;
  const { code, name, message } = (error ?? {}) as { code?: unknown; name?: unknown; message?: unknown };
  if (typeof code === 'string') return code;
  const [, reply] = name === 'ReplyError' ? (/^([A-Z]+)\b/.exec(String(message)) ?? []) : [];
  return reply === undefined ? 'the connection was lost' : `it answers ${reply}`;
}
