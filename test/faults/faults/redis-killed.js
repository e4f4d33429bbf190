import { endure } from '../harness/endure.js';
import { lackOfRedis } from '../harness/private-redis.js';
import { skipped } from '../harness/row.js';
import { postgresSite } from '../harness/sites.js';
import { nothing } from '../harness/tolerances.js';

export const name = 'Redis killed';

/** Its windows are lost with it. Each replica counts by itself meanwhile, so that a limit is passed by so many at most. */
export async function run() {
  if (lackOfRedis !== undefined) return skipped(name, lackOfRedis);
  const site = await postgresSite();
  return endure(site, {
    name,
    tolerates: nothing,
    cast: { limit: 100 },
    holdMs: 5_000,
    begin: () => site.redis.kill(),
    end: () => site.redis.start(),
    notes: ({ patrol: { allowance }, counted }) =>
      `${allowance.admitted} admitted with a limit of ${allowance.limit}, ${counted} counted locally`,
  });
}
