import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisRateLimiter } from '../../src/limits/redis-rate-limiter.js';
import { Clock } from '../../src/support/clock.js';
import { eventually } from '../support/eventually.js';
import { hasRedis, RedisServer, withRedis } from '../support/redis-server.js';

const suite = hasRedis ? describe : describe.skip;

/** As documented. */
const least = '~gatehouse:limit:* +eval +evalsha +hmget +hset +hincrby +pttl +pexpire +time'.split(' ');

/** A limiter at a server that may be slow. */
class PatientClock extends Clock {
  override ticks(): number {
    return 0;
  }
}

const limiters: RedisRateLimiter[] = [];
const servers: RedisServer[] = [];
afterEach(() => {
  for (const limiter of limiters.splice(0)) limiter.onApplicationShutdown();
});

async function start(url: string) {
  const warnings: string[] = [];
  const logger = { warn: (text: unknown) => void warnings.push(String(text)), log: () => undefined };
  const limiter = new RedisRateLimiter(url, new PatientClock(), logger);
  limiters.push(limiter);
  await limiter.onModuleInit();
  return { limiter, warnings };
}
const serve = async (...options: string[]) => {
  const server = await RedisServer.start(...options);
  servers.push(server);
  return server;
};

/** Nodes also listen on a port that is 10,000 higher, which may be taken. */
const serveNode = async (): Promise<RedisServer> => {
  try {
    return await serve('--cluster-enabled', 'yes', '--cluster-node-timeout', '300');
  } catch (error) {
    if (String(error).includes('(cluster), aborting')) return serveNode();
    throw error;
  }
};

suite(withRedis('a Redis that is set up in a special way'), () => {
  let redis: RedisServer;
  beforeAll(async () => void (redis = await serve('--databases', '4')));
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.remove()));
  });

  describe('a database that the server does not have', () => {
    it('stops the start, and nothing is counted in database 0', async () => {
      await expect(start(`${redis.url}/9`)).rejects.toThrow(
        'Redis (REDIS_URL, redisUrl) cannot count limits: the server has no database 9.',
      );
      expect(await redis.call('DBSIZE')).toBe(0);
      const { limiter } = await start(`${redis.url}/3`);
      await limiter.hit('a/60', 60);
      expect([limiter.isConnected, await redis.call('DBSIZE')]).toEqual([true, 0]);
    });

    it('is never counted in, if the server comes later', async () => {
      const later = await RedisServer.make();
      servers.push(later);
      const { limiter, warnings } = await start(`${later.url}/9`);
      await later.start('--databases', '4');
      await eventually(async () =>
        expect(String(await later.call('INFO', 'commandstats'))).toContain('cmdstat_select'),
      );
      expect(await limiter.hit('a/60', 60)).toMatchObject({ count: 1 });
      expect([limiter.isConnected, limiter.localHits, await later.call('DBSIZE')]).toEqual([false, 1, 0]);
      expect(warnings).toHaveLength(1);
    });
  });

  describe('a user with rights of its own', () => {
    const urlOf = (database = '') => `redis://gh:pw@127.0.0.1:${redis.port}${database}`;
    const allow = (rights: readonly string[]) =>
      redis.call('ACL', 'SETUSER', 'gh', 'reset', 'on', '>pw', ...rights);

    it.each<[string, string[]]>([
      ['', least],
      ['/3', [...least, '+select']],
    ])('needs no others than the documented ones, with the database %j', async (database, rights) => {
      await allow(rights);
      const { limiter, warnings } = await start(urlOf(database));
      const key = `b${database}/60`;
      await Promise.all(Array.from({ length: 20 }, () => limiter.hit(key, 60)));
      expect(await limiter.hit(key, 60)).toMatchObject({ count: 21 });
      expect(await limiter.read(key)).toMatchObject({ count: 21 });
      expect([limiter.isConnected, limiter.localHits, warnings]).toEqual([true, 0, []]);
    });

    it.each([...least, '+select'])(
      'counts in the process without %s, and the log names it',
      async (right) => {
        await allow([...least, '+select'].filter((one) => one !== right));
        const { limiter, warnings } = await start(urlOf('/3'));
        expect([limiter.isConnected, (await limiter.hit('c/60', 60)).count]).toEqual([false, 1]);
        expect(warnings).toEqual([expect.stringContaining(`back: its user lacks ${right}`)]);
      },
    );
  });

  it('stops the start if it is a node of a Cluster; one that has all slots counts', async () => {
    const [one, other] = await Promise.all([serveNode(), serveNode()]);
    await one.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await eventually(async () => expect(String(await one.call('CLUSTER', 'INFO'))).toMatch(/state:ok/));
    const alone = await start(one.url);
    expect(await alone.limiter.hit('a/60', 60)).toMatchObject({ count: 1 });
    expect(alone.limiter.localHits).toBe(0);
    await one.call('CLUSTER', 'DELSLOTSRANGE', '0', '8191');
    await other.call('CLUSTER', 'ADDSLOTSRANGE', '0', '8191');
    await one.call('CLUSTER', 'MEET', '127.0.0.1', String(other.port));
    for (const node of [one, other])
      await eventually(async () => expect(String(await node.call('CLUSTER', 'INFO'))).toMatch(/state:ok/));
    for (const { url } of [one, other])
      await expect(start(url)).rejects.toThrow('the server is a node of a Cluster, which is not supported.');
    await expect(start(`${one.url}/1`)).rejects.toThrow('a node of a Cluster');
  });

  it('stops the start if it is a Sentinel', async () => {
    const sentinel = await RedisServer.make();
    servers.push(sentinel);
    await sentinel.startSentinel();
    await expect(start(sentinel.url)).rejects.toThrow('a Sentinel is not supported');
    await expect(start(`${sentinel.url}/1`)).rejects.toThrow('a Sentinel is not supported');
  });
});
