import { describe, expect, it, jest } from '@jest/globals';
import { Clock } from '../support/clock.js';
import { LookupCache } from './lookup-cache.js';

interface Value {
  readonly version: number;
}

function setUp({ max = 100, hearing = { syncedAt: Infinity, leaseEndsAt: Infinity }, ttl = 1_000 } = {}) {
  const clock = new Clock();
  let ticks = 0;
  clock.ticks = () => ticks;
  const cache = new LookupCache<Value>({ max, ttl, unknownTtl: 100 }, hearing, clock);
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
  it('looks up once, until the value is too old', async () => {
    const { cache, pass } = setUp();
    const load = jest.fn(async () => ({ version: 1 }));
    expect(cache.peek('a')).toBeUndefined();
    await cache.find('a', load);
    pass(999);
    expect(cache.peek('a')).toEqual({ version: 1 });
    await cache.find('a', load);
    expect(load).toHaveBeenCalledTimes(1);
    pass(1);
    expect(cache.peek('a')).toBeUndefined();
    await cache.find('a', load);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('believes for 5 s more at most what may have changed unheard', async () => {
    const hearing = { syncedAt: 0, leaseEndsAt: Infinity };
    const { cache, pass } = setUp({ hearing, ttl: 300_000 });
    const load = jest.fn(async () => ({ version: 1 }));
    await cache.find('a', load);
    pass(4_999);
    expect(cache.peek('a')).toBeDefined();
    pass(1);
    expect(cache.peek('a')).toBeUndefined();
    hearing.syncedAt = 3_000;
    pass(2_999);
    expect(cache.peek('a')).toBeDefined();
    pass(1);
    expect(cache.peek('a')).toBeUndefined();
    await cache.find('b', load);
    pass(4_999);
    expect(cache.peek('b')).toBeDefined();
    pass(1);
    expect(cache.peek('b')).toBeUndefined();
    hearing.syncedAt = Infinity;
    expect(cache.peek('b')).toBeDefined();
  });

  it('believes nothing once nobody waits for this process any more, not even what was just looked up', async () => {
    const hearing = { syncedAt: Infinity, leaseEndsAt: 7_500 };
    const { cache, pass } = setUp({ hearing, ttl: 300_000 });
    const load = jest.fn(async () => ({ version: 1 }));
    pass(7_499);
    await cache.find('a', load);
    expect(cache.peek('a')).toBeDefined();
    pass(1);
    expect(cache.peek('a')).toBeUndefined();
    await Promise.all([cache.find('a', load), cache.find('a', load)]);
    expect(load).toHaveBeenCalledTimes(3);
    expect(cache.peek('a')).toBeUndefined();
    hearing.leaseEndsAt = 8_000;
    expect(cache.peek('a')).toBeDefined();
  });

  it('does not wait for a load that was asked longer ago than its answer would be believed', async () => {
    const hearing = { syncedAt: 0, leaseEndsAt: Infinity };
    const { cache, pass } = setUp({ hearing, ttl: 300_000 });
    const old = deferred();
    const late = cache.find('a', old.load);
    pass(4_999);
    const joined = cache.find('a', async () => ({ version: 2 }));
    pass(1);
    expect(await cache.find('a', async () => ({ version: 3 }))).toEqual({ version: 3 });
    old.resolve({ version: 1 });
    expect(await Promise.all([late, joined])).toEqual([{ version: 1 }, { version: 1 }]);
    expect(cache.peek('a')).toEqual({ version: 3 });
  });

  it('keeps what was found while there were new rows', async () => {
    const { cache } = setUp();
    const old = deferred();
    const late = cache.find('a', old.load);
    cache.forgetUnknown();
    old.resolve({ version: 1 });
    await late;
    expect(cache.peek('a')).toEqual({ version: 1 });
  });

  it('asks again, after new rows, for what is being looked for', async () => {
    const { cache } = setUp();
    const old = deferred();
    const late = cache.find('a', old.load);
    cache.forgetUnknown();
    expect(await cache.find('a', async () => ({ version: 2 }))).toEqual({ version: 2 });
    old.resolve(undefined);
    await late;
    expect(cache.peek('a')).toEqual({ version: 2 });
  });

  it('drops what was not there, and what is looked for just now, for new rows', async () => {
    const { cache } = setUp();
    await cache.find('a', async () => ({ version: 1 }));
    await cache.find('b', async () => undefined);
    const old = deferred();
    const late = cache.find('c', old.load);
    cache.forgetUnknown();
    old.resolve(undefined);
    await late;
    expect(cache.peek('a')).toEqual({ version: 1 });
    for (const key of ['b', 'c'])
      expect(await cache.find(key, async () => ({ version: 2 }))).toEqual({ version: 2 });
  });

  it('believes for a short while that there is nothing', async () => {
    const { cache, pass } = setUp();
    const load = jest.fn(async () => undefined);
    expect(await cache.find('a', load)).toBeUndefined();
    pass(99);
    await cache.find('a', load);
    expect(load).toHaveBeenCalledTimes(1);
    pass(1);
    await cache.find('a', load);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('shares one load among all who ask at once', async () => {
    const { cache } = setUp();
    const { load, resolve } = deferred();
    const found = [cache.find('a', load), cache.find('a', load), cache.find('a', load)];
    resolve({ version: 1 });
    expect(await Promise.all(found)).toEqual([{ version: 1 }, { version: 1 }, { version: 1 }]);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it.each(['forget', 'forgetAll'] as const)('does not keep what was loaded before %s', async (forget) => {
    const { cache } = setUp();
    const old = deferred();
    const late = cache.find('a', old.load);
    cache[forget]('a');
    const fresh = cache.find('a', async () => ({ version: 2 }));
    expect(await fresh).toEqual({ version: 2 });
    old.resolve({ version: 1 });
    await late;
    expect(cache.peek('a')).toEqual({ version: 2 });
  });

  it('does not keep an old absence over a forget', async () => {
    const { cache } = setUp();
    const old = deferred();
    const late = cache.find('a', old.load);
    cache.forget('a');
    old.resolve(undefined);
    await late;
    expect(await cache.find('a', async () => ({ version: 2 }))).toEqual({ version: 2 });
  });

  it('forgets a value and an absence', async () => {
    const { cache } = setUp();
    await cache.find('a', async () => ({ version: 1 }));
    await cache.find('b', async () => undefined);
    cache.forget('a');
    cache.forget('b');
    expect(cache.peek('a')).toBeUndefined();
    expect(await cache.find('b', async () => ({ version: 2 }))).toEqual({ version: 2 });
  });

  it('rejects as the load does, and remembers no failure', async () => {
    const { cache } = setUp();
    const { load, reject } = deferred();
    const found = [cache.find('a', load), cache.find('a', load)];
    reject(new Error('down'));
    for (const one of found) await expect(one).rejects.toThrow('down');
    expect(await cache.find('a', async () => ({ version: 1 }))).toEqual({ version: 1 });
  });

  it('drops the least recently used when it is full', async () => {
    const { cache } = setUp({ max: 2 });
    for (const key of ['a', 'b']) await cache.find(key, async () => ({ version: 1 }));
    cache.peek('a');
    await cache.find('c', async () => ({ version: 1 }));
    expect([cache.peek('a'), cache.peek('b'), cache.peek('c')].map(Boolean)).toEqual([true, false, true]);
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
    const options = { max, ttl: 1_000, unknownTtl: 100, tagsOf: ({ tags }: Leaf) => tags };
    const cache = new LookupCache<Leaf>(options, { syncedAt: Infinity, leaseEndsAt: Infinity }, clock);
    const put = (key: string, ...tags: string[]) => cache.find(key, async () => ({ version: 1, tags }));
    const known = (...keys: string[]) => keys.filter((key) => cache.peek(key) !== undefined);
    const tags = () => (Reflect.get(cache, 'tagged') as Map<string, unknown>).size;
    return { cache, put, known, tags };
  };

  it('forgets every value that depends on a tag, and no other', async () => {
    const { cache, put, known } = setUpTagged();
    await put('a', 'root', 'left');
    await put('b', 'root', 'right');
    await put('c', 'root', 'right');
    await put('d');
    cache.forgetTagged('right');
    expect(known('a', 'b', 'c', 'd')).toEqual(['a', 'd']);
    cache.forgetTagged('root');
    expect(known('a', 'b', 'c', 'd')).toEqual(['d']);
    cache.forgetTagged('never heard of');
    expect(known('d')).toEqual(['d']);
  });

  it('keeps nothing that was being loaded meanwhile, as that may depend on the tag', async () => {
    const { cache, put } = setUpTagged();
    let answer!: (leaf: Leaf) => void;
    const late = cache.find('a', () => new Promise<Leaf>((resolve) => (answer = resolve)));
    cache.forgetTagged('root');
    const fresh = put('a', 'root');
    answer({ version: 0, tags: ['root'] });
    expect([await late, await fresh]).toMatchObject([{ version: 0 }, { version: 1 }]);
    expect(cache.peek('a')?.version).toBe(1);
  });

  it('goes by the tags of the value that is known, not of one before it', async () => {
    const { cache, put, known } = setUpTagged();
    await put('a', 'old');
    cache.forget('a');
    await put('a', 'new');
    cache.forgetTagged('old');
    expect(known('a')).toEqual(['a']);
    cache.forgetTagged('new');
    expect(known('a')).toEqual([]);
  });

  it('replaces an outdated value with its tags', async () => {
    const clock = new Clock();
    let ticks = 0;
    clock.ticks = () => ticks;
    const cache = new LookupCache<Leaf>(
      { max: 10, ttl: 10, unknownTtl: 10, tagsOf: ({ tags }) => tags },
      { syncedAt: Infinity, leaseEndsAt: Infinity },
      clock,
    );
    await cache.find('a', async () => ({ version: 1, tags: ['both', 'old'] }));
    ticks = 10;
    await cache.find('a', async () => ({ version: 2, tags: ['both', 'new'] }));
    cache.forgetTagged('old');
    expect(cache.peek('a')?.version).toBe(2);
    cache.forgetTagged('both');
    expect(cache.peek('a')).toBeUndefined();
  });

  it.each<[string, (cache: LookupCache<Leaf>) => unknown]>([
    ['forgotten one by one', (cache) => ['a', 'b', 'c'].map((key) => cache.forget(key))],
    ['forgotten by tag', (cache) => cache.forgetTagged('root')],
    ['forgotten all', (cache) => cache.forgetAll()],
  ])('keeps no tag of values that were %s', async (_how, forget) => {
    const { cache, put, tags } = setUpTagged();
    await put('a', 'root', 'left');
    await put('b', 'root', 'right');
    await put('c', 'root');
    expect(tags()).toBe(3);
    forget(cache);
    expect(tags()).toBe(0);
  });

  it('keeps no tag of values that were pushed out', async () => {
    const { put, known, tags } = setUpTagged({ max: 2 });
    for (let turn = 0; turn < 50; turn += 1) await put(`key ${turn}`, `tag ${turn}`, 'root');
    expect(known('key 48', 'key 49')).toEqual(['key 48', 'key 49']);
    expect(tags()).toBe(3);
  });
});
