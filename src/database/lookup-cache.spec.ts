import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Clock } from '../support/clock.js';
import { LookupCache } from './lookup-cache.js';

interface Value {
  readonly version: number;
}

function setUp({ max = 100, changes = { syncedAt: Infinity, leaseEndsAt: Infinity }, ttl = 1_000 } = {}) {
  const clock = new Clock();
  let ticks = 0;
  clock.ticks = () => ticks;
  const cache = new LookupCache<Value>({ max, ttl, missingTtl: 100 }, changes, clock);
  return { cache, pass: (milliseconds: number) => (ticks += milliseconds) };
}

function deferred() {
  const { promise, resolve, reject } = withResolvers<Value | undefined>();
  return { load: jest.fn(() => promise), resolve, reject };
}

function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

describe('LookupCache', () => {
  it('looks up once until the value expires', async () => {
    const { cache, pass } = setUp();
    const load = jest.fn(async () => ({ version: 1 }));
    expect(cache.get('a')).toBeUndefined();
    await cache.load('a', load);
    pass(999);
    expect(cache.get('a')).toEqual({ version: 1 });
    await cache.load('a', load);
    expect(load).toHaveBeenCalledTimes(1);
    pass(1);
    expect(cache.get('a')).toBeUndefined();
    await cache.load('a', load);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('uses a value for at most 5 more seconds while changes are not reported', async () => {
    const changes = { syncedAt: 0, leaseEndsAt: Infinity };
    const { cache, pass } = setUp({ changes, ttl: 300_000 });
    const load = jest.fn(async () => ({ version: 1 }));
    await cache.load('a', load);
    pass(4_999);
    expect(cache.get('a')).toBeDefined();
    pass(1);
    expect(cache.get('a')).toBeUndefined();
    changes.syncedAt = 3_000;
    pass(2_999);
    expect(cache.get('a')).toBeDefined();
    pass(1);
    expect(cache.get('a')).toBeUndefined();
    await cache.load('b', load);
    pass(4_999);
    expect(cache.get('b')).toBeDefined();
    pass(1);
    expect(cache.get('b')).toBeUndefined();
    changes.syncedAt = Infinity;
    expect(cache.get('b')).toBeDefined();
  });

  it('uses nothing once receipts no longer wait for this process, not even a value just looked up', async () => {
    const changes = { syncedAt: Infinity, leaseEndsAt: 7_500 };
    const { cache, pass } = setUp({ changes, ttl: 300_000 });
    const load = jest.fn(async () => ({ version: 1 }));
    pass(7_499);
    await cache.load('a', load);
    expect(cache.get('a')).toBeDefined();
    pass(1);
    expect(cache.get('a')).toBeUndefined();
    await Promise.all([cache.load('a', load), cache.load('a', load)]);
    expect(load).toHaveBeenCalledTimes(3);
    expect(cache.get('a')).toBeUndefined();
    changes.leaseEndsAt = 8_000;
    expect(cache.get('a')).toBeDefined();
  });

  it('does not wait for a load whose answer would already be stale', async () => {
    const changes = { syncedAt: 0, leaseEndsAt: Infinity };
    const { cache, pass } = setUp({ changes, ttl: 300_000 });
    const old = deferred();
    const late = cache.load('a', old.load);
    pass(4_999);
    const joined = cache.load('a', async () => ({ version: 2 }));
    pass(1);
    expect(await cache.load('a', async () => ({ version: 3 }))).toEqual({ version: 3 });
    old.resolve({ version: 1 });
    expect(await Promise.all([late, joined])).toEqual([{ version: 1 }, { version: 1 }]);
    expect(cache.get('a')).toEqual({ version: 3 });
  });

  it('keeps a value found while rows were added', async () => {
    const { cache } = setUp();
    const old = deferred();
    const late = cache.load('a', old.load);
    cache.invalidateMissing();
    old.resolve({ version: 1 });
    await late;
    expect(cache.get('a')).toEqual({ version: 1 });
  });

  it('loads again after rows were added, also during a load', async () => {
    const { cache } = setUp();
    const old = deferred();
    const late = cache.load('a', old.load);
    cache.invalidateMissing();
    expect(await cache.load('a', async () => ({ version: 2 }))).toEqual({ version: 2 });
    old.resolve(undefined);
    await late;
    expect(cache.get('a')).toEqual({ version: 2 });
  });

  it('forgets missing keys and running loads when rows are added', async () => {
    const { cache } = setUp();
    await cache.load('a', async () => ({ version: 1 }));
    await cache.load('b', async () => undefined);
    const old = deferred();
    const late = cache.load('c', old.load);
    cache.invalidateMissing();
    old.resolve(undefined);
    await late;
    expect(cache.get('a')).toEqual({ version: 1 });
    for (const key of ['b', 'c'])
      expect(await cache.load(key, async () => ({ version: 2 }))).toEqual({ version: 2 });
  });

  it('caches the absence of a value for a short time', async () => {
    const { cache, pass } = setUp();
    const load = jest.fn(async () => undefined);
    expect(cache.isMissing('a')).toBe(false);
    expect(await cache.load('a', load)).toBeUndefined();
    pass(99);
    await cache.load('a', load);
    expect([cache.isMissing('a'), load.mock.calls.length]).toEqual([true, 1]);
    pass(1);
    expect(cache.isMissing('a')).toBe(false);
    await cache.load('a', load);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('shares one load among concurrent lookups', async () => {
    const { cache } = setUp();
    const { load, resolve } = deferred();
    const found = [cache.load('a', load), cache.load('a', load), cache.load('a', load)];
    resolve({ version: 1 });
    expect(await Promise.all(found)).toEqual([{ version: 1 }, { version: 1 }, { version: 1 }]);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it.each(['invalidate', 'clear'] as const)('does not keep what was loaded before %s', async (method) => {
    const { cache } = setUp();
    const old = deferred();
    const late = cache.load('a', old.load);
    cache[method]('a');
    const fresh = cache.load('a', async () => ({ version: 2 }));
    expect(await fresh).toEqual({ version: 2 });
    old.resolve({ version: 1 });
    await late;
    expect(cache.get('a')).toEqual({ version: 2 });
  });

  it('forgets the absence of a value on invalidation', async () => {
    const { cache } = setUp();
    const old = deferred();
    const late = cache.load('a', old.load);
    cache.invalidate('a');
    old.resolve(undefined);
    await late;
    expect(await cache.load('a', async () => ({ version: 2 }))).toEqual({ version: 2 });
  });

  it('invalidates values and absences', async () => {
    const { cache } = setUp();
    await cache.load('a', async () => ({ version: 1 }));
    await cache.load('b', async () => undefined);
    cache.invalidate('a');
    cache.invalidate('b');
    expect(cache.get('a')).toBeUndefined();
    expect(await cache.load('b', async () => ({ version: 2 }))).toEqual({ version: 2 });
  });

  it('rejects with the error of the loader, and caches no failure', async () => {
    const { cache } = setUp();
    const { load, reject } = deferred();
    const found = [cache.load('a', load), cache.load('a', load)];
    reject(new Error('down'));
    for (const one of found) await expect(one).rejects.toThrow('down');
    expect(await cache.load('a', async () => ({ version: 1 }))).toEqual({ version: 1 });
  });

  it('evicts the least recently used when it is full', async () => {
    const { cache } = setUp({ max: 2 });
    for (const key of ['a', 'b']) await cache.load(key, async () => ({ version: 1 }));
    cache.get('a');
    await cache.load('c', async () => ({ version: 1 }));
    expect([cache.get('a'), cache.get('b'), cache.get('c')].map(Boolean)).toEqual([true, false, true]);
  });
});

interface Leaf {
  readonly version: number;
  readonly tags: readonly string[];
}

describe('LookupCache with tags', () => {
  const setUpTagged = ({ max = 100 } = {}) => {
    const clock = new Clock();
    clock.ticks = () => 0;
    const options = { max, ttl: 1_000, missingTtl: 100, tagsOf: ({ tags }: Leaf) => tags };
    const cache = new LookupCache<Leaf>(options, { syncedAt: Infinity, leaseEndsAt: Infinity }, clock);
    const put = (key: string, ...tags: string[]) => cache.load(key, async () => ({ version: 1, tags }));
    const known = (...keys: string[]) => keys.filter((key) => cache.get(key) !== undefined);
    const tags = () => (Reflect.get(cache, 'keysByTag') as Map<string, unknown>).size;
    return { cache, put, known, tags };
  };

  it('invalidates every value that depends on a tag, and no other', async () => {
    const { cache, put, known } = setUpTagged();
    await put('a', 'root', 'left');
    await put('b', 'root', 'right');
    await put('c', 'root', 'right');
    await put('d');
    cache.invalidateTag('right');
    expect(known('a', 'b', 'c', 'd')).toEqual(['a', 'd']);
    cache.invalidateTag('root');
    expect(known('a', 'b', 'c', 'd')).toEqual(['d']);
    cache.invalidateTag('unknown');
    expect(known('d')).toEqual(['d']);
  });

  it('keeps no value that was loading during the invalidation, as it may depend on the tag', async () => {
    const { cache, put } = setUpTagged();
    let answer!: (leaf: Leaf) => void;
    const late = cache.load('a', () => new Promise<Leaf>((resolve) => (answer = resolve)));
    cache.invalidateTag('root');
    const fresh = put('a', 'root');
    answer({ version: 0, tags: ['root'] });
    expect([await late, await fresh]).toMatchObject([{ version: 0 }, { version: 1 }]);
    expect(cache.get('a')?.version).toBe(1);
  });

  it('uses the tags of the current value, not of an earlier one', async () => {
    const { cache, put, known } = setUpTagged();
    await put('a', 'old');
    cache.invalidate('a');
    await put('a', 'new');
    cache.invalidateTag('old');
    expect(known('a')).toEqual(['a']);
    cache.invalidateTag('new');
    expect(known('a')).toEqual([]);
  });

  it('replaces an outdated value with its tags', async () => {
    const clock = new Clock();
    let ticks = 0;
    clock.ticks = () => ticks;
    const cache = new LookupCache<Leaf>(
      { max: 10, ttl: 10, missingTtl: 10, tagsOf: ({ tags }) => tags },
      { syncedAt: Infinity, leaseEndsAt: Infinity },
      clock,
    );
    await cache.load('a', async () => ({ version: 1, tags: ['both', 'old'] }));
    ticks = 10;
    await cache.load('a', async () => ({ version: 2, tags: ['both', 'new'] }));
    cache.invalidateTag('old');
    expect(cache.get('a')?.version).toBe(2);
    cache.invalidateTag('both');
    expect(cache.get('a')).toBeUndefined();
  });

  it.each<[string, (cache: LookupCache<Leaf>) => unknown]>([
    ['invalidated one by one', (cache) => ['a', 'b', 'c'].map((key) => cache.invalidate(key))],
    ['invalidated by tag', (cache) => cache.invalidateTag('root')],
    ['cleared', (cache) => cache.clear()],
  ])('keeps no tag of values that were %s', async (_how, invalidate) => {
    const { cache, put, tags } = setUpTagged();
    await put('a', 'root', 'left');
    await put('b', 'root', 'right');
    await put('c', 'root');
    expect(tags()).toBe(3);
    invalidate(cache);
    expect(tags()).toBe(0);
  });

  it('keeps no tag of values that were evicted', async () => {
    const { put, known, tags } = setUpTagged({ max: 2 });
    for (let turn = 0; turn < 50; turn += 1) await put(`key ${turn}`, `tag ${turn}`, 'root');
    expect(known('key 48', 'key 49')).toEqual(['key 48', 'key 49']);
    expect(tags()).toBe(3);
  });
});

describe('the stats of a cache', () => {
  const options = { max: 2, ttl: 1_000, missingTtl: 100 };
  const load = (key: string) => Promise.resolve({ key });
  const nothing = () => Promise.resolve(undefined);
  let cache: LookupCache<object>;

  beforeEach(() => {
    cache = new LookupCache(options, { syncedAt: Infinity, leaseEndsAt: Infinity }, new Clock());
  });

  it('counts a lookup as a miss first and then as a hit', async () => {
    await cache.load('a', load);
    await cache.load('a', load);
    cache.get('a');
    expect(cache.stats).toEqual({ hits: 2, misses: 1, size: 1 });
  });

  it('counts a miss of get and the load after it once', async () => {
    cache.get('a');
    await cache.load('a', load);
    expect(cache.stats).toEqual({ hits: 0, misses: 1, size: 1 });
  });

  it('counts a cached absence as a hit, and holds no value for it', async () => {
    await cache.load('a', nothing);
    await cache.load('a', nothing);
    expect(cache.stats).toEqual({ hits: 1, misses: 1, size: 0 });
  });

  it('counts every lookup that waits for one load', async () => {
    await Promise.all([cache.load('a', load), cache.load('a', load)]);
    expect(cache.stats).toMatchObject({ hits: 0, misses: 2 });
  });

  it('counts the values held', async () => {
    for (const key of ['a', 'b', 'c']) await cache.load(key, load);
    expect(cache.stats.size).toBe(2);
    cache.clear();
    expect(cache.stats.size).toBe(0);
  });
});
