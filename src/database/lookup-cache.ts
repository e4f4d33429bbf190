import type { LRUCache } from 'lru-cache';
import type { Clock } from '../support/clock.js';
import { boundedLru } from '../support/lru.js';

/** Counts since the start of the process. */
export interface CacheStats {
  readonly hits: number;
  readonly misses: number;
  /** Values held now, stale ones included. */
  readonly size: number;
}

/** A class with caches, whose stats are published by name. */
export interface CacheOwner {
  readonly caches: Readonly<Record<string, CacheStats>>;
}

export interface LookupCacheOptions<V> {
  /** The most values held; the least recently used is evicted first. */
  readonly max: number;
  /** How long a value is fresh, in milliseconds; 5,000 at most while changes are not reported. */
  readonly ttl: number;
  /** How long the absence of a value is cached, in milliseconds. */
  readonly missingTtl: number;
  /** What a value depends on besides its own key, for `invalidateTag`. */
  readonly tagsOf?: (value: V) => readonly string[];
}

/** How well changes by other processes are reported; see `Database`. */
export interface ChangeSource {
  /** Ticks up to which every change was reported. */
  readonly syncedAt: number;
  /** Ticks from which on nothing cached may be used: no receipt waits for this process. */
  readonly leaseEndsAt: number;
}

/** How long a value may be used after the last time that it was known to be current, in milliseconds. */
const maxStaleMs = 5_000;

interface Entry<V> {
  readonly value: V;
  readonly loadedAt: number;
}

interface Load<V> {
  readonly answer: Promise<V | undefined>;
  readonly startedAt: number;
  /** Rows were added since it started: finding nothing proves nothing. */
  isOutdatedIfMissing: boolean;
}

/**
 * Caches the results of lookups and, for a short time, that there is none. Concurrent lookups of a key share one load. A
 * load that began before an invalidation never puts the old value back.
 */
export class LookupCache<V extends object> {
  private readonly values: LRUCache<string, Entry<V>>;
  private readonly missing: LRUCache<string, { readonly until: number }>;
  private readonly loads = new Map<string, Load<V>>();
  private readonly keysByTag = new Map<string, Set<string>>();
  private hits = 0;
  private misses = 0;

  constructor(
    private readonly options: LookupCacheOptions<V>,
    private readonly changes: ChangeSource,
    private readonly clock: Clock,
  ) {
    const dispose = ({ value }: Entry<V>, key: string) => this.untag(key, value);
    this.values = boundedLru(options.max, options.tagsOf === undefined ? undefined : dispose);
    this.missing = boundedLru(Math.min(options.max, 10_000));
  }

  get stats(): CacheStats {
    return { hits: this.hits, misses: this.misses, size: this.values.size };
  }

  /** The cached value if it is fresh, without a lookup. */
  get(key: string): V | undefined {
    const entry = this.values.get(key);
    if (entry === undefined) return undefined;
    if (!this.isFresh(entry.loadedAt, this.options.ttl)) return undefined;
    this.hits += 1;
    return entry.value;
  }

  /** True if a value is held, even a stale one. */
  has(key: string): boolean {
    return this.values.has(key);
  }

  /** True if a lookup has found no value, a short time ago. */
  isMissing(key: string): boolean {
    const missing = this.missing.get(key);
    if (missing === undefined || this.clock.ticks() >= missing.until) return false;
    this.hits += 1;
    return true;
  }

  /** The value, cached or loaded; `undefined` if there is none. Rejects as `loader` does, and caches no failure. */
  async load(key: string, loader: (key: string) => Promise<V | undefined>): Promise<V | undefined> {
    const value = this.get(key);
    if (value !== undefined || this.isMissing(key)) return value;
    this.misses += 1;
    const running = this.loads.get(key);
    // The answer of a slow load may be too old for a lookup that begins only now.
    if (running !== undefined && !running.isOutdatedIfMissing && this.isFresh(running.startedAt, maxStaleMs))
      return running.answer;
    return this.startLoad(key, loader);
  }

  /** Drops the value of `key`; call it after a change was committed and before it is acknowledged. */
  invalidate(key: string): void {
    this.loads.delete(key);
    this.values.delete(key);
    this.missing.delete(key);
  }

  /** The same for every value that depends on `tag`. */
  invalidateTag(tag: string): void {
    // A running load may depend on it too.
    this.loads.clear();
    for (const key of this.keysByTag.get(tag) ?? []) this.values.delete(key);
  }

  /** For new rows: forgets which keys had no value. A running load still counts if it finds one. */
  invalidateMissing(): void {
    for (const load of this.loads.values()) load.isOutdatedIfMissing = true;
    this.missing.clear();
  }

  clear(): void {
    this.loads.clear();
    this.values.clear();
    this.missing.clear();
  }

  private isFresh(loadedAt: number, ttl: number): boolean {
    const now = this.clock.ticks();
    const { syncedAt, leaseEndsAt } = this.changes;
    return now < loadedAt + ttl && now < Math.max(loadedAt, syncedAt) + maxStaleMs && now < leaseEndsAt;
  }

  private startLoad(key: string, loader: (key: string) => Promise<V | undefined>): Promise<V | undefined> {
    // An answer is as old as its question.
    const startedAt = this.clock.ticks();
    const answer = loader(key).then(
      (value) => {
        if (this.loads.get(key) === running) this.store(key, value, running);
        return value;
      },
      (error: unknown) => {
        if (this.loads.get(key) === running) this.loads.delete(key);
        throw error;
      },
    );
    const running: Load<V> = { answer, startedAt, isOutdatedIfMissing: false };
    this.loads.set(key, running);
    return answer;
  }

  private store(key: string, value: V | undefined, { startedAt, isOutdatedIfMissing }: Load<V>): void {
    this.loads.delete(key);
    if (value === undefined) {
      if (!isOutdatedIfMissing) this.missing.set(key, { until: startedAt + this.options.missingTtl });
      return;
    }
    this.values.set(key, { value, loadedAt: startedAt });
    for (const tag of this.options.tagsOf?.(value) ?? []) {
      const keys = this.keysByTag.get(tag) ?? new Set();
      this.keysByTag.set(tag, keys.add(key));
    }
  }

  private untag(key: string, value: V): void {
    for (const tag of this.options.tagsOf?.(value) ?? []) {
      const keys = this.keysByTag.get(tag);
      keys?.delete(key);
      if (keys?.size === 0) this.keysByTag.delete(tag);
    }
  }
}
