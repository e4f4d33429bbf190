/** How a cache does, counted since the start of the process. */
export interface CacheReading {
  /** Lookups that were answered from memory. */
  readonly hits: number;
  /** Lookups that were not. */
  readonly misses: number;
  /** Values kept now, those too old to be believed included. */
  readonly size: number;
}

/** Whoever remembers things, with a reading by the name of each cache. */
export interface CacheOwner {
  readonly caches: Readonly<Record<string, CacheReading>>;
}
