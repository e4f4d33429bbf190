import type { LRUCache } from 'lru-cache';
import type { Clock } from '../support/clock.js';
import { boundedLru } from '../support/lru.js';

/** Counts since the start of the process. */
export interface CacheStats {
  readonly hits: number;
  readonly misses: number;
  /** Entries held now, stale ones included. */
  readonly size: number;
}

/** A class with caches, whose stats are published by name. */
export interface CacheOwner {
  readonly caches: Readonly<Record<string, CacheStats>>;
}

export interface LookupCacheOptions<V> {
  /** Most values kept; the least recently used goes first. */
  readonly max: number;
  /** How long a value is believed, in milliseconds, as long as changes are heard of; else 5,000 at most. */
  readonly ttl: number;
  /** How long it is believed that there is nothing, in milliseconds. */
  readonly unknownTtl: number;
  /** What a value depends on besides its own key, for `forgetTagged`. */
  readonly tagsOf?: (value: V) => readonly string[];
}

/** What tells of the changes of others; see `Database`. */
export interface Hearing {
  /** Ticks up to which no change was unheard. */
  readonly syncedAt: number;
  /** Ticks from which on nothing is believed: nobody waits for this process any more who says that all have dropped. */
  readonly leaseEndsAt: number;
}

/** How long a value is believed, in milliseconds, that may have been changed unheard. */
const unheardTtl = 5_000;

interface Entry<V> {
  readonly value: V;
  readonly asked: number;
}

interface Load<V> {
  readonly answer: Promise<V | undefined>;
  readonly asked: number;
  /** There are rows that are newer than its question: if it found nothing, that says nothing. */
  isOutrun: boolean;
}

/**
 * Remembers what a lookup found, and for a short while what it did not find. Concurrent lookups of one key share one
 * load. A load that began before `forget` never brings the old value back.
 */
export class LookupCache<V extends object> {
  private readonly known: LRUCache<string, Entry<V>>;
  private readonly unknown: LRUCache<string, { readonly until: number }>;
  private readonly loads = new Map<string, Load<V>>();
  private readonly tagged = new Map<string, Set<string>>();
  private hits = 0;
  private misses = 0;

  constructor(
    private readonly options: LookupCacheOptions<V>,
    private readonly hearing: Hearing,
    private readonly clock: Clock,
  ) {
    const dispose = ({ value }: Entry<V>, key: string) => this.untag(key, value);
    this.known = boundedLru(options.max, options.tagsOf === undefined ? undefined : dispose);
    this.unknown = boundedLru(Math.min(options.max, 10_000));
  }

  /** Whoever asks for one value by `peek` and then `find` is counted once. */
  get reading(): CacheStats {
    return { hits: this.hits, misses: this.misses, size: this.known.size };
  }

  /** The remembered value, at once and without a lookup. */
  peek(key: string): V | undefined {
    const entry = this.known.get(key);
    if (entry === undefined) return undefined;
    if (!this.isBelieved(entry.asked, this.options.ttl)) return undefined;
    this.hits += 1;
    return entry.value;
  }

  /** True when a value was found, even one too old to be believed. */
  has(key: string): boolean {
    return this.known.has(key);
  }

  /** The value, remembered or loaded; `undefined` when there is none. Rejects as `load` does, and remembers no failure. */
  async find(key: string, load: (key: string) => Promise<V | undefined>): Promise<V | undefined> {
    const value = this.peek(key);
    if (value !== undefined) return value;
    const nothing = this.unknown.get(key);
    if (nothing !== undefined && this.clock.ticks() < nothing.until) {
      this.hits += 1;
      return undefined;
    }
    this.misses += 1;
    const running = this.loads.get(key);
    // What a slow one says may be too old for whoever asks only now.
    if (running !== undefined && !running.isOutrun && this.isBelieved(running.asked, unheardTtl))
      return running.answer;
    return this.load(key, load);
  }

  /** Drops what is known of `key`; call it after a change was committed and before it is acknowledged. */
  forget(key: string): void {
    this.loads.delete(key);
    this.known.delete(key);
    this.unknown.delete(key);
  }

  /** The same for every value that depends on `tag`, however many there are. */
  forgetTagged(tag: string): void {
    // What is being loaded may depend on it too.
    this.loads.clear();
    for (const key of this.tagged.get(tag) ?? []) this.known.delete(key);
  }

  /** For new rows: drops what was not there. What is being loaded is remembered if it is found. */
  forgetUnknown(): void {
    for (const load of this.loads.values()) load.isOutrun = true;
    this.unknown.clear();
  }

  forgetAll(): void {
    this.loads.clear();
    this.known.clear();
    this.unknown.clear();
  }

  private isBelieved(asked: number, ttl: number): boolean {
    const now = this.clock.ticks();
    const { syncedAt, leaseEndsAt } = this.hearing;
    return now < asked + ttl && now < Math.max(asked, syncedAt) + unheardTtl && now < leaseEndsAt;
  }

  private load(key: string, load: (key: string) => Promise<V | undefined>): Promise<V | undefined> {
    // What a load says is as old as its question.
    const asked = this.clock.ticks();
    const answer = load(key).then(
      (value) => {
        if (this.loads.get(key) === running) this.remember(key, value, running);
        return value;
      },
      (error: unknown) => {
        if (this.loads.get(key) === running) this.loads.delete(key);
        throw error;
      },
    );
    const running: Load<V> = { answer, asked, isOutrun: false };
    this.loads.set(key, running);
    return answer;
  }

  private remember(key: string, value: V | undefined, { asked, isOutrun }: Load<V>): void {
    this.loads.delete(key);
    if (value === undefined) {
      if (!isOutrun) this.unknown.set(key, { until: asked + this.options.unknownTtl });
      return;
    }
    this.known.set(key, { value, asked });
    for (const tag of this.options.tagsOf?.(value) ?? []) {
      const keys = this.tagged.get(tag) ?? new Set();
      this.tagged.set(tag, keys.add(key));
    }
  }

  private untag(key: string, value: V): void {
    for (const tag of this.options.tagsOf?.(value) ?? []) {
      const keys = this.tagged.get(tag);
      keys?.delete(key);
      if (keys?.size === 0) this.tagged.delete(tag);
    }
  }
}
