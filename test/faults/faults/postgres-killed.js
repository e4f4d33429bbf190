import { endure } from '../harness/endure.js';
import { postgresSite } from '../harness/sites.js';
import { tryToRevoke } from '../harness/try-to-revoke.js';
import { databaseGone } from '../harness/tolerances.js';

export const name = 'PostgreSQL killed';

/** All of its processes end at once, and it is started again 8 s later. */
export async function run() {
  const site = await postgresSite();
  return endure(site, {
    name,
    tolerates: databaseGone,
    begin: () => site.postgres.kill(),
    meanwhile: tryToRevoke,
    end: () => site.postgres.restart(),
  });
}
