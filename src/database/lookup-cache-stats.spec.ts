import { beforeEach, expect, it } from '@jest/globals';
import { Clock } from '../support/clock.js';
import { LookupCache } from './lookup-cache.js';

const options = { max: 2, ttl: 1_000, unknownTtl: 100 };
const load = (key: string) => Promise.resolve({ key });
const nothing = () => Promise.resolve(undefined);
let cache: LookupCache<object>;

beforeEach(() => {
  cache = new LookupCache(options, { syncedAt: Infinity, leaseEndsAt: Infinity }, new Clock());
});

it('counts a lookup as a miss first, and as a hit then', async () => {
  await cache.find('a', load);
  await cache.find('a', load);
  cache.peek('a');
  expect(cache.reading).toEqual({ hits: 2, misses: 1, size: 1 });
});

it('counts whoever peeks in vain and then looks once', async () => {
  cache.peek('a');
  await cache.find('a', load);
  expect(cache.reading).toEqual({ hits: 0, misses: 1, size: 1 });
});

it('counts what is known not to be there as a hit, and keeps nothing for it', async () => {
  await cache.find('a', nothing);
  await cache.find('a', nothing);
  expect(cache.reading).toEqual({ hits: 1, misses: 1, size: 0 });
});

it('counts everybody who waits for one load', async () => {
  await Promise.all([cache.find('a', load), cache.find('a', load)]);
  expect(cache.reading).toMatchObject({ hits: 0, misses: 2 });
});

it('tells how much is kept', async () => {
  for (const key of ['a', 'b', 'c']) await cache.find(key, load);
  expect(cache.reading.size).toBe(2);
  cache.forgetAll();
  expect(cache.reading.size).toBe(0);
});
