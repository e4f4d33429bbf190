import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Batcher } from '../database/batcher.js';
import type { Clock } from '../support/clock.js';
import { LocalWindows, type RedisWindow, type WindowReport } from './local-windows.js';
import { ConnectionLog, RedisConnection } from './redis-connection.js';
import { RateLimiter, type WindowCount } from './rate-limiter.js';
import type { Redis } from 'ioredis';
import { v7 } from 'uuid';

interface Hit {
  readonly key: string;
  readonly windowSeconds: number;
}

/** Keeps one group far below the time that Redis has to answer. */
const maxGroupedHits = 500;

const probeReport = { reported: 0, id: '', uncounted: 0, millisecondsLeft: 1_000 };

/**
 * Windows in Redis, exact for all processes that share it. While Redis is gone, each process goes on from the last counts
 * it knows; its own counts are added once Redis is back. Never rejects.
 */
export class RedisRateLimiter extends RateLimiter implements OnModuleInit, OnApplicationShutdown {
  readonly kind = 'redis';
  private readonly redis: RedisConnection;
  private readonly localWindows: LocalWindows;
  private readonly hits = new Batcher((hits: readonly Hit[]) => this.countTogether(hits), {
    max: maxGroupedHits,
  });
  private locallyCounted = 0;

  /** The URL can contain a password: no error and no log line contains it. */
  constructor(url: string, clock: Clock, logger: Pick<Logger, 'log' | 'warn'> = new Logger('SharedLimits')) {
    super();
    this.localWindows = new LocalWindows(clock);
    this.redis = new RedisConnection(url, tryAllCommands, new ConnectionLog(clock, logger), clock);
  }

  get isConnected(): boolean {
    return this.redis.isUp;
  }

  get localHits(): number {
    return this.locallyCounted;
  }

  async hit(key: string, windowSeconds: number): Promise<WindowCount> {
    return this.redis.isUp ? this.hits.run({ key, windowSeconds }) : this.countLocally(key, windowSeconds, 1);
  }

  async read(key: string): Promise<WindowCount | undefined> {
    const window = await this.count(key, 1, 0);
    return window.count === 0 ? undefined : window;
  }

  onModuleInit(): Promise<void> {
    return this.redis.open();
  }

  onApplicationShutdown(): void {
    this.redis.close();
  }

  /** Sends one command for each key. Each of its hits gets its own count. */
  private async countTogether(hits: readonly Hit[]): Promise<{ result: WindowCount }[]> {
    const sums = new Map<string, { windowSeconds: number; hits: number }>();
    for (const { key, windowSeconds } of hits)
      sums.set(key, { windowSeconds, hits: (sums.get(key)?.hits ?? 0) + 1 });
    const windows = new Map<string, WindowCount>();
    const countAll = async (key: string, windowSeconds: number, sum: number): Promise<void> => {
      const { count, millisecondsLeft } = await this.count(key, windowSeconds, sum);
      windows.set(key, { count: count - sum, millisecondsLeft });
    };
    await Promise.all([...sums].map(([key, sum]) => countAll(key, sum.windowSeconds, sum.hits)));
    return hits.map(({ key }) => ({ result: addOne(windows, key) }));
  }

  /** The count includes all hits. */
  private async count(key: string, windowSeconds: number, hits: number): Promise<WindowCount> {
    if (!this.redis.isUp) return this.countLocally(key, windowSeconds, hits);
    const report = this.localWindows.takeReport(key, windowSeconds);
    try {
      const window = await this.redis.run((redis) => countInRedis(redis, key, report, hits));
      this.localWindows.update(key, window, report.at);
      return window;
    } catch {
      this.localWindows.add(key, windowSeconds, report.uncounted);
      return this.countLocally(key, windowSeconds, hits);
    }
  }

  private countLocally(key: string, windowSeconds: number, hits: number): WindowCount {
    this.locallyCounted += hits;
    this.localWindows.add(key, windowSeconds, hits);
    return this.localWindows.read(key) ?? { count: hits, millisecondsLeft: windowSeconds * 1000 };
  }
}

/** Adds one request to the window and returns it. */
function addOne(windows: Map<string, WindowCount>, key: string): WindowCount {
  const { count = 0, millisecondsLeft = 0 } = windows.get(key) ?? {};
  const window = { count: count + 1, millisecondsLeft };
  windows.set(key, window);
  return window;
}

const prefix = 'gatehouse:limit:';

/**
 * Arguments: the count that the caller last got, the number of requests to add, the length of a new window, and the id of
 * the window that the caller knows. When Redis has lost that window, the next caller begins a new one with the count it
 * last got as the base. The base is the highest count that any caller got; the requests that each caller adds are summed.
 */
const script = `
local known = redis.call('HMGET', KEYS[1], 'count', 'base', 'id')
local count, base, id = tonumber(known[1]) or 0, tonumber(known[2]) or 0, known[3]
local told, add, left = tonumber(ARGV[1]), tonumber(ARGV[2]), redis.call('PTTL', KEYS[1])
if left < 0 then
  if told + add == 0 then return {0, 0, ''} end
  left, id = tonumber(ARGV[3]), table.concat(redis.call('TIME'), '.')
  redis.call('HSET', KEYS[1], 'count', add, 'base', told, 'id', id)
  redis.call('PEXPIRE', KEYS[1], left)
  return {told + add, left, id}
end
if ARGV[4] == id then told = told - count end
if told > base then
  base = told
  redis.call('HSET', KEYS[1], 'base', base)
end
if add > 0 then count = redis.call('HINCRBY', KEYS[1], 'count', add) end
return {base + count, left, id}`;

/** Begins a window and adds to it, which takes all commands of the script. */
async function tryAllCommands(redis: Redis): Promise<void> {
  const key = `trial:${v7()}`;
  await Promise.all([1, 2].map(() => countInRedis(redis, key, probeReport, 1)));
}

interface WithScript {
  gatehouseCount?(key: string, told: number, add: number, left: number, id: string): Promise<unknown[]>;
}

/** Adds `hits` and the uncounted requests to a window in Redis, atomically. The count includes all of them. */
async function countInRedis(
  redis: Redis & WithScript,
  key: string,
  { reported, uncounted, millisecondsLeft, id }: Omit<WindowReport, 'at'>,
  hits: number,
): Promise<RedisWindow> {
  if (redis.gatehouseCount === undefined)
    redis.defineCommand('gatehouseCount', { numberOfKeys: 1, lua: script });
  const answer = await redis.gatehouseCount?.(prefix + key, reported, uncounted + hits, millisecondsLeft, id);
  const [count, left, newId] = answer ?? [];
  if (!Number.isSafeInteger(count) || !Number.isSafeInteger(left))
    throw new Error('Redis answered without a count');
  return { count: Number(count), millisecondsLeft: Number(left), id: String(newId) };
}
