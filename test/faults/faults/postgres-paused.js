import { endure } from '../harness/endure.js';
import { postgresSite } from '../harness/sites.js';
import { tryToRevoke } from '../harness/try-to-revoke.js';
import { writeAtOnce } from '../harness/write-at-once.js';
import { databaseGone } from '../harness/tolerances.js';

export const name = 'PostgreSQL paused';

/** Its connections stay open, new ones are taken, and nothing is answered for 8 s, however many wait for it. */
export async function run() {
  const site = await postgresSite();
  return endure(site, {
    name,
    tolerates: databaseGone,
    begin: () => site.postgres.pause(),
    meanwhile: (scene) => Promise.all([tryToRevoke(scene), writeAtOnce(scene, 300)]),
    end: () => site.postgres.resume(),
  });
}
