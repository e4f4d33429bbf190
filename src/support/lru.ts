import { LRUCache } from 'lru-cache';

/**
 * Keeps at most so many entries: the least recently used goes first. With `max` alone lru-cache would take the memory of
 * all of them at once, ahead of the first.
 */
export function boundedLru<K extends {}, V extends {}>(
  max: number,
  dispose?: (value: V, key: K) => void,
): LRUCache<K, V> {
  const bounds = { maxSize: max, sizeCalculation: () => 1 };
  return new LRUCache(dispose === undefined ? bounds : { ...bounds, dispose });
}
