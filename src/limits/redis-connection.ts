import { Redis } from 'ioredis';
import type { Clock } from '../support/clock.js';
import { pauseAfter, withTimeout } from '../support/timers.js';
import { isRedisUrl, redisUrlRule } from './rate-limiter.js';
import {
  explainFailure,
  explainHandshake,
  redisFailureOf,
  requireUsable,
  UnsupportedRedis,
} from './redis-failure.js';
import type { Logger } from '@nestjs/common';

const answerMs = 50;
const connectMs = 1_000;
const probeAfterMs = 500;
const reconnect = { firstMs: 100, maxMs: 2_000 };

/**
 * A connection to Redis or Valkey. It is up until a command fails or takes longer than 50 ms. Then it probes Redis in the
 * background, and is up again once a probe succeeds.
 */
export class RedisConnection {
  private readonly redis: Redis;
  private isHealthy = false;
  private probing: Promise<void> | undefined;
  private isClosed = false;
  private failedConnects = 0;
  private lastError: unknown = new Error('closed');
  private unsupported: UnsupportedRedis | undefined;
  private isOpen = false;
  private wasUp = false;
  private probeTimer: NodeJS.Timeout | undefined;

  /**
   * `sendProbe` must fail whenever the real commands would. It connects in `open`. Throws for an invalid URL; the message
   * does not contain it.
   */
  constructor(
    url: string,
    private readonly sendProbe: (redis: Redis) => Promise<unknown>,
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
      // The probe tells more than `INFO` does. Without the check, `ready` comes with the connection.
      enableReadyCheck: false,
      disableClientInfo: true,
      retryStrategy: () => pauseAfter((this.failedConnects += 1), reconnect),
    });
    this.redis.on('error', (error: Error) => {
      const isHandshake = this.redis.options.tls !== undefined && !this.wasUp;
      this.lastError = isHandshake ? explainHandshake(error) : error;
    });
    this.redis.on('close', () => this.goDown(this.lastError));
    this.redis.on('ready', () => void this.probe());
  }

  get isUp(): boolean {
    return this.isHealthy;
  }

  /**
   * Resolves when the connection is up, or after a second; it then goes on connecting in the background. Rejects, and is closed,
   * if the server answers that it can never be used.
   */
  async open(): Promise<void> {
    const first = this.redis.connect().then(
      () => this.probe(),
      () => undefined,
    );
    await withTimeout(first, connectMs).catch(() => undefined);
    this.isOpen = true;
    if (this.unsupported === undefined) return;
    this.close();
    throw new Error(`Redis (REDIS_URL, redisUrl) cannot count limits: ${this.unsupported.message}.`);
  }

  /** Rejects when the command fails or takes too long; the connection is down then. */
  async run<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    try {
      return await this.answer(command(this.redis));
    } catch (error) {
      this.goDown(error);
      throw error;
    }
  }

  close(): void {
    this.isClosed = true;
    this.isHealthy = false;
    clearTimeout(this.probeTimer);
    this.redis.disconnect();
  }

  private answer<T>(answered: Promise<T>): Promise<T> {
    return withTimeout(answered, answerMs, { clock: this.clock });
  }

  private goDown(error: unknown): void {
    this.isHealthy = false;
    if (error instanceof UnsupportedRedis) this.unsupported = error;
    // It stops the start, which says so.
    if (this.isClosed || (this.unsupported !== undefined && !this.isOpen)) return;
    this.log.lost(error);
    this.probeTimer ??= setTimeout(() => void this.probe(), probeAfterMs).unref();
  }

  private probe(): Promise<void> {
    this.probing ??= this.probeOnce().finally(() => (this.probing = undefined));
    return this.probing;
  }

  private async probeOnce(): Promise<void> {
    clearTimeout(this.probeTimer);
    this.probeTimer = undefined;
    if (this.isUp || this.isClosed || this.redis.status !== 'ready') return;
    try {
      await this.answer(requireUsable(this.redis));
      await this.answer(this.sendProbe(this.redis));
      this.goUp();
    } catch (error) {
      this.goDown(await this.answer(explainFailure(this.redis, error)).catch(() => error));
      // A new connection may reach another server, or a working network path.
      if (this.redis.status === 'ready') this.redis.disconnect(true);
    }
  }

  private goUp(): void {
    if (this.isClosed) return;
    this.isHealthy = true;
    this.wasUp = true;
    this.failedConnects = 0;
    this.log.back();
  }
}

/** An unstable connection must not fill the log. */
const quietMs = 5_000;

/** Logs a loss and its end once each. A loss soon after the last one is logged only when it lasts. */
export class ConnectionLog {
  private isLogged = false;
  private loggedAt = -Infinity;

  constructor(
    private readonly clock: Clock,
    private readonly logger: Pick<Logger, 'log' | 'warn'>,
  ) {}

  /** Call it for every failure while Redis is gone. */
  lost(error: unknown): void {
    const now = this.clock.ticks();
    if (this.isLogged || now - this.loggedAt < quietMs) return;
    this.isLogged = true;
    this.loggedAt = now;
    this.logger.warn(
      `Redis is gone, and this process counts by itself until it is back: ${redisFailureOf(error)}`,
    );
  }

  back(): void {
    if (!this.isLogged) return;
    this.isLogged = false;
    this.logger.log('Redis is back: limits are shared again');
  }
}
