import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RedisRateLimiter } from '../../src/limits/redis-rate-limiter.js';
import { Clock } from '../../src/support/clock.js';
import { hasRedis, RedisServer, withRedis } from '../support/redis-server.js';
import { TestClock } from '../support/test-clock.js';

const suite = hasRedis ? describe : describe.skip;

suite(withRedis('a limiter on Redis'), () => {
  let redis: RedisServer;
  const servers: RedisServer[] = [];
  const limiters: RedisRateLimiter[] = [];

  /** Unless time passes, no answer is late. */
  const limiterWith = async (url = redis.url, clock: Clock = new TestClock()) => {
    const said = { warn: [] as string[], log: [] as string[] };
    const logger = {
      warn: (message: unknown) => void said.warn.push(String(message)),
      log: (message: unknown) => void said.log.push(String(message)),
    };
    const limiter = new RedisRateLimiter(url, clock, logger);
    limiters.push(limiter);
    await limiter.onModuleInit();
    return { limiter, said };
  };
  const connected = async (clock?: Clock) => {
    const made = await limiterWith(redis.url, clock);
    await until(() => made.limiter.isConnected);
    return made;
  };
  const hits = (limiter: RedisRateLimiter, times: number, key = 'a/60', seconds = 60) =>
    Promise.all(Array.from({ length: times }, () => limiter.hit(key, seconds)));
  const countsOf = async (...all: ReturnType<typeof hits>[]) =>
    (await Promise.all(all))
      .flat()
      .map(({ count }) => count)
      .sort((one, other) => one - other);
  const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, n) => first + n);
  const until = async (isSo: () => boolean | Promise<boolean>) => {
    while (!(await isSo())) await sleep(10);
  };

  beforeEach(async () => {
    servers.push((redis = await RedisServer.start()));
  });

  afterEach(async () => {
    for (const limiter of limiters.splice(0)) limiter.onApplicationShutdown();
    for (const server of servers.splice(0)) await server.remove();
  });

  afterAll(() => {
    expect(servers).toEqual([]);
  });

  it('returns every count once to two processes', async () => {
    const [one, other] = [(await connected()).limiter, (await connected()).limiter];
    expect(await countsOf(hits(one, 10_000), hits(other, 10_000))).toEqual(upTo(20_000));
    expect([one.localHits, other.localHits]).toEqual([0, 0]);
    expect(await one.read('a/60')).toMatchObject({ count: 20_000 });
  });

  it('counts many keys at once, each separately', async () => {
    const { limiter } = await connected();
    const keys = upTo(3_000).flatMap((n) => [`key-${n}`, `key-${n}`]);
    const counts = await Promise.all(keys.map((key) => limiter.hit(key, 60)));
    expect(counts.map(({ count }) => count)).toEqual(upTo(3_000).flatMap(() => [1, 2]));
    expect(limiter.localHits).toBe(0);
  });

  it('begins a window with its first request, and later ones do not extend it', async () => {
    const { limiter } = await connected(new Clock());
    const other = (await connected(new Clock())).limiter;
    await limiter.hit('a/4', 4);
    await sleep(600);
    const later = await other.hit('a/4', 4);
    expect(later.count).toBe(2);
    expect(later.millisecondsLeft).toBeLessThanOrEqual(3_400);
    await sleep(later.millisecondsLeft);
    await until(async () => (await other.read('a/4')) === undefined);
    expect(await limiter.hit('a/4', 4)).toMatchObject({ count: 1 });
  });

  it('reads without counting', async () => {
    const { limiter } = await connected();
    expect(await limiter.read('a/60')).toBeUndefined();
    await limiter.hit('a/60', 60);
    await limiter.read('a/60');
    expect(await limiter.read('a/60')).toMatchObject({ count: 1 });
    expect(await redis.call('EXISTS', 'gatehouse:limit:b/60')).toBe(0);
  });

  it.each([
    '',
    ' ',
    'a b\r\nFLUSHALL\r\n',
    '\0',
    '*',
    '{a}',
    '"; return 0 --',
    '🔑'.repeat(9),
    '__proto__',
    'trial/1',
  ])('accepts any key: %j', async (key) => {
    const { limiter } = await connected();
    expect(await countsOf(hits(limiter, 5, key), hits(limiter, 2, 'beside'))).toEqual([1, 1, 2, 2, 3, 4, 5]);
    expect(await redis.call('HGET', `gatehouse:limit:${key}`, 'count')).toBe('5');
    expect(limiter.isConnected).toBe(true);
  });

  it('goes on from the last count when Redis is killed, and warns once', async () => {
    const { limiter, said } = await connected();
    await hits(limiter, 30);
    const counts: number[] = [];
    const work = (async () => {
      for (let n = 0; n < 200; n += 1) counts.push((await limiter.hit('a/60', 60)).count);
    })();
    await until(() => counts.length > 20);
    await redis.kill();
    await work;
    expect(counts[0]).toBe(31);
    expect(counts.every((count, index) => index === 0 || count > (counts[index - 1] ?? 0))).toBe(true);
    await until(() => !limiter.isConnected);
    const last = counts.at(-1) ?? 0;
    const { millisecondsLeft } = await limiter.hit('a/60', 60);
    expect(millisecondsLeft).toBeLessThanOrEqual(60_000);
    expect(await limiter.read('a/60')).toMatchObject({ count: last + 1 });
    expect(limiter.localHits).toBeGreaterThan(0);
    await sleep(1_500);
    expect(said.warn).toHaveLength(1);
    expect(said.log).toEqual([]);
  });

  it('gives no fresh allowance when Redis comes back empty, adds what each process counted, and says so once', async () => {
    const one = await connected();
    const other = await connected();
    await hits(one.limiter, 30);
    await hits(other.limiter, 10);
    await redis.kill();
    await until(() => !one.limiter.isConnected && !other.limiter.isConnected);
    expect(await countsOf(hits(one.limiter, 5))).toEqual(upTo(35, 31));
    expect(await countsOf(hits(other.limiter, 3))).toEqual(upTo(43, 41));
    await redis.start();
    await until(() => one.limiter.isConnected && other.limiter.isConnected);
    // 40 were known to Redis, 30 of them to the one; 5 and 3 were counted without it.
    await hits(one.limiter, 1);
    expect((await other.limiter.hit('a/60', 60)).count).toBe(50);
    expect((await one.limiter.hit('a/60', 60)).count).toBe(51);
    expect(Number(await redis.call('PTTL', 'gatehouse:limit:a/60'))).toBeLessThan(60_000);
    for (const { said } of [one, other]) {
      expect([said.warn.length, said.log.length]).toEqual([1, 1]);
    }
  });

  it('goes on counting where it was when Redis restarts between two requests', async () => {
    const { limiter } = await connected();
    await hits(limiter, 30);
    await redis.kill();
    await redis.start();
    await until(() => limiter.isConnected);
    expect(await limiter.read('a/60')).toMatchObject({ count: 30 });
    expect((await limiter.hit('a/60', 60)).count).toBe(31);
  });

  it('lets only the requests in flight wait when Redis is silent, and returns when it speaks', async () => {
    const clock = new TestClock();
    const { limiter, said } = await connected(clock);
    await hits(limiter, 30);
    redis.freeze();
    const inFlight = hits(limiter, 20);
    clock.pass(0.049);
    await sleep(200);
    expect(limiter.isConnected).toBe(true);
    for (; limiter.isConnected; await sleep(20)) clock.pass(0.05);
    await inFlight;
    // Long enough for it to try again more than once; a look at the socket, even, takes until the next turn.
    const turns = { atOnce: 0, late: 0 };
    for (const end = performance.now() + 2_500; performance.now() < end; await sleep(5)) {
      clock.pass(0.05);
      const late = nextTurn('late' as const);
      turns[await Promise.race([limiter.hit('a/60', 60).then(() => 'atOnce' as const), late])] += 1;
    }
    expect(turns).toEqual({ atOnce: expect.any(Number), late: 0 });
    redis.thaw();
    await until(() => limiter.isConnected);
    // Those in flight may count twice: Redis may find them when it wakes.
    const { count } = await limiter.hit('a/60', 60);
    expect(count).toBeGreaterThanOrEqual(30 + 20 + turns.atOnce + 1);
    expect(count).toBeLessThanOrEqual(30 + 40 + turns.atOnce + 1);
    expect([said.warn.length, said.log.length]).toEqual([1, 1]);
    expect(said.warn[0]).toContain('no answer within 50 ms');
  });

  it('does not mistake its own busy process for a silent Redis', async () => {
    const clock = new TestClock();
    const { limiter, said } = await connected(clock);
    const answer = limiter.hit('a/60', 60);
    await nextTurn();
    clock.pass(1);
    for (const end = performance.now() + 1_000; performance.now() < end;);
    expect(await answer).toMatchObject({ count: 1 });
    expect([limiter.localHits, said.warn.length]).toEqual([0, 0]);
  });

  it.each<[string, string[], string[], string]>([
    ['READONLY', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE'], 'READONLY'],
    ['OOM', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0'], 'OOM'],
    [
      'NOPERM',
      ['ACL', 'SETUSER', 'default', '-evalsha', '-eval'],
      ['ACL', 'SETUSER', 'default', '+@all'],
      'NOPERM',
    ],
  ])(
    'counts locally while Redis answers %s',
    async (_name, [spoil = '', ...how], [mend = '', ...back], word) => {
      const { limiter, said } = await connected();
      await hits(limiter, 30);
      await redis.call(spoil, ...how);
      expect(await countsOf(hits(limiter, 10))).toEqual(upTo(40, 31));
      expect(limiter.isConnected).toBe(false);
      await sleep(1_000);
      expect(limiter.isConnected).toBe(false);
      expect(said.warn).toEqual([expect.stringContaining(word)]);
      await redis.call(mend, ...back);
      await until(() => limiter.isConnected);
      expect((await limiter.hit('a/60', 60)).count).toBe(41);
      expect(said.log).toHaveLength(1);
    },
  );

  it('starts while Redis is down, warns once, and shares as soon as it is there', async () => {
    await redis.kill();
    const { limiter, said } = await limiterWith();
    expect(limiter.isConnected).toBe(false);
    expect(await countsOf(hits(limiter, 10))).toEqual(upTo(10));
    await sleep(1_000);
    expect(said.warn).toEqual([expect.stringContaining('ECONNREFUSED')]);
    await redis.start();
    await until(() => limiter.isConnected);
    const other = (await connected()).limiter;
    expect((await limiter.hit('a/60', 60)).count).toBe(11);
    expect((await other.hit('a/60', 60)).count).toBe(12);
    expect([said.warn.length, said.log.length]).toEqual([1, 1]);
  });

  it('starts while Redis is silent', async () => {
    redis.freeze();
    // The system would wait for minutes.
    const { limiter } = await limiterWith();
    expect(limiter.isConnected).toBe(false);
    redis.thaw();
    await until(() => limiters[0]?.isConnected === true);
  });

  it.each(['http://:s3cret@localhost', 'redis://:s3cret@localhost?db=1', 's3cret'])(
    'does not start with %s, and does not repeat it',
    (url) => {
      const start = () => new RedisRateLimiter(url, new Clock());
      expect(start).toThrow(/^redisUrl must be/);
      expect(start).not.toThrow(/s3cret/);
    },
  );

  it('logs no password, and uses the right one', async () => {
    const secret = 's3cret/:@%';
    await redis.kill();
    await redis.start('--requirepass', secret);
    const wrong = await limiterWith(`redis://:${encodeURIComponent('wr0ng')}@127.0.0.1:${redis.port}`);
    const none = await limiterWith();
    const right = await limiterWith(`redis://:${encodeURIComponent(secret)}@127.0.0.1:${redis.port}/3`);
    expect([wrong, none, right].map(({ limiter }) => limiter.isConnected)).toEqual([false, false, true]);
    expect(await countsOf(hits(wrong.limiter, 3))).toEqual([1, 2, 3]);
    expect(wrong.said.warn).toEqual([expect.stringMatching(/WRONGPASS|NOAUTH/)]);
    expect(none.said.warn).toEqual([expect.stringContaining('NOAUTH')]);
    expect(wrong.said.warn.join()).not.toContain('wr0ng');
    expect((await right.limiter.hit('a/60', 60)).count).toBe(1);
    expect(right.said.warn).toEqual([]);
  });

  it('counts locally, and logs nothing, once it is closed', async () => {
    const { limiter, said } = await connected();
    await limiter.hit('a/60', 60);
    limiter.onApplicationShutdown();
    expect(await limiter.hit('a/60', 60)).toMatchObject({ count: 2 });
    await sleep(700);
    expect([limiter.isConnected, said.warn.length, said.log.length]).toEqual([false, 0, 0]);
    await until(async () => String(await redis.call('INFO', 'clients')).includes('connected_clients:1\r'));
  });
});
