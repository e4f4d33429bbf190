import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { GroupedWork } from '../database/sqlite/grouped-work.js';
import type { Clock } from '../support/clock.js';
import { KnownWindows } from './known-windows.js';
import { LossLog } from './loss-log.js';
import { RateLimiter, type WindowCount } from './rate-limiter.js';
import { RedisLink } from './redis-link.js';
import { countInRedis } from './window-script.js';

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
export class SharedRateLimiter extends RateLimiter implements OnModuleInit, OnApplicationShutdown {
  readonly kind = 'redis';
  private readonly link: RedisLink;
  private readonly known: KnownWindows;
  private readonly hits = new GroupedWork((hits: readonly Hit[]) => this.countTogether(hits), {
    max: mostAtOnce,
  });
  private countedHere = 0;

  /** The URL may hold a password: no error and no log line repeats it. */
  constructor(url: string, clock: Clock, logger: Pick<Logger, 'log' | 'warn'> = new Logger('SharedLimits')) {
    super();
    this.known = new KnownWindows(clock);
    this.link = new RedisLink(
      url,
      (redis) => countInRedis(redis, 'trial', trial, 1),
      new LossLog(clock, logger),
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
