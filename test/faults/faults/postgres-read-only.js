import { endure } from '../harness/endure.js';
import { revokeByHand } from '../harness/revoke-by-hand.js';
import { postgresSite } from '../harness/sites.js';
import { noWrites } from '../harness/tolerances.js';

export const name = 'PostgreSQL read-only';

/** What can be read goes on without a fault; only writes fail. A key is revoked by hand meanwhile. */
export async function run() {
  const site = await postgresSite();
  const setTo = async (value) => {
    await site.postgres.sql(`ALTER SYSTEM SET default_transaction_read_only = ${value}`);
    await site.postgres.sql('SELECT pg_reload_conf()');
  };
  return endure(site, {
    name,
    tolerates: noWrites,
    begin: () => setTo('on'),
    meanwhile: revokeByHand,
    end: () => setTo('off'),
  });
}
