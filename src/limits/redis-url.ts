export const redisUrlRule =
  'must be a redis:// or rediss:// URL with a host, and nothing after it but the number of a database';

/** Options of the client behind a `?` are refused too: they would undo ours. */
export function isRedisUrl(url: string): boolean {
  return /^rediss?:\/\/[^\s/?#]+(\/\d*)?$/.test(url) && URL.canParse(url) && !/%(?![0-9a-f]{2})/i.test(url);
}
