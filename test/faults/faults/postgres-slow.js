import { endure } from '../harness/endure.js';
import { revokeByHand } from '../harness/revoke-by-hand.js';
import { postgresSite } from '../harness/sites.js';
import { databaseGone } from '../harness/tolerances.js';

export const name = 'PostgreSQL slow by 5 s';

/** Every answer of the database comes 5 s late, which is later than anybody waits for one. */
export async function run() {
  const site = await postgresSite();
  const setAll = (mode) => Promise.all(site.replicas.map(({ databaseLink }) => databaseLink.set(mode)));
  return endure(site, {
    name,
    tolerates: databaseGone,
    holdMs: 10_000,
    begin: () => setAll({ delay: 5_000 }),
    meanwhile: revokeByHand,
    end: () => setAll('pass'),
  });
}
