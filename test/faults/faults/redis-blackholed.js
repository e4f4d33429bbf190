import { endure } from '../harness/endure.js';
import { lackOfRedis } from '../harness/private-redis.js';
import { skipped } from '../harness/row.js';
import { postgresSite } from '../harness/sites.js';
import { nothing } from '../harness/tolerances.js';

export const name = 'Redis blackholed';

/** Redis answers nothing, and no connection is closed. */
export async function run() {
  if (lackOfRedis !== undefined) return skipped(name, lackOfRedis);
  const site = await postgresSite();
  const setAll = (mode) => Promise.all(site.replicas.map(({ redisLink }) => redisLink.set(mode)));
  return endure(site, {
    name,
    tolerates: nothing,
    cast: { limit: 100 },
    holdMs: 5_000,
    begin: () => setAll('hang'),
    end: () => setAll('pass'),
    notes: ({ patrol: { allowance }, counted }) =>
      `${allowance.admitted} admitted with a limit of ${allowance.limit}, ${counted} counted locally`,
  });
}
