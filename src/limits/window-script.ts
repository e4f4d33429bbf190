import type { Redis } from 'ioredis';
import type { Claim, ToldWindow } from './known-windows.js';

const prefix = 'gatehouse:limit:';

/**
 * Arguments: the count that the caller was last told, how many to add, how long the window lasts if there is none, and
 * the id of the window that the caller knows. When Redis has lost that one, whoever comes next begins another, with what
 * it was told as its base; the base is the highest that anybody was told, and what each adds is added up.
 */
const script = `
local known = redis.call('HMGET', KEYS[1], 'count', 'base', 'id')
local count, base, id = tonumber(known[1]) or 0, tonumber(known[2]) or 0, known[3]
local told, add, left = tonumber(ARGV[1]), tonumber(ARGV[2]), redis.call('PTTL', KEYS[1])
if left < 0 then
  if told + add == 0 then return {0, 0, ''} end
  left, id = tonumber(ARGV[3]), table.concat(redis.call('TIME'), '.')
  redis.call('HSET', KEYS[1], 'count', add, 'base', told, 'id', id)
  redis.call('PEXPIRE', KEYS[1], left)
  return {told + add, left, id}
end
if ARGV[4] == id then told = told - count end
if told > base then
  base = told
  redis.call('HSET', KEYS[1], 'base', base)
end
if add > 0 then count = redis.call('HINCRBY', KEYS[1], 'count', add) end
return {base + count, left, id}`;

interface WithScript {
  gatehouseCount?(key: string, told: number, add: number, left: number, id: string): Promise<unknown[]>;
}

/** Adds so many requests, and what is owed, to a window in Redis, atomically; the count is that after all of them. */
export async function countInRedis(
  redis: Redis & WithScript,
  key: string,
  { told, owed, millisecondsLeft, id }: Omit<Claim, 'at'>,
  hits: number,
): Promise<ToldWindow> {
  if (redis.gatehouseCount === undefined)
    redis.defineCommand('gatehouseCount', { numberOfKeys: 1, lua: script });
  const answer = await redis.gatehouseCount?.(prefix + key, told, owed + hits, millisecondsLeft, id);
  const [count, left, newId] = answer ?? [];
  if (!Number.isSafeInteger(count) || !Number.isSafeInteger(left))
    throw new Error('An answer without a count');
  return { count: Number(count), millisecondsLeft: Number(left), id: String(newId) };
}
