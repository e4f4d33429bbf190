import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Batcher } from '../database/batcher.js';
import type { Clock } from '../support/clock.js';
import { type Claim, LocalWindows, type ToldWindow } from './local-windows.js';
import { ConnectionLog, RedisConnection } from './redis-connection.js';
import { RateLimiter, type WindowCount } from './rate-limiter.js';
import type { Redis } from 'ioredis';

interface Hit {
  readonly key: string;
  readonly windowSeconds: number;
}

/** So that what is sent at once is far from taking as long as Redis may take to answer. */
const mostAtOnce = 500;

const trial = { told: 0, id: '', owed: 0, millisecondsLeft: 1_000 };

/**
 * Windows in Redis, exact for all processes that share it. While it is gone each process goes on from what it last knew,
 * and what it counted is added once Redis is back. Never rejects.
 */
export class RedisRateLimiter extends RateLimiter implements OnModuleInit, OnApplicationShutdown {
  readonly kind = 'redis';
  private readonly link: RedisConnection;
  private readonly known: LocalWindows;
  private readonly hits = new Batcher((hits: readonly Hit[]) => this.countTogether(hits), {
    max: mostAtOnce,
  });
  private countedHere = 0;

  /** The URL may hold a password: no error and no log line repeats it. */
  constructor(url: string, clock: Clock, logger: Pick<Logger, 'log' | 'warn'> = new Logger('SharedLimits')) {
    super();
    this.known = new LocalWindows(clock);
    this.link = new RedisConnection(
      url,
      (redis) => countInRedis(redis, 'trial', trial, 1),
      new ConnectionLog(clock, logger),
      clock,
    );
  }

  get isConnected(): boolean {
    return this.link.isUp;
  }

  get localHits(): number {
    return this.countedHere;
  }

  async hit(key: string, windowSeconds: number): Promise<WindowCount> {
    return this.link.isUp ? this.hits.run({ key, windowSeconds }) : this.countHere(key, windowSeconds, 1);
  }

  async read(key: string): Promise<WindowCount | undefined> {
    const window = await this.count(key, 1, 0);
    return window.count === 0 ? undefined : window;
  }

  onModuleInit(): Promise<void> {
    return this.link.open();
  }

  onApplicationShutdown(): void {
    this.link.close();
  }

  /** Those of one key go in one command, and each gets a count of its own out of it. */
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
    return hits.map(({ key }) => ({ result: next(windows, key) }));
  }

  /** The count after all of the hits. */
  private async count(key: string, windowSeconds: number, hits: number): Promise<WindowCount> {
    if (!this.link.isUp) return this.countHere(key, windowSeconds, hits);
    const claim = this.known.claim(key, windowSeconds);
    try {
      const window = await this.link.run((redis) => countInRedis(redis, key, claim, hits));
      this.known.learn(key, window, claim.at);
      return window;
    } catch {
      this.known.owe(key, windowSeconds, claim.owed);
      return this.countHere(key, windowSeconds, hits);
    }
  }

  private countHere(key: string, windowSeconds: number, hits: number): WindowCount {
    this.countedHere += hits;
    this.known.owe(key, windowSeconds, hits);
    return this.known.read(key) ?? { count: hits, millisecondsLeft: windowSeconds * 1000 };
  }
}

/** The window with one request more, which is in it from now on. */
function next(windows: Map<string, WindowCount>, key: string): WindowCount {
  const { count = 0, millisecondsLeft = 0 } = windows.get(key) ?? {};
  const window = { count: count + 1, millisecondsLeft };
  windows.set(key, window);
  return window;
}

const prefix = 'gatehouse:limit:';

/**
 * Arguments: the count that the caller was last told, how many to add, how long the window lasts if there is none, and
 * the id of the window that the caller knows. When Redis has lost that one, whoever comes next begins another, with what
 * it was told as its base; the base is the highest that anybody was told, and what each adds is added up.
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

interface WithScript {
  gatehouseCount?(key: string, told: number, add: number, left: number, id: string): Promise<unknown[]>;
}

/** Adds so many requests, and what is owed, to a window in Redis, atomically; the count is that after all of them. */
export async function countInRedis(
  redis: Redis & WithScript,
  key: string,
  { told, owed, millisecondsLeft, id }: Omit<Claim, 'at'>,
  hits: number,
): Promise<ToldWindow> {
  if (redis.gatehouseCount === undefined)
    redis.defineCommand('gatehouseCount', { numberOfKeys: 1, lua: script });
  const answer = await redis.gatehouseCount?.(prefix + key, told, owed + hits, millisecondsLeft, id);
  const [count, left, newId] = answer ?? [];
  if (!Number.isSafeInteger(count) || !Number.isSafeInteger(left))
    throw new Error('An answer without a count');
  return { count: Number(count), millisecondsLeft: Number(left), id: String(newId) };
}
