import { LRUCache } from 'lru-cache';
import type { Clock } from '../principal/clock.js';

export interface LookupCacheOptions<V> {
  /** Most values kept; the least recently used goes first. */
  readonly max: number;
  /** How long a value is believed, in milliseconds. */
  readonly ttl: number;
  /** How long it is believed that there is nothing, in milliseconds. */
  readonly unknownTtl: number;
  /** What a value depends on besides its own key, for `forgetTagged`. */
  readonly tagsOf?: (value: V) => readonly string[];
}

interface Entry<V> {
  readonly value: V;
  readonly until: number;
}

/**
 * Remembers what a lookup found, and for a short while what it did not find. Concurrent lookups of one key share one
 * load. A load that began before `forget` never brings the old value back.
 */
export class LookupCache<V extends object> {
  private readonly known: LRUCache<string, Entry<V>>;
  private readonly unknown: LRUCache<string, Entry<true>>;
  private readonly loads = new Map<string, Promise<V | undefined>>();
  private readonly tagged = new Map<string, Set<string>>();

  constructor(
    private readonly options: LookupCacheOptions<V>,
    private readonly clock: Clock,
  ) {
    const dispose = ({ value }: Entry<V>, key: string) => this.untag(key, value);
    this.known = new LRUCache(
      options.tagsOf === undefined ? { max: options.max } : { max: options.max, dispose },
    );
    this.unknown = new LRUCache({ max: Math.min(options.max, 10_000) });
  }

  /** The remembered value, at once and without a lookup. */
  peek(key: string): V | undefined {
    const entry = this.known.get(key);
    return entry !== undefined && this.clock.ticks() < entry.until ? entry.value : undefined;
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
    if (nothing !== undefined && this.clock.ticks() < nothing.until) return undefined;
    return this.loads.get(key) ?? this.load(key, load);
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

  forgetAll(): void {
    this.loads.clear();
    this.known.clear();
    this.unknown.clear();
  }

  private load(key: string, load: (key: string) => Promise<V | undefined>): Promise<V | undefined> {
    // What a load says is as old as its question.
    const asked = this.clock.ticks();
    const loading = load(key).then(
      (value) => {
        if (this.loads.get(key) === loading) this.remember(key, value, asked);
        return value;
      },
      (error: unknown) => {
        if (this.loads.get(key) === loading) this.loads.delete(key);
        throw error;
      },
    );
    this.loads.set(key, loading);
    return loading;
  }

  private remember(key: string, value: V | undefined, asked: number): void {
    this.loads.delete(key);
    if (value === undefined) {
      this.unknown.set(key, { value: true, until: asked + this.options.unknownTtl });
      return;
    }
    this.known.set(key, { value, until: asked + this.options.ttl });
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
