import { load } from '../load.js';
import { median } from '../numbers.js';
import { createKeys, rememberKeys } from './keys.js';

const rounds = 5;

/** Requests a second of all replicas at once, as a share of those of the first alone. */
export async function measureThroughput({ urls, newToken }) {
  const [{ key }] = await createKeys(urls, newToken(), 1);
  await rememberKeys(urls, [{ key }]);
  const rowOf = (url) => ({
    url: `${url}/api/v1/auth/me`,
    status: 200,
    headers: { 'x-api-key': key },
  });
  const rate = async (some) => {
    const loads = await Promise.all(some.map((url) => load(rowOf(url), 1)));
    return loads.reduce((sum, { requests, seconds }) => sum + requests / seconds, 0);
  };
  await rate(urls);
  const shares = [];
  for (let round = 0; round < rounds; round += 1)
    shares.push((await rate(urls)) / (await rate(urls.slice(0, 1))));
  return median(shares);
}
