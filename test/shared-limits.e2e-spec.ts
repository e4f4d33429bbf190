import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LimiterState } from '../src/limits/rate-limiter.js';
import { mintApiKey } from './support/api-keys.js';
import { type Gatehouse, startGatehouse } from './support/gatehouse.js';
import { hasRedis, RedisServer, withRedis } from './support/redis-server.js';
import { startReplica } from './support/second-replica.js';

const suite = hasRedis ? describe : describe.skip;

suite(withRedis('two replicas that share a Redis'), () => {
  let redis: RedisServer;
  const replicas: Gatehouse[] = [];

  const keyWith = (limit: number) => mintApiKey(replicas[0]!, { rateLimit: { limit, windowSeconds: 60 } });
  const ask = (replica: number, key: string) =>
    replicas[replica]!.send('GET', '/api/v1/auth/me', { headers: { 'x-api-key': key } });
  const statusesOf = async (key: string, times: number) => {
    const answers = await Promise.all(Array.from({ length: times }, (_, index) => ask(index % 2, key)));
    const count = (code: number) => answers.filter(({ status }) => status === code).length;
    return { 200: count(200), 429: count(429) };
  };
  const states = () => replicas.map(({ app }) => app.get(LimiterState));
  const untilConnected = async (isConnected: boolean) => {
    while (!states().every((state) => state.isConnected === isConnected)) await sleep(10);
  };

  beforeAll(async () => {
    redis = await RedisServer.start();
    const first = await startGatehouse({ redisUrl: redis.url });
    replicas.push(first, await startReplica(first));
  });

  afterAll(async () => {
    for (const replica of replicas.toReversed()) await replica.close();
    await redis?.remove();
  });

  it('admit exactly the limit of a key between them', async () => {
    const key = await keyWith(50);
    expect(await statusesOf(key, 200)).toEqual({ 200: 50, 429: 150 });
    expect(states()).toEqual([0, 1].map(() => expect.objectContaining({ kind: 'redis', isConnected: true })));
  });

  it('are the same on every replica', async () => {
    const key = await keyWith(10);
    const told = [];
    for (const replica of [0, 1, 1, 0]) told.push((await ask(replica, key)).headers.ratelimit?.slice(0, 9));
    expect(told).toEqual(['"key";r=9', '"key";r=8', '"key";r=7', '"key";r=6']);
  });

  it('give nothing anew when it is killed and comes back empty, and answer nothing but 200 and 429', async () => {
    const spent = await keyWith(20);
    const half = await keyWith(40);
    expect(await statusesOf(spent, 20)).toEqual({ 200: 20, 429: 0 });
    expect(await statusesOf(spent, 4)).toEqual({ 200: 0, 429: 4 });
    expect(await statusesOf(half, 20)).toEqual({ 200: 20, 429: 0 });
    const before = states().map(({ localHits }) => localHits);
    await redis.kill();
    expect(await statusesOf(spent, 10)).toEqual({ 200: 0, 429: 10 });
    expect(await statusesOf(half, 10)).toEqual({ 200: 10, 429: 0 });
    await untilConnected(false);
    expect(states().every(({ localHits }, index) => localHits > before[index]!)).toBe(true);
    await redis.start();
    await untilConnected(true);
    expect(await statusesOf(spent, 10)).toEqual({ 200: 0, 429: 10 });
    // 30 of 40 are used up, on whichever replica.
    await Promise.all([ask(0, half), ask(1, half)]);
    expect(await statusesOf(half, 20)).toEqual({ 200: 8, 429: 12 });
  });
});

it('without REDIS_URL limits are of the process alone', async () => {
  const alone = await startGatehouse();
  expect(alone.app.get(LimiterState)).toMatchObject({ kind: 'memory', isConnected: false, localHits: 0 });
  await alone.close();
});
