import { LRUCache } from 'lru-cache';

/**
 * A cache of at most `max` entries; the least recently used is evicted first. With its option `max`, lru-cache would
 * allocate memory for all entries up front.
 */
export function boundedLru<K extends {}, V extends {}>(
  max: number,
  dispose?: (value: V, key: K) => void,
): LRUCache<K, V> {
  const bounds = { maxSize: max, sizeCalculation: () => 1 };
  return new LRUCache(dispose === undefined ? bounds : { ...bounds, dispose });
}
