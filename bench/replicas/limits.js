import { load } from '../load.js';
import { median } from '../numbers.js';
import { createKeys, rememberKeys } from './keys.js';
import { forEachAtOnce, send } from './client.js';

const limit = 10_000;
const rounds = 5;
/** Hits of one key that come together go to Redis together, so one key alone would flatter. */
const limitedKeys = 64;

/** Sends more than the limit to both replicas at once: how many were accepted above it. */
export async function measureOvershoot({ urls, newToken }) {
  const [{ key }] = await createKeys(urls, newToken(), 1, { rateLimit: { limit, windowSeconds: 3_600 } });
  let accepted = 0;
  await forEachAtOnce(Array.from({ length: limit * 1.2 }).keys(), 64, async (index) => {
    const url = urls[index % urls.length];
    const { status } = await send('GET', `${url}/api/v1/auth/me`, { 'x-api-key': key });
    if (status === 200) accepted += 1;
    else if (status !== 429) throw new Error(`A key within its limit was answered ${status}`);
  });
  return accepted - limit;
}

/** Requests a second with limited keys: counted in Redis, as a share of those counted in the process. */
export async function measureShared(inRedis, inProcess) {
  const rowOf = async ({ urls, newToken }) => {
    const rateLimit = { limit: 1_000_000, windowSeconds: 3_600 };
    const keys = await createKeys(urls, newToken(), limitedKeys, { rateLimit });
    await rememberKeys(urls, keys);
    const values = () => keys.map(({ key }) => key);
    return { url: `${urls[0]}/api/v1/auth/me`, status: 200, headers: { 'x-api-key': '{}' }, values };
  };
  const [shared, own] = [await rowOf(inRedis), await rowOf(inProcess)];
  for (const row of [shared, own]) await load(row, 2);
  const shares = [];
  for (let round = 0; round < rounds; round += 1) {
    const before = await load(own, 1);
    const between = await load(shared, 1);
    const after = await load(own, 1);
    shares.push(
      (2 * between.requests) /
        between.seconds /
        (before.requests / before.seconds + after.requests / after.seconds),
    );
  }
  return median(shares);
}
